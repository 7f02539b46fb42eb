//! The apparent expression of every face in a photo: `cargo run -p pipeline --example photo -- photo.jpg`

mod shipped;

use std::{env, fs};

use anyhow::{Context, Result};
use pipeline::Face;
use vision::{DecodeLimits, decode};

fn main() -> Result<()> {
    let photo = env::args().nth(1).context("expected a photo")?;
    for face in faces(&fs::read(photo)?)? {
        let (label, probability) = face.prediction.scores.top();
        let sure = if face.prediction.is_sure { "" } else { ", unsure" };
        println!("{label} {probability:.2}{sure}, {:?}", face.detection.rect);
    }
    Ok(())
}

/// Every face in the picture that `file` holds (JPEG, PNG, WebP or GIF).
pub(crate) fn faces(file: &[u8]) -> Result<Vec<Face>> {
    let picture = decode(file, DecodeLimits::default())?;
    let (analysis, _crops) = pollster::block_on(shipped::engine()?.analyze_image(picture.view()))?;
    Ok(analysis.faces)
}
