//! The worker's reader, natively and in wasm: the same picture gives the same faces and probabilities.
//!
//! `REGENERATE=1 cargo test -p app --test reader` writes the golden file anew.

use app::{
    detector::{DetectorInUse, DetectorKind},
    protocol::{AnalyzedPhoto, Comparison, GreyBytes},
    worker::{Decoded, Reader},
};
use model_core::{
    Architecture, Calibration, Device, DeviceKind, Emotion, ModelCard, Network, Training, Vote, device_check,
};
use pipeline::{FrameTask, Search};
use serde::{Deserialize, Serialize};
use vision::{Detection, RgbaView};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CASCADE: &[u8] = include_bytes!("../../vision/cascades/haarcascade_frontalface_default.xml");
/// Card and weights of BlazeFace's two nets.
const SHORT: [&[u8]; 2] = [
    include_bytes!("../../www/models/blazeface-short.json"),
    include_bytes!("../../www/models/blazeface-short.safetensors"),
];
const FULL: [&[u8]; 2] = [
    include_bytes!("../../www/models/blazeface-full.json"),
    include_bytes!("../../www/models/blazeface-full.safetensors"),
];
const ASTRONAUT: &[u8] = include_bytes!("../../www/samples/astronaut.png");
const GOLDEN: &str = include_str!("golden/astronaut.json");

/// Both sides sum the same products in 32 bits, in an order of their own; a wrong pixel would show as 1e-3 and more.
const ATOL: f32 = 1e-5;

/// The expected result for one face.
#[derive(Debug, Serialize, Deserialize)]
struct GoldenFace {
    detection: Detection,
    probabilities: [f32; Emotion::COUNT],
}

/// Card and weights of an untrained network; seeded, so always the same.
fn untrained(architecture: Architecture) -> (ModelCard, Vec<u8>) {
    let device = Device::flex();
    let weights = Network::seeded(architecture, 7, &device).to_half_precision().expect("weights can be written");
    let card = ModelCard::new(architecture, &weights, Training::default());
    (card, weights)
}

fn json(card: &ModelCard) -> Vec<u8> {
    serde_json::to_vec(card).expect("a card is plain data")
}

/// A reader on the CPU with the classic detector.
async fn detecting() -> Reader {
    let mut reader = Reader::default();
    reader.open(DeviceKind::Cpu).await.expect("there is a CPU");
    let used = reader.use_detector(DetectorKind::Haar, &[CASCADE.to_vec()]).await.expect("the reader is open");
    used.expect("the shipped cascade can be read");
    reader
}

/// As [`detecting`], with an untrained network.
async fn reader(architecture: Architecture) -> Reader {
    let mut reader = detecting().await;
    let (card, weights) = untrained(architecture);
    let loaded = reader.load(architecture, &json(&card), &weights).await.expect("the reader is open");
    assert_eq!(loaded.expect("the weights fit"), card);
    reader
}

/// All of the photo in `file`, and its pixels.
async fn photo(reader: &mut Reader, file: &[u8]) -> (AnalyzedPhoto, Vec<u8>) {
    let decoded = Decoded::from_file(file).expect("a picture");
    let (mut photo, pixels) = reader.begin_photo(decoded, None).await.expect("the CPU does not fail");
    let mut pixels = pixels.expect("they are new").to_vec();
    while !photo.is_done() {
        let (more, turned) = reader.continue_search().await.expect("the CPU does not fail");
        assert!(more.progress > photo.progress || more.turn != photo.turn, "{more:?}");
        (photo, pixels) = (more, turned.map_or(pixels, <[u8]>::to_vec));
    }
    (photo, pixels)
}

async fn astronaut() {
    let (photo, rgba) = photo(&mut reader(Architecture::Small).await, ASTRONAUT).await;
    assert_eq!((photo.width, photo.height, photo.animated), (512, 512, false));
    assert_eq!((photo.original_width, photo.original_height), (512, 512));
    assert_eq!(rgba.len(), 512 * 512 * 4);
    let faces = photo.analysis.faces.iter();
    let actual: Vec<_> = faces
        .map(|face| GoldenFace { detection: face.detection, probabilities: face.prediction.scores.probabilities() })
        .collect();
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("REGENERATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/astronaut.json");
        std::fs::write(path, serde_json::to_string_pretty(&actual).expect("plain data") + "\n")
            .expect("the folder is there");
        return;
    }
    let golden: Vec<GoldenFace> = serde_json::from_str(GOLDEN).expect("the golden file is JSON");
    assert_eq!(actual.len(), golden.len());
    for (actual, golden) in actual.iter().zip(&golden) {
        assert_eq!(actual.detection, golden.detection);
        for (actual, golden) in actual.probabilities.iter().zip(golden.probabilities) {
            assert!((actual - golden).abs() < ATOL, "{actual} instead of {golden}");
        }
    }
}

async fn a_frame_gives_the_faces_of_the_same_photo() {
    let mut reader = reader(Architecture::Residual).await;
    let (photo, rgba) = photo(&mut reader, ASTRONAUT).await;
    let image = RgbaView::new(photo.width as usize, photo.height as usize, &rgba).expect("its own size");
    let frame = reader.frame(image, FrameTask::Search(Search::Photo), 1.0).await.expect("the CPU does not fail");
    assert_eq!(frame.analysis.faces, photo.analysis.faces);
    let classic = DetectorInUse { kind: DetectorKind::Haar, full_range: true };
    assert_eq!((frame.read_by.detector, photo.read_by.detector), (classic, classic));
    let followed = FrameTask::Follow(photo.analysis.faces.iter().map(|face| face.detection).collect());
    let again = reader.frame(image, followed, 1.0).await.expect("the CPU does not fail");
    assert_eq!(again.analysis.faces, photo.analysis.faces);
    for read_by in [frame.read_by, photo.read_by] {
        assert_eq!((read_by.network, read_by.device), (Architecture::Residual, DeviceKind::Cpu));
    }
}

async fn blazeface_finds_near_faces_and_then_all_with_their_key_points() {
    let [short, full] = [SHORT, FULL].map(|files| files.map(<[u8]>::to_vec));
    let mut reader = reader(Architecture::Small).await;
    assert!(reader.extend_detector(&full).await.is_err(), "the classic detector is in use");
    for (files, word) in [([&short[0], &full[1]], "SHA-256"), ([&full[0], &full[1]], "got that of `blazeface-full`")] {
        let used = reader.use_detector(DetectorKind::BlazeFace, &files.map(Vec::clone)).await.expect("it goes on");
        let problem = used.expect_err("other files");
        assert!(
            problem.title == "The BlazeFace detector could not be loaded" && problem.detail.contains(word),
            "{problem:?}"
        );
    }
    let used = reader.use_detector(DetectorKind::BlazeFace, &short).await.expect("the reader is open");
    used.expect("the shipped weights fit");
    let refused = reader.extend_detector(&short).await.expect("the reader goes on").expect_err("the other net");
    assert_eq!(refused.title, "The detector of small and far faces could not be loaded");
    for full_range in [false, true] {
        let (photo, _) = photo(&mut reader, ASTRONAUT).await;
        assert_eq!(photo.read_by.detector, DetectorInUse { kind: DetectorKind::BlazeFace, full_range });
        let [face] = &photo.analysis.faces[..] else { panic!("one face, got {:?}", photo.analysis.faces) };
        let points = face.detection.key_points.expect("it finds key points");
        assert!(points.right_eye.x < points.nose.x && points.nose.x < points.left_eye.x, "{points:?}");
        assert!(points.to_array()[..4].iter().all(|point| face.detection.rect.contains(*point)), "{face:?}");
        let extended = reader.extend_detector(&full).await.expect("the reader is open");
        extended.expect("the shipped weights fit");
    }
}

async fn a_look_is_of_the_crop_that_was_classified() {
    let mut reader = reader(Architecture::Residual).await;
    let (photo, _) = photo(&mut reader, ASTRONAUT).await;
    let crop = photo.crops.first().expect("a face").clone();
    for (layer, with_weights) in [(0, true), (3, false), (99, false)] {
        let looked = reader.look(crop.clone(), layer, with_weights).await.expect("the CPU does not fail");
        let table = Architecture::Residual.table();
        let expected = layer.min(table.features.len() - 1);
        assert_eq!((looked.layer, looked.maps.n), (expected, table.summary()[expected].output.channels));
        assert_eq!((&looked.face, looked.weights.is_some()), (&crop, with_weights));
        for (label, p) in Emotion::ALL.into_iter().zip(photo.analysis.faces[0].prediction.scores.probabilities()) {
            assert!((looked.prediction.scores.of(label) - p).abs() < ATOL, "{label}");
        }
    }
    let cut = GreyBytes(crop.0[1..].into());
    assert!(reader.look(cut, 0, false).await.is_err(), "no whole crop");
}

async fn every_network_at_hand_is_compared() {
    let mut reader = reader(Architecture::Residual).await;
    let (photo, _) = photo(&mut reader, ASTRONAUT).await;
    let crop = photo.crops.first().expect("a face").clone();
    let alone = reader.compare(crop.clone()).await.expect("the CPU does not fail");
    assert_eq!(networks(&alone), [Architecture::Residual]);
    for _ in 0..2 {
        let (card, weights) = untrained(Architecture::Small);
        let preloaded = reader.preload(Architecture::Small, &json(&card), &weights).await.expect("the reader is open");
        preloaded.expect("the weights fit");
        let both = reader.compare(crop.clone()).await.expect("the CPU does not fail");
        assert_eq!(networks(&both), [Architecture::Small, Architecture::Residual]);
        assert_eq!(both.answers[1].prediction, alone.answers[0].prediction);
    }
    let refused = reader.preload(Architecture::UNet, b"", b"").await.expect("the reader goes on");
    assert!(refused.expect_err("no card").detail.contains("expected the JSON of a model card"));
}

fn networks(comparison: &Comparison) -> Vec<Architecture> {
    comparison.answers.iter().map(|answer| answer.network).collect()
}

async fn a_test_reads_every_face_as_it_is_read_alone_and_is_timed() {
    let reader = reader(Architecture::Ferrum).await;
    let faces: Vec<_> = device_check::faces().into_iter().map(|levels| GreyBytes(levels.into())).collect();
    let tested = reader.test(&faces).await.expect("the CPU does not fail").expect("finite numbers");
    assert!(tested.predictions.len() == faces.len() && tested.ms_per_face > 0.0, "{tested:?}");
    for (face, prediction) in faces.iter().zip(&tested.predictions) {
        let looked = reader.look(face.clone(), 0, false).await.expect("the CPU does not fail");
        assert!(device_check::difference(&[looked.prediction], &[*prediction]) < ATOL, "{looked:?}");
    }
    let cut = GreyBytes(faces[0].0[1..].into());
    let problem = reader.test(&[cut]).await.expect("the reader goes on").expect_err("no whole crop");
    assert!(problem.detail.contains("got 2303 of them"), "{problem:?}");
}

async fn votes_and_what_is_unsure_come_with_a_face() {
    for (threshold, is_sure) in [(0.0, true), (1.0, false)] {
        let mut reader = detecting().await;
        let (card, weights) = untrained(Architecture::Ferrum);
        let calibration = Calibration {
            temperature: 2.0,
            votes_temperature: Some(2.0),
            blend: None,
            threshold,
            coverage: 0.5,
            error: 0.1,
        };
        let card = ModelCard { calibration: Some(calibration), ..card };
        let loaded = reader.load(Architecture::Ferrum, &json(&card), &weights).await.expect("the reader is open");
        loaded.expect("the weights fit");
        let (photo, _) = photo(&mut reader, ASTRONAUT).await;
        let face = photo.analysis.faces.first().expect("a face");
        assert_eq!((face.prediction.is_sure, face.label().is_some()), (is_sure, is_sure));
        let votes = face.prediction.votes.expect("it was taught votes");
        assert!((Vote::ALL.into_iter().map(|vote| votes.of(vote)).sum::<f32>() - 1.0).abs() < ATOL);
    }
}

async fn what_does_not_fit_is_refused_and_the_old_network_stays() {
    let mut reader = reader(Architecture::Small).await;
    let (card, weights) = untrained(Architecture::Residual);
    let mut flipped = weights.clone();
    flipped[weights.len() / 2] ^= 1;
    let (small_card, small_weights) = untrained(Architecture::Small);
    let mut not_finite = weights.clone();
    // The file ends with weights; with all bits set a number of half precision is none.
    not_finite[weights.len() - 16..].fill(0xff);
    let not_finite_card = ModelCard::new(Architecture::Residual, &not_finite, Training::default());
    let cases = [
        (json(&card), &flipped, "damaged or of another version: expected SHA-256"),
        (json(&small_card), &small_weights, "expected the card of the network `residual`, got that of `small`"),
        (json(&not_finite_card), &not_finite, "finite"),
        (b"<!doctype html>".to_vec(), &weights, "expected the JSON of a model card"),
    ];
    for (card, weights, word) in cases {
        let problem = reader.load(Architecture::Residual, &card, weights).await.expect("the reader goes on");
        let problem = problem.expect_err("it does not fit");
        assert!(problem.detail.contains(word), "{problem:?}");
        let (photo, _) = photo(&mut reader, ASTRONAUT).await;
        assert_eq!(photo.read_by.network, Architecture::Small);
    }
}

async fn a_broken_cascade_and_requests_out_of_order_are_refused() {
    let mut reader = Reader::default();
    let astronaut = || Decoded::from_file(ASTRONAUT).expect("a picture");
    assert!(reader.continue_search().await.is_err(), "no photo");
    assert!(reader.begin_photo(astronaut(), None).await.is_err(), "not open");
    let (card, weights) = untrained(Architecture::Small);
    assert!(reader.load(Architecture::Small, &json(&card), &weights).await.is_err(), "not open");
    assert!(reader.use_detector(DetectorKind::Haar, &[CASCADE.to_vec()]).await.is_err(), "not open");
    reader.open(DeviceKind::Cpu).await.expect("there is a CPU");
    let loaded = reader.load(Architecture::Small, &json(&card), &weights).await.expect("the reader is open");
    loaded.expect("the weights fit");
    assert!(reader.begin_photo(astronaut(), None).await.is_err(), "no detector");
    for cascade in [&b""[..], b"\xff\xfe", b"<opencv_storage/>", &CASCADE[..9999]] {
        let used = reader.use_detector(DetectorKind::Haar, &[cascade.to_vec()]).await.expect("the reader is open");
        assert_eq!(used.expect_err("no cascade").title, "The classic detector could not be loaded");
    }
}

/// Each body as a test of its own, natively and in wasm.
macro_rules! everywhere {
    ($($body:ident)*) => {
        mod run {
            $(
                #[cfg(not(target_arch = "wasm32"))]
                #[test]
                fn $body() {
                    pollster::block_on(super::$body());
                }

                #[cfg(target_arch = "wasm32")]
                #[super::test]
                async fn $body() {
                    super::$body().await;
                }
            )*
        }
    };
}

everywhere! {
    astronaut
    a_frame_gives_the_faces_of_the_same_photo
    blazeface_finds_near_faces_and_then_all_with_their_key_points
    a_look_is_of_the_crop_that_was_classified
    every_network_at_hand_is_compared
    a_test_reads_every_face_as_it_is_read_alone_and_is_timed
    votes_and_what_is_unsure_come_with_a_face
    what_does_not_fit_is_refused_and_the_old_network_stays
    a_broken_cascade_and_requests_out_of_order_are_refused
}
