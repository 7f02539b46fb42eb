//! Photos that may be read but not shipped.

mod common;

use std::{fs, path::PathBuf, process::ExitCode};

use common::succeeds;
use model_core::Architecture;
use serde_json::Value;

fn main() -> ExitCode {
    common::run_all(vec![common::on_shared(
        "photos_without_a_face_and_with_several",
        ["media/face_recognition/examples/two_people.jpg", "media/negatives/skimage_coffee.png"],
        photos_without_a_face_and_with_several,
    )])
}

fn photos_without_a_face_and_with_several([group, coffee]: [PathBuf; 2]) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    common::write_weights(&folder.path().join("www/models"), Architecture::Small);
    let photos = [&group, &coffee].map(|photo| photo.to_str().expect("a path in UTF-8"));
    let args = [&["--network", "small", "--json", "f.json"], &photos[..]].concat();
    succeeds(folder.path(), &args);
    let json = fs::read(folder.path().join("f.json")).expect("the report was written");
    let reports: Vec<Value> = serde_json::from_slice(&json).expect("the report is JSON");
    let n_faces: Vec<_> =
        reports.iter().map(|report| report["faces"].as_array().expect("a list of faces").len()).collect();
    assert!(n_faces[0] >= 2 && n_faces[1] == 0, "{n_faces:?}");
}
