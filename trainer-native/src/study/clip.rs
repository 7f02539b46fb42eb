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
use vision::{DecodeLimits, decode, grey};
use y4m::{Colorspace, Frame, Ratio};

use super::subjects::SHIPPED;

/// Of the clip, pixels.
const SIDE: u32 = 240;
/// Frames of each photo.
const N_FRAMES: u32 = 20;
/// Share of the photo's shorter side that the last frame shows.
const NEAREST: f32 = 0.6;

/// Write it as YUV4MPEG2, grey, ten frames a second.
pub(super) fn write(path: &Path) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut file = BufWriter::new(File::create(path).with_context(cannot)?);
    let encoder = y4m::encode(SIDE as usize, SIDE as usize, Ratio::new(10, 1)).with_colorspace(Colorspace::Cmono);
    let mut encoder = encoder.write_header(&mut file).with_context(cannot)?;
    for (photo, _) in SHIPPED {
        let picture = decode(photo, DecodeLimits::default())?;
        let (width, height) = (picture.width() as u32, picture.height() as u32);
        let photo =
            GrayImage::from_raw(width, height, grey(picture.view().data())).context("a level for each pixel")?;
        for i in 0..N_FRAMES {
            encoder.write_frame(&Frame::new([&frame(&photo, i), &[], &[]], None)).with_context(cannot)?;
        }
    }
    // What is left of the buffer when it is dropped is lost without a word.
    file.flush().with_context(cannot)
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
