//! Numbers as small pictures: grey for pixels and activations, two colours for weights.

use std::io::Cursor;

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use serde::{Deserialize, Serialize};

/// A picture with its caption, ready for a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Description of the picture.
    pub caption: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The number that the darkest grey or the first colour stands for.
    pub low: f32,
    /// The number that white or the other colour stands for.
    pub high: f32,
    /// `data:image/png;base64,…`
    pub src: String,
    /// The meaning of its colours.
    #[serde(default)]
    pub content: Content,
}

/// The meaning of a picture's colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// Numbers, on a scale that is worth to be shown.
    #[default]
    Numbers,
    /// Grey levels of a camera, as they are.
    Levels,
}

/// Maps of one size, one after the other, a value a pixel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Maps<'a> {
    /// Row by row, map by map.
    pub(super) values: &'a [f32],
    /// Width of one map, pixels.
    pub(super) width: usize,
    /// Height of one map, pixels.
    pub(super) height: usize,
}

/// Pixels between two maps.
const GAP: usize = 1;

impl Maps<'_> {
    fn n(&self) -> usize {
        self.values.len() / (self.width * self.height).max(1)
    }

    /// Grey levels as they are, 0 (black) to 255 (white).
    pub(super) fn levels(&self, caption: &str) -> Result<Picture> {
        Ok(Picture { content: Content::Levels, ..self.grey_between(caption, 1, [0.0, 255.0])? })
    }

    /// Grey, from the least value (black) to the greatest (white), `columns` maps a row.
    pub(super) fn grey(&self, caption: &str, columns: usize) -> Result<Picture> {
        self.grey_between(caption, columns, range(self.values).into())
    }

    fn grey_between(&self, caption: &str, columns: usize, [low, high]: [f32; 2]) -> Result<Picture> {
        let span = if high > low { high - low } else { 1.0 };
        let (width, height) = self.sheet(columns);
        let mut sheet = GrayImage::from_pixel(width, height, Luma([128]));
        self.place(columns, |x, y, value| sheet.put_pixel(x, y, Luma([((value - low) / span * 255.0).round() as u8])));
        picture(caption, [width, height], [low, high], |bytes| sheet.write_to(bytes, ImageFormat::Png))
    }

    /// Blue below zero, white at zero, red above, `columns` maps a row.
    pub(super) fn signed(&self, caption: &str, columns: usize) -> Result<Picture> {
        let (low, high) = range(self.values);
        let most = high.abs().max(low.abs()).max(f32::MIN_POSITIVE);
        let (width, height) = self.sheet(columns);
        let mut sheet = RgbImage::from_pixel(width, height, Rgb([128; 3]));
        self.place(columns, |x, y, value| sheet.put_pixel(x, y, diverging(value / most)));
        picture(caption, [width, height], [-most, most], |bytes| sheet.write_to(bytes, ImageFormat::Png))
    }

    fn sheet(&self, columns: usize) -> (u32, u32) {
        let columns = columns.clamp(1, self.n().max(1));
        let rows = self.n().div_ceil(columns);
        let side = |n: usize, size: usize| (n * (size + GAP)).saturating_sub(GAP).max(1) as u32;
        (side(columns, self.width), side(rows, self.height))
    }

    fn place(&self, columns: usize, mut put: impl FnMut(u32, u32, f32)) {
        let columns = columns.clamp(1, self.n().max(1));
        let size = self.width * self.height;
        for (i, &value) in self.values.iter().enumerate() {
            let (map, pixel) = (i / size, i % size);
            let x = map % columns * (self.width + GAP) + pixel % self.width;
            let y = map / columns * (self.height + GAP) + pixel / self.width;
            put(x as u32, y as u32, value);
        }
    }
}

fn range(values: &[f32]) -> (f32, f32) {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if low <= high { (low, high) } else { (0.0, 0.0) }
}

/// From −1 (blue) over 0 (white) to 1 (red): the ends of `ColorBrewer`'s `RdBu`.
fn diverging(value: f32) -> Rgb<u8> {
    const BLUE: [f32; 3] = [33.0, 102.0, 172.0];
    const RED: [f32; 3] = [178.0, 24.0, 43.0];
    let end = if value < 0.0 { BLUE } else { RED };
    let share = value.abs().min(1.0);
    Rgb(end.map(|channel| (255.0 + (channel - 255.0) * share).round() as u8))
}

fn picture(
    caption: &str,
    [width, height]: [u32; 2],
    [low, high]: [f32; 2],
    write: impl FnOnce(&mut Cursor<Vec<u8>>) -> image::ImageResult<()>,
) -> Result<Picture> {
    let mut bytes = Cursor::new(vec![]);
    write(&mut bytes).with_context(|| format!("cannot draw {caption}"))?;
    let src = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(bytes.into_inner()));
    Ok(Picture { caption: caption.into(), width, height, low, high, src, content: Content::Numbers })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(picture: &Picture) -> Vec<[u8; 3]> {
        let bytes = BASE64_STANDARD.decode(picture.src.split_once(',').unwrap().1).unwrap();
        image::load_from_memory(&bytes).unwrap().to_rgb8().pixels().map(|pixel| pixel.0).collect()
    }

    #[test]
    fn maps_lie_side_by_side_with_a_gap() {
        let maps = Maps { values: &[0.0, 1.0, 2.0, 4.0], width: 1, height: 2 };
        let picture = maps.grey("maps", 2).unwrap();
        assert_eq!((picture.width, picture.height, picture.low, picture.high), (3, 2, 0.0, 4.0));
        assert_eq!(pixels(&picture), [[0; 3], [128; 3], [128; 3], [64; 3], [128; 3], [255; 3]]);
    }

    #[test]
    fn levels_are_not_stretched() {
        let picture = Maps { values: &[10.0, 200.0], width: 2, height: 1 }.levels("levels").unwrap();
        assert_eq!((picture.low, picture.high, picture.content), (0.0, 255.0, Content::Levels));
        assert_eq!(pixels(&picture), [[10; 3], [200; 3]]);
    }

    #[test]
    fn the_sign_of_a_weight_is_its_colour_and_zero_is_white() {
        let maps = Maps { values: &[-2.0, 0.0, 1.0], width: 3, height: 1 };
        let picture = maps.signed("weights", 1).unwrap();
        assert_eq!((picture.low, picture.high), (-2.0, 2.0));
        assert_eq!(pixels(&picture), [[33, 102, 172], [255; 3], [217, 140, 149]]);
    }

    #[test]
    fn no_values_and_equal_values_are_drawn() {
        for values in [&[][..], &[3.0, 3.0][..]] {
            let maps = Maps { values, width: 1, height: 1 };
            assert!(maps.grey("nothing", 4).is_ok() && maps.signed("nothing", 4).is_ok());
        }
    }
}
