//! Videos that are damaged or made up: an error or frames, no panic, and no more memory than the file is long.

#![cfg(not(target_arch = "wasm32"))]

use std::io::Cursor;

use fuzz::{Counted, Target};
use video::Video;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// Bytes that reading may take whatever the file is: an index of fragments is read in a row.
const BASE: usize = 1 << 20;

/// Bytes for each of the file: a frame in the index takes 32, may be of one byte, and is kept twice while edits are applied
/// and the list grows.
const BYTES_PER_BYTE: usize = 160;

/// Boxes and elements that matter, and numbers that are too large.
const WORDS: [&[u8]; 34] = [
    b"moov",
    b"trak",
    b"mdia",
    b"minf",
    b"stbl",
    b"stsd",
    b"stts",
    b"ctts",
    b"stsc",
    b"stsz",
    b"stco",
    b"co64",
    b"stss",
    b"elst",
    b"mvex",
    b"trex",
    b"moof",
    b"traf",
    b"tfhd",
    b"tfdt",
    b"trun",
    b"avcC",
    b"hvcC",
    b"hvc1",
    b"vide",
    b"\x1f\x43\xb6\x75",
    b"\x16\x54\xae\x6b",
    b"\xa0",
    b"\xa1",
    b"\xa3",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x01\xff\xff\xff\xff\xff\xff\xff",
    b"\0\0\0\0",
];

#[test]
fn a_video_is_read_or_refused() {
    let _alone = fuzz::alone();
    let files = [
        include_bytes!("data/whole.mp4").to_vec(),
        include_bytes!("data/edited.mov").to_vec(),
        include_bytes!("data/fragments.mp4").to_vec(),
        include_bytes!("data/h264.mkv").to_vec(),
        include_bytes!("data/recorded.webm").to_vec(),
    ];
    for file in &files {
        assert!(n_frames(file) >= 8, "a good one");
    }
    let target = Target {
        name: "video",
        n_cases: 50_000,
        share: 0.1,
        files: &files,
        words: &WORDS,
        mend: |_| {},
        max_bytes: &|file| BASE + BYTES_PER_BYTE * file.len(),
    };
    let tried = target.run(|file| n_frames(file) > 0);
    assert!(tried.n_read > 1, "not the good one alone: {tried:?}");
}

/// Frames that can be read, from the beginning and from a place within.
fn n_frames(file: &[u8]) -> usize {
    let Ok(mut video) = Video::open(Cursor::new(file)) else { return 0 };
    let mut n = 0;
    // After an error it goes on behind the frame; a file has fewer frames than bytes, but an edit list may repeat them.
    for _ in 0..file.len() {
        match video.next_sample() {
            Ok(Some(_)) => n += 1,
            Ok(None) => break,
            Err(_) => {}
        }
    }
    let _ = video.seek(0.45);
    let _ = video.next_sample();
    n
}
