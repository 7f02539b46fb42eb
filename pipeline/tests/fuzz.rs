//! Saved sessions that are damaged or made up: an error or a session, no panic, and no more memory than the text takes.

#![cfg(not(target_arch = "wasm32"))]

use fuzz::{Counted, Target};
use model_core::{Architecture, Emotion, Prediction, Scores, Votes};
use pipeline::{Analysis, Face, FrameReport, FrameTask, Search, Session, SessionSettings, StageMs, TimeRange};
use vision::{Detection, Quality, Rect};

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// A face of some 500 bytes of JSON takes 144 in memory, twice while it is read, and one that lacks all that may be lacking
/// is no face; an empty frame of 34 bytes takes 40, then 24, each in lists that grow by doubling.
const BYTES_PER_BYTE: usize = 8;
const BASE: usize = 1 << 20;

const WORDS: [&[u8]; 16] = [
    b"0",
    b"-1",
    b"1e308",
    b"-1e308",
    b"1e-400",
    b"18446744073709551615",
    b"4294967295",
    b"null",
    b"\"\"",
    b"[]",
    b"{}",
    b"{\"1\":2,\"2\":1}",
    b"{\"2\":2}",
    b"[1,2,3]",
    b"\"happy\"",
    b"[0,0,0,1,0,0,0]",
];

fn saved() -> Vec<u8> {
    let mut session = Session::new(SessionSettings::default());
    for i in 0..12_u8 {
        let face = |place: u8| {
            let rect = Rect { x: 100.0 * f32::from(place), y: 1.5, width: 50.25, height: 60.0 };
            let mut logits = [0.0; Emotion::COUNT];
            logits[usize::from(i) % Emotion::COUNT] = 3.0;
            let scores = Scores::from_logits(logits).expect("finite");
            let votes = Votes::from_logits([0.0; 8]).ok();
            Face {
                detection: Detection { rect, score: 0.9, key_points: None },
                prediction: Prediction { scores, label_head: None, is_sure: true, votes },
                quality: Quality { side: 50.25, brightness: 0.4, sharpness: 0.5, yaw: Some(0.1) },
            }
        };
        let analysis = Analysis { faces: (0..i % 3).map(face).collect(), ms: StageMs::default() };
        let (time_secs, task) = (0.1 * f64::from(i), FrameTask::Search(Search::Near));
        session.push(&FrameReport { time_secs, task, network: Architecture::Ferrum, analysis });
    }
    session.pause(1.2);
    let people: Vec<_> = session.people().map(|(id, _)| id).collect();
    session.rename(people[0], "Anna").expect("a short name");
    session.exclude(people[1]).expect("they are there");
    let range = TimeRange { name: "a".into(), from_secs: 0.5, to_secs: 1.0 };
    session.set_ranges(vec![range]).expect("it has a length");
    session.to_json().into_bytes()
}

#[test]
fn sessions_are_read_or_refused_whatever_they_say() {
    let _alone = fuzz::alone();
    let target = Target {
        name: "session",
        n_cases: 10_000,
        share: 0.05,
        files: &[saved()],
        words: &WORDS,
        mend: |_| {},
        max_bytes: &|file| BASE + BYTES_PER_BYTE * file.len(),
    };
    let tried = target.run(|file| {
        let Ok(session) = Session::from_json(file, SessionSettings::default()) else { return false };
        // A session that is read is as good as any other: it is written and read again.
        let json = session.to_json();
        let again = Session::from_json(json.as_bytes(), SessionSettings::default()).expect("it was just written");
        assert_eq!(again.to_json(), json);
        let _ = (session.shares(), session.people().count());
        true
    });
    assert!(tried.n_read > 0 && tried.n_read < tried.n, "{tried:?}");
}
