//! The examples, on the photo that comes with the project.
#![expect(clippy::duplicate_mod, reason = "each example has the shipped engine as a module of its own")]

#[path = "../examples/frames.rs"]
#[expect(dead_code, reason = "an example has a main function of its own")]
mod frames;
#[path = "../examples/photo.rs"]
#[expect(dead_code, reason = "an example has a main function of its own")]
mod photo;

use std::fs;

const ASTRONAUT: &[u8] = include_bytes!("../../www/samples/astronaut.png");

#[test]
fn a_photo_gives_its_faces() {
    let faces = photo::faces(ASTRONAUT).expect("the shipped photo");
    assert_eq!(faces.len(), 1, "{faces:?}");
    assert!(faces[0].detection.key_points.is_some() && faces[0].worst_issue().is_none(), "{faces:?}");
}

#[test]
fn frames_give_a_row_for_each_face() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["1.png", "2.png", "3.png"] {
        fs::write(folder.path().join(name), ASTRONAUT).expect("a file in it");
    }
    let csv = frames::csv(folder.path()).expect("three frames");
    let rows: Vec<Vec<_>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let whose: Vec<_> = rows[1..].iter().map(|row| (row[0], row[1])).collect();
    assert_eq!(whose, [("0.0", "1"), ("0.1", "1"), ("0.2", "1")], "{csv}");
}
