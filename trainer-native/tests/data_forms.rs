//! The same data from every form that FER2013 comes in, and what is said of damaged ones.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use flate2::{Compression, write::GzEncoder};
use model_core::Emotion;
use trainer_native::data::{DataError, Fer2013, SIDE, Split, load};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

fn gz(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zst(text: &str) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(vec![], 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zip(name: &str, text: &str) -> Vec<u8> {
    let mut file = std::io::Cursor::new(vec![]);
    let mut writer = ZipWriter::new(&mut file);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in [("README.txt", "pictures of faces"), (name, text)] {
        writer.start_file(name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    file.into_inner()
}

/// Write `bytes` as `file` in a new folder and load `path` of it.
fn load_from(file: &str, bytes: &[u8], path: &str) -> Result<Fer2013, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, bytes).unwrap();
    load(&folder.path().join(path))
}

#[test]
fn every_packing_and_place_gives_the_same_data() {
    let data = common::data();
    let csv = common::csv(&data);
    // Two gzip members, and two frames of Zstandard, one after the other.
    let (start, end) = csv.split_at(csv.len() / 2);
    let cases: [(&str, &[u8], &str); 14] = [
        ("faces.csv", csv.as_bytes(), "faces.csv"),
        ("faces.csv.zst", &zst(&csv), "faces.csv.zst"),
        ("faces.csv.zst", &[zst(start), zst(end)].concat(), "faces.csv.zst"),
        ("faces.csv.gz", &gz(&csv), "faces.csv.gz"),
        ("faces.csv.gz", &[gz(start), gz(end)].concat(), "faces.csv.gz"),
        ("faces.zip", &zip("fer2013.csv", &csv), "faces.zip"),
        ("faces.zip", &zip("data/fer2013/icml_face_data.csv", &csv), "faces.zip"),
        ("misnamed.csv", &zst(&csv), "misnamed.csv"),
        ("fer2013.csv", csv.as_bytes(), ""),
        ("fer2013/fer2013.csv", csv.as_bytes(), ""),
        ("icml_face_data.csv.gz", &gz(&csv), ""),
        ("fer2013.csv.zst", &zst(&csv), ""),
        ("fer2013.zip", &zip("fer2013/fer2013.csv", &csv), ""),
        ("archive.zip", &zip("fer2013.csv", &csv), ""),
    ];
    for (file, bytes, path) in cases {
        let loaded = load_from(file, bytes, path).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(loaded, data, "{file}");
    }
}

#[test]
fn cut_and_damaged_files_are_named() {
    let csv = common::csv(&common::data());
    let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let flipped = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        bytes
    };
    let cases: [(&str, Vec<u8>, &str); 11] = [
        ("fer2013.csv", half(csv.clone().into_bytes()), "fer2013.csv: line 44: expected 3 columns, got 2"),
        ("fer2013.csv.zst", half(zst(&csv)), "the file is cut or damaged there"),
        ("fer2013.csv.gz", half(gz(&csv)), "the file is cut or damaged there"),
        ("fer2013.zip", half(zip("fer2013.csv", &csv)), "expected a ZIP archive that holds fer2013.csv"),
        ("fer2013.csv.zst", flipped(zst(&csv)), "fer2013.csv.zst: "),
        ("fer2013.csv.gz", flipped(gz(&csv)), "fer2013.csv.gz: "),
        ("fer2013.zip", flipped(zip("fer2013.csv", &csv)), "fer2013.zip: "),
        ("fer2013.zip", zip("faces.csv", &csv), "got one with README.txt and 1 more"),
        ("archive.zip", zip("train/angry/1.jpg", "x"), "unpack them and give the folder"),
        ("fer2013.csv", vec![], "got an empty file"),
        ("fer2013.csv.zst", zst(&csv)[..4].to_vec(), "fer2013.csv.zst: "),
    ];
    for (file, bytes, expected) in cases {
        let error = load_from(file, &bytes, "").map(|data| data.training.len()).unwrap_err().to_string();
        assert!(error.contains(expected), "{file}: {error}");
    }
}

#[test]
fn where_nothing_is_the_message_says_what_to_get() {
    for path in ["", "nowhere"] {
        let error = load_from("notes.txt", b"hello", path).unwrap_err().to_string();
        for part in ["challenges-in-representation-learning", "msambare/fer2013", "data/fer2013.csv", "--data PATH"] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}

/// `split` as PNGs `{folder}/{label}/{prefix}{i}.png`.
fn write_pictures(folder: &Path, prefix: &str, split: &Split) {
    for (i, (face, label)) in split.faces().zip(split.labels()).enumerate() {
        let folder = folder.join(label.name());
        fs::create_dir_all(&folder).unwrap();
        write_picture(&folder.join(format!("{prefix}{i:03}.png")), face, SIDE);
    }
}

fn write_picture(file: &Path, levels: &[u8], width: usize) {
    let height = levels.len() / width;
    let image = image::GrayImage::from_raw(width as u32, height as u32, levels.to_vec()).unwrap();
    image.save(file).unwrap();
}

#[test]
fn folders_of_pictures_give_the_pixels_and_the_splits_in_the_names() {
    let data = common::data();
    let folder = tempfile::tempdir().unwrap();
    write_pictures(&folder.path().join("train"), "Training_", &data.training);
    write_pictures(&folder.path().join("test"), "PublicTest_", &data.public_test);
    write_pictures(&folder.path().join("test"), "PrivateTest_", &data.training.subset(&[5]));
    write_pictures(&folder.path().join("test"), "im", &data.training.subset(&[6, 7]));
    fs::write(folder.path().join("train/.DS_Store"), "hidden").unwrap();
    fs::write(folder.path().join("train/sad/notes.txt"), "no picture").unwrap();
    let loaded = load(folder.path()).unwrap();
    assert_eq!(loaded.splits().map(|(_, split)| split.len()), [70, 14, 1, 2]);
    assert_eq!(loaded.training.counts(), data.training.counts());
    // By label, then by name: picture 0 of `data` is its first angry one.
    assert_eq!((loaded.training.face(0), loaded.training.label(0)), (data.training.face(0), Emotion::Angry));
    assert_eq!(loaded.private_test, data.training.subset(&[5]));
    assert_eq!(loaded.notes, ["Files left out, as they are no pictures by their names: 1"]);
}

/// Folders in folders, names of labels in other words, pictures of another size, and what FER2013 has no label for.
#[test]
fn what_other_copies_do_is_read_and_what_is_left_out_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, side: usize| {
        let file = folder.path().join("archive/images").join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        write_picture(&file, &vec![90; side * side], side);
    };
    for name in ["Training/3 happiness/1.png", "Training/anger/1.png", "PublicTest/5/1.png", "PrivateTest/Sad/1.PNG"] {
        write(name, SIDE);
    }
    for name in ["Training/contempt/1.png", "Training/contempt/2.png", "Training/1.png"] {
        write(name, SIDE);
    }
    write("validation/neutral/1.png", 96);
    let loaded = load(folder.path()).unwrap();
    assert_eq!(loaded.splits().map(|(_, split)| split.len()), [2, 1, 1, 1]);
    assert_eq!(loaded.training.labels(), [Emotion::Angry, Emotion::Happy]);
    assert_eq!(loaded.mixed_test.face(0), [90; SIDE * SIDE]);
    let notes = [
        "Pictures left out, as FER2013 has no label `contempt`: 2",
        "Pictures left out, as they lie in no folder of a label: 1",
        "Pictures of other sizes, scaled to 48×48 pixels: 1",
    ];
    assert_eq!(loaded.notes, notes);
}

#[test]
fn the_layout_of_ferplus_gives_pictures_labels_and_votes() {
    let folder = tempfile::tempdir().unwrap();
    let write = |split: &str, rows: &str| {
        let folder = folder.path().join(split);
        fs::create_dir_all(&folder).unwrap();
        write_picture(&folder.join("a.png"), &[7; SIDE * SIDE], SIDE);
        fs::write(folder.join("label.csv"), rows).unwrap();
    };
    let row = |name: &str, votes: &str| format!("{name},\"(0, 0, 48, 48)\",{votes}\n");
    let happy = row("a.png", "1,9,0,0,0,0,0,0,0,0");
    write(
        "FER2013Train",
        &(happy.clone() + &row("a.png", "0,0,0,0,0,0,0,9,1,0") + &row("b.png", "9,1,0,0,0,0,0,0,0,0")),
    );
    write("FER2013Valid", &happy);
    let loaded = load(folder.path()).unwrap();
    assert_eq!(loaded.splits().map(|(_, split)| split.len()), [1, 1, 0, 0]);
    assert_eq!((loaded.training.label(0), loaded.training.face(0)[0]), (Emotion::Happy, 7));
    assert_eq!(loaded.public_test.votes(0).unwrap().counts(), [1, 9, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(loaded.notes.len(), 3, "{:?}", loaded.notes);

    for (rows, expected) in [
        (row("a.png", "1,9"), "label.csv: line 1: expected 12 columns, got 4"),
        (row("../a.png", "1,9,0,0,0,0,0,0,0,0"), "expected the name of a picture in the same folder, got `../a.png`"),
        (row("a.png", "1,x,0,0,0,0,0,0,0,0"), "expected a number of votes from 0 to 10 for happiness, got `x`"),
        (String::new(), "expected pictures, got none"),
    ] {
        write("FER2013Train", &rows);
        fs::remove_dir_all(folder.path().join("FER2013Valid")).ok();
        let error = load(folder.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_jpeg_of_a_face_is_read_as_grey() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("test/happy")).unwrap();
    write_picture(&folder.path().join("test/happy/1.jpg"), &[120; SIDE * SIDE], SIDE);
    let loaded = load(folder.path()).unwrap();
    assert!(loaded.mixed_test.face(0).iter().all(|level| level.abs_diff(120) <= 2));
}

#[test]
fn folders_with_what_is_no_face_are_refused_with_the_file() {
    type Write = fn(&Path);
    let cases: [(&str, Write, &str); 5] = [
        (
            "train/happy/1.png",
            |file| write_picture(file, &[0; 48 * 47], 48),
            "expected a square picture, best of 48×48 pixels, got 48×47",
        ),
        (
            "train/happy/1.png",
            |file| drop(File::create(file).unwrap()),
            "1.png: expected a JPEG, PNG, WebP, GIF, BMP, TIFF or ICO picture",
        ),
        ("train/happy/notes.txt", |file| drop(File::create(file).unwrap()), "expected pictures, got none"),
        ("train/faces/1.png", |file| write_picture(file, &[0; 48 * 48], 48), "or 0 to 6, got `faces`"),
        ("train/contempt/1.png", |file| write_picture(file, &[0; 48 * 48], 48), "expected pictures, got none"),
    ];
    for (file, write, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        write(&file);
        let error = load(folder.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
