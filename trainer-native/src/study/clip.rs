//! The clip of Table 5: the photos that may be passed on, each coming nearer.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::{Context, Result};
use image::{
    GrayImage,
    imageops::{self, FilterType},
};
use model_core::Device;
use native::ShippedDetector;
use pipeline::{Engine, LabelCounts};
use vision::{DecodeLimits, RgbaView, decode, grey};
use y4m::{Colorspace, Frame, Ratio};

use super::{ClipShares, subjects::SHIPPED};
use crate::weights::Weights;

/// Side of the clip, pixels.
const SIDE: u32 = 240;
/// Frames of each photo.
const N_FRAMES: u32 = 20;
/// Frames a second.
const RATE: usize = 10;
/// Share of the photo's shorter side that the last frame shows.
const NEAREST: f32 = 0.6;

/// Write the clip into the file `path`, and count what `weights` read in it: as the command line does of that file.
pub(super) fn shares(path: &Path, weights: Weights) -> Result<ClipShares> {
    let frames = frames()?;
    write(path, &frames)?;
    let (network, detector) = (weights.card.id.clone(), ShippedDetector::HaarDefault);
    let engine = Engine::new(detector.open(&Device::flex())?, weights.classifier(Device::flex())?);
    let (mut counts, mut n_without_face) = (LabelCounts::default(), 0);
    for frame in &frames {
        let rgba: Vec<u8> = frame.iter().flat_map(|&level| [level, level, level, 255]).collect();
        let image = RgbaView::new(SIDE as usize, SIDE as usize, &rgba)?;
        let (analysis, _) = pollster::block_on(engine.analyze_image(image))?;
        counts.record(&analysis.faces);
        n_without_face += u64::from(analysis.faces.is_empty());
    }
    Ok(ClipShares {
        video: path.display().to_string(),
        frames: frames.len() as u64,
        frames_without_face: n_without_face,
        frames_per_sec: RATE as f64,
        network,
        detector: detector.id().to_owned(),
        shares: counts.rows(),
    })
}

/// Write `frames` as YUV4MPEG2, grey.
fn write(path: &Path, frames: &[Vec<u8>]) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut file = BufWriter::new(File::create(path).with_context(cannot)?);
    let encoder = y4m::encode(SIDE as usize, SIDE as usize, Ratio::new(RATE, 1)).with_colorspace(Colorspace::Cmono);
    let mut encoder = encoder.write_header(&mut file).with_context(cannot)?;
    for frame in frames {
        encoder.write_frame(&Frame::new([frame, &[], &[]], None)).with_context(cannot)?;
    }
    // Bytes that are left in the buffer when it is dropped are lost without a word.
    file.flush().with_context(cannot)
}

/// Every frame of every photo, grey.
fn frames() -> Result<Vec<Vec<u8>>> {
    let mut frames = vec![];
    for (photo, _) in SHIPPED {
        let picture = decode(photo, DecodeLimits::default())?;
        let (width, height) = (picture.width() as u32, picture.height() as u32);
        let photo =
            GrayImage::from_raw(width, height, grey(picture.view().data())).context("a level for each pixel")?;
        frames.extend((0..N_FRAMES).map(|i| frame(&photo, i)));
    }
    Ok(frames)
}

/// Frame `i`: a square around the middle of the upper part, where faces are.
fn frame(photo: &GrayImage, i: u32) -> Vec<u8> {
    let shorter = photo.width().min(photo.height());
    let share = 1.0 - (1.0 - NEAREST) * i as f32 / (N_FRAMES - 1) as f32;
    let side = ((shorter as f32 * share) as u32).max(1);
    let (x, y) = ((photo.width() - side) / 2, (photo.height() - side) / 10);
    let square = imageops::crop_imm(photo, x, y, side, side).to_image();
    imageops::resize(&square, SIDE, SIDE, FilterType::Triangle).into_raw()
}
