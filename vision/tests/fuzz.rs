//! Cascades and pictures that are damaged or made up: an error or a picture, no panic, and no more memory than the limits
//! name.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::io::{Cursor, Write};

use flate2::{Compression, write::ZlibEncoder};
use fuzz::{Counted, Target, peak_of};
use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage};
use vision::cascade::{Cascade, CascadeConfig, HaarDetector};
use vision::{DecodeLimits, RgbaView, decode};

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// Bytes that a reader may take whatever the file is.
const BASE: usize = 1 << 20;

/// Texts that replace numbers of a cascade, and its tags.
const CASCADE_WORDS: [&[u8]; 20] = [
    b"0",
    b"1",
    b"-1",
    b"2",
    b"-2",
    b"0.5",
    b"1e308",
    b"-1e38",
    b"1e-45",
    b"nan",
    b"inf",
    b"4294967296",
    b"99999999999999999999",
    b"24",
    b"256",
    b"_",
    b"stages",
    b"width",
    b"tilted",
    b"",
];

/// Bytes a byte of XML: a node of the tree takes some 60 and an empty tag 4; a number is two letters and 8 bytes, twice
/// while a list of them grows.
const CASCADE_BYTES_PER_BYTE: usize = 40;

#[test]
fn a_cascade_is_read_or_refused_and_can_be_used() {
    let _alone = fuzz::alone();
    let mut files = vec![
        shortened(include_str!("../cascades/haarcascade_frontalface_default.xml")),
        shortened(include_str!("../cascades/haarcascade_frontalface_alt2.xml")),
        include_bytes!("../cascades/haarcascade_frontalface_alt.xml").to_vec(),
    ];
    // It is small, so that changes meet what matters.
    files.extend(std::iter::repeat_n(include_bytes!("data/toy_cascade.xml").to_vec(), 12));
    let pixels: Vec<u8> = (0..40 * 30).flat_map(|idx: usize| [(idx * idx / 7 % 256) as u8; 4]).collect();
    let view = RgbaView::new(40, 30, &pixels).expect("40×30 pixels");
    let config = CascadeConfig { scale_factor: 1.3, min_neighbors: 0, min_size: 3 };
    let target = Target {
        name: "cascade",
        n_cases: 50_000,
        share: 0.25,
        files: &files,
        words: &CASCADE_WORDS,
        mend: |_| {},
        max_bytes: &|file| BASE + CASCADE_BYTES_PER_BYTE * file.len(),
    };
    let tried = target.run(|file| {
        let Ok(cascade) = Cascade::from_xml(&String::from_utf8_lossy(file)) else { return false };
        HaarDetector::new(cascade, config).expect("valid settings").detect(view);
        true
    });
    assert!(tried.n_read > 1, "not the good one alone: {tried:?}");
}

/// The first two stages of a shipped cascade with all features that there are.
fn shortened(xml: &str) -> Vec<u8> {
    let stages = xml.find("<stages>").expect("stages");
    let third = xml[stages..].match_indices("<stageThreshold>").nth(2).expect("three stages").0 + stages;
    let cut = xml[..third].rfind("<_>").expect("an item");
    let end = xml.find("</stages>").expect("an end of stages");
    [&xml[..cut], &xml[end..]].concat().into_bytes()
}

/// Few pixels, so that many files are tried; what the limits promise is the same for more.
const LIMITS: DecodeLimits = DecodeLimits { max_side: 64, max_pixels: 1_000_000 };

/// Files of every format and in every state, by `make_decode_goldens.py`.
const DECODE_FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/decode");

/// Bytes a pixel that [`LIMITS`] allow: 8 of a decoder's 16-bit RGBA, as many again for its own use, and as many for what
/// is laid on white.
const BYTES_PER_PIXEL: usize = 24;

/// Names of chunks and markers of the formats.
const PICTURE_WORDS: [&[u8]; 30] = [
    b"IHDR",
    b"IDAT",
    b"iCCP",
    b"PLTE",
    b"tRNS",
    b"fcTL",
    b"eXIf",
    b"IEND",
    b"VP8X",
    b"VP8 ",
    b"VP8L",
    b"ALPH",
    b"ANMF",
    b"EXIF",
    b"Exif",
    b"Adobe",
    b"JFIF",
    b"II*\0",
    b"MM\0*",
    b"\xff\xd8",
    b"\xff\xd9",
    b"\xff\xda",
    b"\xff\xc0",
    b"\xff\xc2",
    b"\xff\xc4",
    b"\xff\xe1",
    b"\xff\xee",
    b"\xff\xd0",
    b"\xff\xff",
    b"BM",
];

#[test]
fn a_picture_is_read_or_refused() {
    let _alone = fuzz::alone();
    let files = picture_files();
    let target = Target {
        name: "picture",
        n_cases: 1_000_000,
        share: 0.2,
        files: &files,
        words: &PICTURE_WORDS,
        mend: mend_png,
        max_bytes: &|file| BASE + 4 * file.len() + BYTES_PER_PIXEL * LIMITS.max_pixels as usize,
    };
    let tried = target.run(|file| decode(file, LIMITS).is_ok());
    assert!(tried.n_read > 1, "not the good one alone: {tried:?}");
}

/// Good files of every format, among them a lossless WebP with EXIF data.
fn picture_files() -> Vec<Vec<u8>> {
    let mut files = vec![
        include_bytes!("data/cmyk.jpg").to_vec(),
        include_bytes!("data/progressive.jpg").to_vec(),
        include_bytes!("data/animated.webp").to_vec(),
        include_bytes!("data/lossy.webp").to_vec(),
        include_bytes!("data/animated.png").to_vec(),
        include_bytes!("data/palette.png").to_vec(),
        include_bytes!("data/20000x20000.png").to_vec(),
        gif(),
    ];
    let mut paths: Vec<_> =
        fs::read_dir(DECODE_FILES).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    files.extend(paths.iter().map(|path| fs::read(path).expect("a file of the goldens")));
    let picture = RgbImage::from_fn(48, 40, |x, y| Rgb([(x * y % 256) as u8, (5 * x) as u8, (y * y % 251) as u8]));
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let mut file = Cursor::new(vec![]);
        DynamicImage::from(picture.clone()).write_to(&mut file, format).expect("a picture that the format can hold");
        files.push(file.into_inner());
    }
    let webp =
        files.iter().find(|file| file.starts_with(b"RIFF") && file[12..].starts_with(b"VP8L")).expect("a lossless one");
    files.push(webp_with_exif(webp));
    files
}

/// The length that a WebP file gives its EXIF data; a PNG's colour profile and text of zeroes. All are passed over.
#[test]
fn what_a_few_bytes_ask_for_is_not_taken() {
    let _alone = fuzz::alone();
    let picture = RgbImage::from_pixel(48, 40, Rgb([90, 120, 30]));
    let encoded = |format| {
        let mut file = Cursor::new(vec![]);
        DynamicImage::from(picture.clone()).write_to(&mut file, format).expect("a picture that the format can hold");
        file.into_inner()
    };
    let mut webp = webp_with_exif(&encoded(ImageFormat::WebP));
    let exif = webp.windows(4).rposition(|name| name == b"EXIF").expect("EXIF data");
    webp[exif + 4..exif + 8].copy_from_slice(&0xf000_0000_u32.to_le_bytes());
    let png = encoded(ImageFormat::Png);
    let profile = png_with_zeroes(&png, *b"iCCP", b"a\0\0", 300_000_000);
    let text = png_with_zeroes(&png, *b"zTXt", b"Comment\0\0", 300_000_000);
    for file in [webp, profile, text] {
        let (result, peak) = peak_of(|| decode(&file, DecodeLimits::default()));
        assert!(peak < 100_000_000, "{result:?} took {peak} bytes of a file of {}", file.len());
        assert!(result.is_ok(), "{result:?}");
    }
    let orientation =
        decode(&webp_with_exif(&encoded(ImageFormat::WebP)), DecodeLimits::default()).expect("a good one");
    assert_eq!((orientation.width(), orientation.height()), (40, 48), "the EXIF data of a good one are read");
}

/// Where a PNG's header ends: signature, and a chunk of 13 bytes.
const AFTER_HEADER: usize = 8 + 12 + 13;

/// `png` with a chunk `name` of `head` and so many zeroes, packed.
fn png_with_zeroes(png: &[u8], name: [u8; 4], head: &[u8], length: usize) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(head.to_vec(), Compression::best());
    packer.write_all(&vec![0; length]).expect("memory takes it");
    let data = packer.finish().expect("memory takes it");
    let chunk = [&(data.len() as u32).to_be_bytes()[..], &name, &data, &[0; 4]].concat();
    let mut file = [&png[..AFTER_HEADER], &chunk, &png[AFTER_HEADER..]].concat();
    mend_png(&mut file);
    file
}

/// Two frames.
fn gif() -> Vec<u8> {
    let mut file = vec![];
    let frames = [[200, 10, 10], [10, 200, 10]].map(|color| {
        let picture = RgbImage::from_fn(30, 20, |x, y| if x > y { Rgb(color) } else { Rgb([9, 9, 9]) });
        Frame::new(DynamicImage::from(picture).into_rgba8())
    });
    GifEncoder::new(&mut file).encode_frames(frames).expect("two frames");
    file
}

/// A simple WebP file as an extended one that says how the picture lies.
fn webp_with_exif(simple: &[u8]) -> Vec<u8> {
    let chunk = |name: &[u8], data: &[u8]| [name, &(data.len() as u32).to_le_bytes(), data].concat();
    // Has EXIF data; 48×40 pixels, each side less one.
    let head = chunk(b"VP8X", &[0x08, 0, 0, 0, 47, 0, 0, 39, 0, 0]);
    let exif = chunk(b"EXIF", b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
    chunk(b"RIFF", &[b"WEBP", &head[..], &simple[12..], &exif].concat())
}

/// Puts a right checksum after every chunk of a PNG file, without which nothing inside it is looked at.
fn mend_png(file: &mut [u8]) {
    const SIGNATURE: usize = 8;
    let mut start = SIGNATURE;
    if !file.starts_with(b"\x89PNG") {
        return;
    }
    while let Some(&length) = file.get(start..).and_then(|rest| rest.first_chunk::<4>()) {
        let data = start + 4..(start + 8).saturating_add(u32::from_be_bytes(length) as usize);
        let Some(checksum) = file.get(data.clone()).map(crc32) else { return };
        file[data.end..].iter_mut().zip(checksum.to_be_bytes()).for_each(|(old, new)| *old = new);
        start = data.end + 4;
    }
}

/// ISO 3309, as PNG has it (PNG specification, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
}
