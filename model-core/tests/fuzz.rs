//! Weights, cards and stored cases that are damaged or made up: an error or a network, no panic, and no more memory than
//! the networks take.

#![cfg(not(target_arch = "wasm32"))]

use std::{fs, ops::Range};

use fuzz::{Counted, Target};
use model_core::{
    Architecture, BlazeFace, BlazeRange, Classifier, Device, INPUT_SIDE, ModelCard, ReferenceCases, sha256_hex,
};

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// Folder of the shipped networks.
const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../www/models");

/// Bytes that a network may take whatever the file is: with its weights in every form, and one face.
const BASE: usize = 16 << 20;
/// Bytes for each of a file of weights: of 8 bits, read to 32, some copies.
const WEIGHT_BYTES_PER_BYTE: usize = 16;
/// A value of JSON takes less than that for each of its bytes.
const JSON_BYTES_PER_BYTE: usize = 64;

/// Where Burn's file says how long the description of its tensors is, and where that begins: after magic number and
/// version (`burn-pack`, `src/base.rs`).
const LENGTH: Range<usize> = 6..10;
/// Tensors begin at a multiple of that.
const ALIGNMENT: usize = 256;

fn shipped(name: &str) -> Vec<u8> {
    fs::read(format!("{MODELS}/{name}")).expect("a shipped file")
}

/// The description, and what comes after the padding behind it.
fn parts(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_le_bytes(*file.get(LENGTH)?.first_chunk()?) as usize;
    let end = LENGTH.end.checked_add(length)?;
    Some((file.get(LENGTH.end..end)?, file.get(end.next_multiple_of(ALIGNMENT)..)?))
}

/// A file of a description and tensors.
fn assembled(description: &[u8], tensors: &[u8]) -> Vec<u8> {
    let mut file = [b"NRUB\x01\0", &(description.len() as u32).to_le_bytes()[..], description].concat();
    file.resize(file.len().next_multiple_of(ALIGNMENT), 0);
    [&file, tensors].concat()
}

/// Whether `weights` are read, with the shipped card of `architecture` made to match them; if so, a face is classified.
fn is_read(architecture: Architecture, weights: &[u8]) -> bool {
    let card = ModelCard::from_json(&shipped(&format!("{architecture}.json"))).expect("a shipped card");
    let card = ModelCard { sha256: sha256_hex(weights), ..card };
    let Ok(classifier) = Classifier::new(card, weights, Device::flex()) else { return false };
    // Numbers that are none give an error.
    let _ = pollster::block_on(classifier.classify(&[&[128; INPUT_SIDE * INPUT_SIDE]]));
    true
}

/// Types of numbers as the description has them, and lengths and numbers of CBOR.
const WEIGHT_WORDS: [&[u8]; 22] = [
    b"F16",
    b"F32",
    b"F64",
    b"BF16",
    b"I8",
    b"I16",
    b"I32",
    b"U8",
    b"U16",
    b"U64",
    b"Bool",
    b"QFloat",
    b"Flex32",
    b"dtype",
    b"shape",
    b"param_id",
    b"\x80",
    b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x9b\x00\x00\x00\xff\xff\xff\xff\xff",
    b"\xbf",
    b"\x5f",
    b"\xf6",
];

#[test]
fn tensors_are_read_or_refused_whatever_is_said_of_them() {
    let _alone = fuzz::alone();
    // A network that is shipped as it was trained, and a fused one.
    for (architecture, n_cases) in [(Architecture::Small, 20_000), (Architecture::Ferrum, 1_500)] {
        let file = shipped(&format!("{architecture}.bpk"));
        let (description, tensors) = parts(&file).expect("shipped weights");
        assert_eq!(assembled(description, tensors), file, "the layout of the file is known");
        let target = Target {
            name: architecture.id(),
            n_cases,
            share: 0.1,
            files: &[vec![description.to_vec()], retyped(description)].concat(),
            words: &WEIGHT_WORDS,
            mend: |_| {},
            max_bytes: &|description| BASE + WEIGHT_BYTES_PER_BYTE * (description.len() + tensors.len()),
        };
        let tried = target.run(|description| is_read(architecture, &assembled(description, tensors)));
        assert!(tried.n_read > 1, "not the good one alone: {tried:?}");
    }
}

/// The description with other types for the numbers of the first tensor, 72 weights, and where those would end.
fn retyped(description: &[u8]) -> Vec<Vec<u8>> {
    const FIRST: &[u8] = b"edtypecF16eshape\x84\x08\x01\x03\x03ldata_offsets\x82\x00\x18\x90";
    let start = description.windows(FIRST.len()).position(|part| part == FIRST);
    let (before, after) = match start {
        Some(start) => (&description[..start], &description[start + FIRST.len()..]),
        None => return vec![],
    };
    TYPES
        .map(|(name, size, _)| {
            let end = (72 * size).to_be_bytes();
            let shape = b"eshape\x84\x08\x01\x03\x03ldata_offsets\x82\x00\x19";
            [before, b"edtype", name, shape, &end, after].concat()
        })
        .to_vec()
}

/// Types of numbers as CBOR, the bytes that each takes (that of quantized ones is free), and whether they are read.
const TYPES: [(&[u8], u16, bool); 8] = [
    (b"cF32", 4, true),
    (b"cF64", 8, true),
    (b"dBF16", 2, true),
    (b"bI8", 1, false),
    (b"cI64", 8, false),
    (b"cU16", 2, false),
    (b"\xa1dBoolfNative", 1, false),
    (b"\xa1fQFloat\xa5evaluecQ8Festore\xa1iPackedU32\x00dmodeiSymmetricftensor\xf6eblock\xf6", 1, false),
];

#[test]
fn floating_point_numbers_are_read_and_others_refused() {
    let _alone = fuzz::alone();
    let file = shipped("small.bpk");
    let (description, tensors) = parts(&file).expect("shipped weights");
    let retyped = retyped(description);
    assert_eq!(retyped.len(), TYPES.len());
    for ((name, _, expected), description) in TYPES.iter().zip(retyped) {
        let is_read = is_read(Architecture::Small, &assembled(&description, tensors));
        assert_eq!(is_read, *expected, "{}", String::from_utf8_lossy(name));
    }
}

#[test]
fn weights_are_read_or_refused() {
    let _alone = fuzz::alone();
    let file = shipped("small.bpk");
    let start = file[..4 * ALIGNMENT].to_vec();
    let target = Target {
        name: "weights",
        n_cases: 10_000,
        share: 0.1,
        files: &[file, start],
        words: &[],
        mend: |_| {},
        max_bytes: &|file| BASE + WEIGHT_BYTES_PER_BYTE * file.len(),
    };
    let tried = target.run(|file| is_read(Architecture::Small, file));
    assert!(tried.n_read > 1, "not the good one alone: {tried:?}");
}

/// Whether a detector is read, its card made to match; if so, a grey picture is searched.
fn detects(weights: &[u8]) -> bool {
    let range = BlazeRange::Short;
    let mut card: serde_json::Value = serde_json::from_slice(&shipped("blazeface-short.json")).expect("a shipped card");
    card["sha256"] = sha256_hex(weights).into();
    let Ok(net) = BlazeFace::load(range, card.to_string().as_bytes(), weights, Device::flex()) else { return false };
    pollster::block_on(net.run(&vec![0.0; range.side() * range.side() * 3])).is_ok()
}

#[test]
fn detectors_are_read_or_refused() {
    let _alone = fuzz::alone();
    let file = shipped("blazeface-short.safetensors");
    let target = Target {
        name: "detector",
        n_cases: 2_500,
        share: 0.05,
        files: &[file],
        words: &[b"F16", b"F32", b"shape", b"data_offsets", b"[24,5,5,3]", b"00.weight"],
        mend: |_| {},
        max_bytes: &|file| BASE + WEIGHT_BYTES_PER_BYTE * file.len(),
    };
    let tried = target.run(detects);
    assert!(tried.n_read > 1, "not the good one alone: {tried:?}");
}

#[test]
fn a_detector_s_card_is_read_or_refused() {
    let _alone = fuzz::alone();
    let weights = shipped("blazeface-short.safetensors");
    try_json("detector's card", 30_000, &[shipped("blazeface-short.json")], |file| {
        BlazeFace::load(BlazeRange::Short, file, &weights, Device::flex()).is_ok()
    });
}

const JSON_WORDS: [&[u8]; 18] = [
    b"null",
    b"true",
    b"0",
    b"-1",
    b"1e999",
    b"1e38",
    b"1e-46",
    b"4294967296",
    b"99999999999999999999",
    b"0.5",
    b"[]",
    b"{}",
    b"\"angry\"",
    b"\"small\"",
    b"format",
    b"labels",
    b"levels",
    b"calibration",
];

fn try_json(name: &'static str, n_cases: usize, files: &[Vec<u8>], read: impl Fn(&[u8]) -> bool) {
    let max_bytes = |file: &[u8]| (4 << 20) + JSON_BYTES_PER_BYTE * file.len();
    let target = Target { name, n_cases, share: 0.03, files, words: &JSON_WORDS, mend: |_| {}, max_bytes: &max_bytes };
    let tried = target.run(read);
    assert!(tried.n_read > 1, "not the good one alone: {tried:?}");
}

#[test]
fn a_card_is_read_or_refused() {
    let _alone = fuzz::alone();
    let files = Architecture::ALL.map(|architecture| shipped(&format!("{architecture}.json")));
    try_json("card", 500_000, &files, |file| ModelCard::from_json(file).is_ok());
}

#[test]
fn stored_cases_are_read_or_refused() {
    let _alone = fuzz::alone();
    try_json("cases", 100_000, &[shipped("cases.json")], |file| ReferenceCases::from_json(file).is_ok());
}
