//! Sessions for tests, made of frames that say what each face shows.
#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use model_core::{Architecture, Emotion, Prediction, Scores, Votes};
use pipeline::{
    Analysis, Face, FrameReport, FrameTask, Provenance, Search, Session, SessionSettings, StageMs, TrackSettings,
};
use vision::{Detection, Quality, Rect};

/// A face with its label and place; places are from left to right, far enough apart to be told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Actor {
    pub place: u8,
    /// `None` of a face that is unsure.
    pub label: Option<Emotion>,
    pub is_dark: bool,
}

/// A person who is seen well.
pub(crate) fn actor(place: u8, label: impl Into<Option<Emotion>>) -> Actor {
    Actor { place, label: label.into(), is_dark: false }
}

/// A person in the dark.
pub(crate) fn dark(place: u8, label: Emotion) -> Actor {
    Actor { is_dark: true, ..actor(place, label) }
}

/// A session of so many frames a second, without smoothing, so that every frame shows its own label.
pub(crate) fn session(per_sec: u32, frames: impl IntoIterator<Item = Vec<Actor>>) -> Session {
    let tracking = TrackSettings { smoothing_secs: 0.0, ..TrackSettings::default() };
    let mut session = Session::new(SessionSettings { tracking, ..SessionSettings::default() });
    session.set_threshold(Architecture::Ferrum, Some(0.5));
    let mut n_frames = 0;
    for actors in frames {
        let analysis = Analysis { faces: actors.into_iter().map(face).collect(), ms: StageMs::default() };
        let (time_secs, task) = (f64::from(n_frames) / f64::from(per_sec), FrameTask::Search(Search::Near));
        session.push(&FrameReport { time_secs, task, network: Architecture::Ferrum, analysis });
        n_frames += 1;
    }
    session.pause(f64::from(n_frames) / f64::from(per_sec));
    session.set_provenance(Provenance {
        network: "ferrum".into(),
        weights_sha256: "0123456789abcdef".repeat(4),
        detector: "blazeface".into(),
        settings: session.settings_in_words(),
        file_name: "interview.mp4".into(),
        file_sha256: "fedcba9876543210".repeat(4),
        ..Provenance::default()
    });
    session
}

/// Ten frames a second: one person is happy, unsure, sad, away and happy again; a second one comes, surprised, and goes into
/// the dark. Nobody is there at the end.
pub(crate) fn interview() -> Session {
    use Emotion::{Happy, Sad, Surprise};
    let frame = |i| match i {
        0..10 => vec![actor(0, Happy)],
        10..15 => vec![actor(0, None)],
        15..20 => vec![actor(0, Sad), actor(1, Surprise)],
        20..25 => vec![actor(1, Surprise)],
        25..30 => vec![actor(0, Happy), dark(1, Surprise)],
        _ => vec![],
    };
    session(10, (0..32).map(frame))
}

fn face(Actor { place, label, is_dark }: Actor) -> Face {
    let mut probabilities = [0.05; Emotion::COUNT];
    match label {
        Some(label) => probabilities[label as usize] = 0.7,
        None => probabilities = [0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.1],
    }
    let rect = Rect { x: 10.0 + 120.0 * f32::from(place), y: 20.0, width: 60.5, height: 80.25 };
    let votes = Votes::from_logits([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]).ok();
    let scores = Scores::try_from(probabilities).unwrap();
    let brightness = if is_dark { 0.05 } else { 0.5 };
    Face {
        detection: Detection { rect, score: 0.9, key_points: None },
        prediction: Prediction { scores, label_head: None, is_sure: label.is_some(), votes },
        quality: Quality { side: 60.5, brightness, sharpness: 1.0, yaw: Some(-0.1) },
    }
}
