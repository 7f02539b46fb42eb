//! How long an hour of two people at 30 frames a second takes: `cargo run --release -p exports --example hour`

#![allow(clippy::unwrap_used, reason = "an example may end so")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;

use common::{actor, session};
use exports::{Format, TimelineIndex};
use model_core::Emotion;
use pipeline::{PoorFramePolicy, Session, SessionSettings};

const N_FRAMES: u32 = 108_000;

fn main() {
    let label = |step: u32| Emotion::ALL.get((step % 9) as usize).copied();
    let frame = |i: u32| vec![actor(0, label(i / 40)), actor(1, label(i / 70))];
    let session = time("record", || session(30, (0..N_FRAMES).map(frame)));
    let index = time("index", || TimelineIndex::new(&session));
    for (name, from_to) in [("view of 1,500 columns, an hour", [0.0, 3600.0]), ("of ten seconds", [1800.0, 1810.0])] {
        let view = time(name, || index.view(&session, from_to, 1500, Some(Emotion::Happy)));
        let drawn = time("  its drawing", || view.draw().to_string());
        println!("  {} bytes", drawn.len());
    }
    for format in Format::ALL {
        let bytes = time(format.name(), || format.export(&session, PoorFramePolicy::Separate));
        println!("  {} bytes", bytes.len());
    }
    let json = session.to_json();
    time("open the JSON again", || Session::from_json(json.as_bytes(), SessionSettings::default()).unwrap());
}

/// The fastest of a few times, which other programs of the machine disturb least.
fn time<T>(what: &str, work: impl Fn() -> T) -> T {
    let run = || {
        let start = Instant::now();
        let done = work();
        (start.elapsed(), done)
    };
    let runs = (0..5).map(|_| run());
    let (took, done) = runs.min_by_key(|(took, _)| *took).unwrap();
    println!("{what}: {:.2} ms", 1000.0 * took.as_secs_f64());
    done
}
