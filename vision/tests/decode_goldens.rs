//! Files of every format, colour model, orientation and state beside Pillow's grey levels of them.
//!
//! The files in `data/decode` and the expected levels are made by `make_decode_goldens.py`. Photos of `../shared/cases` may
//! not be shipped: without them their tests are skipped.

#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use serde::Deserialize;
use vision::{DecodeError, DecodeLimits, Picture, decode, grey};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/decode");
const GOLDENS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/decode_goldens.json");
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/cases");

/// Levels by which a pixel may be off, and all of them in the mean. Decoders of JPEG and lossy WebP round differently and
/// smooth chroma differently where it is sampled more coarsely; CMYK and 16 bits are rounded once more.
const MAX_DIFFERENCE: u8 = 4;
const MAX_MEAN_DIFFERENCE: f64 = 1.0;
/// The same of the mean of a field of a photo, whose borders may lie half a pixel apart where it was made smaller.
const MAX_FIELD_DIFFERENCE: f64 = 1.0;
/// Fields on each side of a photo.
const N_FIELDS: usize = 8;

fn main() -> ExitCode {
    let tests = vec![
        test("each_file_shows_what_pillow_shows", each_file_shows_what_pillow_shows),
        on_cases("each_photo_of_the_cases_shows_what_pillow_shows", each_photo_of_the_cases_shows_what_pillow_shows),
        on_cases("other_cases_end_as_they_should", other_cases_end_as_they_should),
    ];
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

fn test(name: &str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

/// A test on the files in `../shared/cases`; skipped where they are missing.
fn on_cases(name: &str, on_cases: fn()) -> Trial {
    test(name, on_cases).with_kind("needs ../shared").with_ignored_flag(!Path::new(CASES).is_dir())
}

#[derive(Deserialize)]
struct Goldens {
    /// Name of each file, and of its picture.
    files: BTreeMap<String, String>,
    pictures: BTreeMap<String, GreyPicture>,
    shared: BTreeMap<String, Fields>,
}

#[derive(Deserialize)]
struct GreyPicture {
    width: usize,
    height: usize,
    /// Row by row, two hexadecimal digits each.
    grey: String,
}

#[derive(Deserialize)]
struct Fields {
    width: u32,
    height: u32,
    /// Mean grey level, row by row.
    #[serde(rename = "fields")]
    means: Vec<f64>,
}

fn goldens() -> Goldens {
    serde_json::from_str(&fs::read_to_string(GOLDENS).expect("the goldens")).expect("the goldens are JSON")
}

/// Whether `name` is that of a file which only the command line reads.
fn is_of_more_formats(name: &str) -> bool {
    ["bmp", "tif", "ico"].iter().any(|extension| Path::new(name).extension().is_some_and(|own| own == *extension))
}

fn each_file_shows_what_pillow_shows() {
    let Goldens { files, pictures, .. } = goldens();
    assert!(files.len() > 100, "{}", files.len());
    let mut wrong = vec![];
    for (name, golden) in &files {
        let file = fs::read(Path::new(FILES).join(name)).expect("a file of the goldens");
        let result = decode(&file, DecodeLimits::default());
        if is_of_more_formats(name) && !cfg!(feature = "more-formats") {
            assert!(matches!(result, Err(DecodeError::WrongKind { kind, .. }) if kind.is_picture()), "{name}");
            continue;
        }
        match result.map(|picture| difference(&picture, &pictures[golden])) {
            Ok(Some((max, mean))) if max <= MAX_DIFFERENCE && mean <= MAX_MEAN_DIFFERENCE => {}
            other => wrong.push(format!("{name}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "of {}:\n{}", files.len(), wrong.join("\n"));
}

/// Largest and mean difference of the grey levels; nothing, if the sizes differ.
fn difference(picture: &Picture, golden: &GreyPicture) -> Option<(u8, f64)> {
    let levels = grey(picture.view().data());
    let expected = golden.grey.as_bytes().as_chunks::<2>().0.iter();
    let expected = expected.map(|digits| {
        let digits = str::from_utf8(digits).expect("digits");
        u8::from_str_radix(digits, 16).expect("a number")
    });
    let differences: Vec<u8> = levels.iter().zip(expected).map(|(&level, expected)| level.abs_diff(expected)).collect();
    let mean = differences.iter().map(|&difference| f64::from(difference)).sum::<f64>() / differences.len() as f64;
    let is_as_large = (picture.width(), picture.height()) == (golden.width, golden.height);
    is_as_large.then(|| (differences.into_iter().max().unwrap_or(0), mean))
}

/// The bytes of a file in `../shared/cases`.
fn case(name: &str) -> Vec<u8> {
    fs::read(Path::new(CASES).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn each_photo_of_the_cases_shows_what_pillow_shows() {
    let mut wrong = vec![];
    for (name, golden) in goldens().shared {
        if is_of_more_formats(&name) && !cfg!(feature = "more-formats") {
            continue;
        }
        match decode(&case(&name), DecodeLimits::default()) {
            Ok(picture) => {
                let size = [picture.original_width(), picture.original_height()];
                let off = field_difference(&picture, &golden.means);
                if size != [golden.width, golden.height] || off > MAX_FIELD_DIFFERENCE {
                    wrong.push(format!("{name}: {picture:?}, off by {off:.2}"));
                }
            }
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The largest difference of the mean grey of a field.
fn field_difference(picture: &Picture, expected: &[f64]) -> f64 {
    let levels = grey(picture.view().data());
    let (width, height) = (picture.width(), picture.height());
    let mean = |idx: usize| {
        let (rows, columns) = (field(height, idx / N_FIELDS), field(width, idx % N_FIELDS));
        let sum: f64 =
            rows.clone().flat_map(|y| &levels[y * width..][columns.clone()]).map(|&level| f64::from(level)).sum();
        sum / (rows.len() * columns.len()) as f64
    };
    assert_eq!(expected.len(), N_FIELDS * N_FIELDS);
    expected.iter().enumerate().map(|(idx, expected)| (mean(idx) - expected).abs()).fold(0.0, f64::max)
}

/// The pixels of the field `idx` of a side, as Python's `numpy.array_split` has them: the first are the longer ones.
fn field(side: usize, idx: usize) -> std::ops::Range<usize> {
    let start = |idx: usize| idx * (side / N_FIELDS) + idx.min(side % N_FIELDS);
    start(idx)..start(idx + 1)
}

fn other_cases_end_as_they_should() {
    let cases = [
        ("sharp_65536-uint32-limit.png", "too large"),
        ("sharp_giant-image.jpg", "too large"),
        // The lowest 48 rows of 2160, and all but the topmost 16 rows, are missing.
        ("zune_incomplete_image.jpg", "damaged"),
        ("ultrahdr.jpg", "damaged"),
        // Its EXIF data are broken and its pixels are damaged: libjpeg goes on at the next restart mark, our decoder does not.
        ("hopper_bad_exif.jpg", "500×500"),
        ("hopper.heif", "Heic"),
        ("torchcodec_gradient_rotated.heic", "Heic"),
        ("torchcodec_gradient_10bit.avif", "Avif"),
        ("10:30.mp4", "Video"),
    ];
    for (name, expected) in cases {
        assert_eq!(end(&case(name)), expected, "{name}");
    }
}

/// How it ends to decode `file`, in a word.
fn end(file: &[u8]) -> String {
    match decode(file, DecodeLimits::default()) {
        Ok(picture) => format!("{}×{}", picture.width(), picture.height()),
        Err(DecodeError::TooLarge { .. }) => "too large".to_owned(),
        Err(DecodeError::Damaged { .. }) => "damaged".to_owned(),
        Err(DecodeError::WrongKind { kind, .. }) => format!("{kind:?}"),
        Err(error) => error.to_string(),
    }
}
