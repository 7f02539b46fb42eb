//! The labels of each person over time: `cargo run -p pipeline --example frames -- FOLDER`, with pictures of ten frames
//! a second

mod shipped;

use std::{env, fmt::Write, fs, path::Path};

use anyhow::{Context, Result};
use pipeline::{FrameReport, Session, SessionSettings};
use vision::{DecodeLimits, decode};

fn main() -> Result<()> {
    let folder = env::args().nth(1).context("expected a folder with the frames of a video")?;
    print!("{}", csv(folder.as_ref())?);
    Ok(())
}

/// The faces of all frames as CSV: the pictures in `folder` by name.
pub(crate) fn csv(folder: &Path) -> Result<String> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    let engine = shipped::engine()?;
    let card = engine.classifier().card();
    let mut session = Session::new(SessionSettings::for_video(10.0));
    session.set_threshold(card.architecture, card.calibration.map(|calibration| calibration.threshold));
    for (i, file) in files.iter().enumerate() {
        let (picture, time_secs) = (decode(&fs::read(file)?, DecodeLimits::default())?, i as f64 / 10.0);
        let task = session.plan(time_secs, picture.width().max(picture.height()));
        let (analysis, _crops) = pollster::block_on(engine.analyze_frame(picture.view(), &task))?;
        session.push(&FrameReport { time_secs, task, network: card.architecture, analysis });
    }
    let mut csv = "seconds,person,label\n".to_owned();
    for frame in session.timeline().frames() {
        for face in frame.faces {
            let label = face.label.map_or("unsure", |label| label.name());
            writeln!(csv, "{:.1},{},{label}", frame.time_secs, face.person)?;
        }
    }
    Ok(csv)
}
