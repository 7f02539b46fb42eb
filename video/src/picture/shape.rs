//! Upright, with square pixels, and not too large.

use vision::{DecodeLimits, RgbaView, resize};

use super::{Colour, Planes, convert::to_rgba};
use crate::Orientation;

/// A picture as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upright {
    /// Width, pixels.
    pub width: usize,
    /// Height, pixels.
    pub height: usize,
    /// RGBA pixels, row by row; alpha is 255.
    pub rgba: Vec<u8>,
}

/// Makes decoded pictures upright, with square pixels, and not larger than photos are searched.
#[derive(Clone, Debug, PartialEq)]
pub struct Shaper {
    /// How a picture is to be turned.
    pub orientation: Orientation,
    /// Width to height of a pixel.
    pub pixel_aspect: [u32; 2],
    /// Whether pictures are made of two fields, of different moments: then one is shown, and the rows between are its
    /// neighbours' means.
    pub is_interlaced: bool,
    /// The longer side at most, pixels.
    pub max_side: usize,
}

impl Default for Shaper {
    /// Nothing to turn; as large as photos are at most.
    fn default() -> Self {
        let max_side = DecodeLimits::default().max_side as usize;
        Self { orientation: Orientation::default(), pixel_aspect: [1, 1], is_interlaced: false, max_side }
    }
}

impl Shaper {
    /// `planes` as they are shown.
    #[expect(clippy::missing_panics_doc, reason = "a picture has four bytes a pixel")]
    pub fn shape(&self, planes: &Planes<'_>, colour: Colour) -> Upright {
        let mut rgba = vec![];
        to_rgba(planes, colour, &mut rgba);
        if self.is_interlaced {
            keep_first_field(&mut rgba, 4 * planes.width);
        }
        let [width, height] = self.size([planes.width, planes.height]);
        if [width, height] != [planes.width, planes.height] {
            let view = RgbaView::new(planes.width, planes.height, &rgba).expect("four bytes a pixel");
            rgba = resize(view, width, height);
        }
        turned(Upright { width, height, rgba }, self.orientation)
    }

    /// Sides of a picture of `size` pixels before it is turned.
    fn size(&self, [width, height]: [usize; 2]) -> [usize; 2] {
        let [x, y] = self.pixel_aspect.map(|side| f64::from(side.max(1)));
        // Pixels are made larger in one direction, never smaller: nothing is lost.
        let sides = [width as f64 * (x / y).max(1.0), height as f64 * (y / x).max(1.0)];
        let factor = (self.max_side as f64 / sides[0].max(sides[1])).min(1.0);
        sides.map(|side| (side * factor).round().clamp(1.0, self.max_side.max(1) as f64) as usize)
    }
}

/// Every second row becomes the mean of those above and below it.
fn keep_first_field(rgba: &mut [u8], stride: usize) {
    let n_rows = rgba.len() / stride;
    for row in (1..n_rows).step_by(2) {
        let (above, rest) = rgba[(row - 1) * stride..].split_at_mut(stride);
        let (this, below) = rest.split_at_mut(stride);
        let below = below.get(..stride).unwrap_or(above);
        for ((level, above), below) in this.iter_mut().zip(above.iter()).zip(below) {
            *level = above.midpoint(*below);
        }
    }
}

fn turned(picture: Upright, orientation: Orientation) -> Upright {
    if orientation == Orientation::default() {
        return picture;
    }
    let Upright { width, height, rgba } = picture;
    let pixels = rgba.as_chunks::<4>().0;
    let [to_width, to_height] = if orientation.is_sideways() { [height, width] } else { [width, height] };
    let mut turned = Vec::with_capacity(rgba.len());
    for y in 0..to_height {
        for x in 0..to_width {
            // Where the pixel came from, before it was turned clockwise.
            let (from_x, from_y) = match orientation.quarter_turns {
                0 => (x, y),
                1 => (y, height - 1 - x),
                2 => (width - 1 - x, height - 1 - y),
                _ => (width - 1 - y, x),
            };
            let from_x = if orientation.is_mirrored { width - 1 - from_x } else { from_x };
            turned.extend_from_slice(&pixels[from_y * width + from_x]);
        }
    }
    Upright { width: to_width, height: to_height, rgba: turned }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PixelFormat;

    /// The greys of a picture after it was shaped.
    fn shaped(shaper: &Shaper, size: [usize; 2], greys: &[u8]) -> (usize, usize, Vec<u8>) {
        let planes = Planes::packed(PixelFormat::Grey, size, greys).unwrap();
        let colour = Colour { is_full_range: true, ..Colour::default() };
        let Upright { width, height, rgba } = shaper.shape(&planes, colour);
        (width, height, rgba.chunks(4).map(|pixel| pixel[0]).collect())
    }

    #[test]
    fn a_picture_is_mirrored_and_turned() {
        let cases = [
            (false, 0, (3, 2, [1, 2, 3, 4, 5, 6])),
            (false, 1, (2, 3, [4, 1, 5, 2, 6, 3])),
            (false, 2, (3, 2, [6, 5, 4, 3, 2, 1])),
            (false, 3, (2, 3, [3, 6, 2, 5, 1, 4])),
            (true, 0, (3, 2, [3, 2, 1, 6, 5, 4])),
            (true, 1, (2, 3, [6, 3, 5, 2, 4, 1])),
        ];
        for (is_mirrored, quarter_turns, (width, height, greys)) in cases {
            let shaper = Shaper { orientation: Orientation { is_mirrored, quarter_turns }, ..Shaper::default() };
            let got = shaped(&shaper, [3, 2], &[1, 2, 3, 4, 5, 6]);
            assert_eq!(got, (width, height, greys.to_vec()), "{is_mirrored} {quarter_turns}");
        }
    }

    #[test]
    fn pixels_become_square_and_large_pictures_small() {
        let of = |pixel_aspect, max_side| Shaper { pixel_aspect, max_side, ..Shaper::default() };
        let cases = [
            (of([1, 1], 1280), [640, 480], [640, 480]),
            (of([64, 45], 1280), [720, 576], [1024, 576]),
            (of([1, 2], 1280), [640, 480], [640, 960]),
            (of([1, 1], 1280), [3840, 2160], [1280, 720]),
            (of([u32::MAX, 1], 100), [640, 480], [100, 1]),
        ];
        for (shaper, size, expected) in cases {
            assert_eq!(shaper.size(size), expected, "{size:?} {:?}", shaper.pixel_aspect);
        }
    }

    #[test]
    fn of_two_fields_one_is_shown() {
        let shaper = Shaper { is_interlaced: true, ..Shaper::default() };
        assert_eq!(shaped(&shaper, [1, 4], &[10, 200, 20, 200]).2, [10, 15, 20, 20]);
        assert_eq!(shaped(&shaper, [1, 3], &[10, 200, 30]).2, [10, 20, 30]);
    }
}
