//! The square around a face's key points, upright in the face's own frame.

use super::FaceCrop;
use crate::{KeyPoints, Point, RgbaView, grey};

/// A face's size is the distance of its eyes or, if more, this much of the distance from between the eyes to the mouth:
/// of a face turned aside the eyes come closer to each other, the mouth does not. The two are the same in the median of
/// FER2013's held-out pictures, by `trainer-native alignment`.
const MOUTH: f32 = 0.92;

/// Side of the square, face sizes. Median of FER2013's held-out pictures, by `trainer-native alignment`; half of them
/// lie within 21 % of each other.
const SIDE: f32 = 2.70;

/// From between the eyes down to the middle of the square, face sizes; likewise.
const DOWN: f32 = 0.30;

/// Longest side of a square, pixels: larger ones come of no picture.
const MAX_SIDE: f32 = 1e6;

/// Most samples of a pixel that comes out, each way.
const MAX_SAMPLES: usize = 64;

/// A square of an image, at any angle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    /// Its middle, pixels.
    pub centre: Point,
    /// From its left to its right edge, pixels: a side.
    pub across: Point,
}

impl Square {
    /// The square that shows a face with these key points as FER2013 shows faces; `None` if they lie on one point, or are
    /// no numbers.
    pub fn of(points: &KeyPoints) -> Option<Self> {
        let KeyPoints { right_eye, left_eye, mouth, .. } = points;
        let (between, eyes) = (right_eye.midpoint(*left_eye), *left_eye - *right_eye);
        let apart = eyes.length();
        // Without trigonometry, whose last bits differ between platforms.
        let (cos, sin) = (eyes.x / apart, eyes.y / apart);
        let to_mouth = (mouth.y - between.y) * cos - (mouth.x - between.x) * sin;
        let size = apart.max(MOUTH * to_mouth);
        let length = SIDE * size;
        let square = Self {
            centre: Point { x: between.x - DOWN * size * sin, y: between.y + DOWN * size * cos },
            across: Point { x: length * cos, y: length * sin },
        };
        let is_sane =
            (f32::EPSILON..=MAX_SIDE).contains(&length) && square.centre.x.is_finite() && square.centre.y.is_finite();
        is_sane.then_some(square)
    }

    /// Length of a side, pixels.
    pub fn side(self) -> f32 {
        self.across.length()
    }

    /// The same with its sides along the image's.
    #[must_use]
    pub fn upright(self) -> Self {
        Self { across: Point { x: self.side(), y: 0.0 }, ..self }
    }

    /// `side` times as large, and lower by `down` of the side that it had.
    #[must_use]
    pub fn moved(self, side: f32, down: f32) -> Self {
        let Self { centre, across } = self;
        let downwards = Point { x: -across.y, y: across.x };
        Self { centre: centre + downwards * down, across: across * side }
    }

    /// The square of `image` as `side`×`side` grey pixels; beyond the image its nearest pixel. Each is the mean of
    /// about as many samples as it covers pixels of the image, each interpolated between four.
    ///
    /// # Panics
    /// If `side` is zero: a bug of the caller.
    pub fn cut(self, image: RgbaView<'_>, side: usize) -> FaceCrop {
        let patch = GreyPatch::around(self, image);
        let n = ((self.side() / side as f32).round() as usize).clamp(1, MAX_SAMPLES);
        let step = 1.0 / (side * n) as f32;
        let sample = |row: usize, column: usize| {
            let [right, down] = [column, row].map(|at| (at as f32 + 0.5) * step - 0.5);
            let x = self.centre.x + right * self.across.x - down * self.across.y;
            let y = self.centre.y + right * self.across.y + down * self.across.x;
            patch.at(x - 0.5, y - 0.5)
        };
        let pixel = |row: usize, column: usize| {
            let samples = (0..n * n).map(|i| sample(row * n + i / n, column * n + i % n));
            (samples.sum::<f32>() / (n * n) as f32).round() as u8
        };
        let pixels = (0..side * side).map(|i| pixel(i / side, i % side)).collect();
        FaceCrop::new(side, pixels).expect("side² pixels")
    }
}

/// The grey pixels of an image around a square.
struct GreyPatch {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    levels: Vec<u8>,
}

impl GreyPatch {
    fn around(square: Square, image: RgbaView<'_>) -> Self {
        let reach = f32::midpoint(square.across.x.abs(), square.across.y.abs()) + 1.0;
        // `as` saturates.
        let range = |middle: f32, n: usize| {
            let first = ((middle - reach).floor() as usize).min(n - 1);
            (first, ((middle + reach).ceil() as usize).clamp(first + 1, n))
        };
        let (left, right) = range(square.centre.x, image.width());
        let (top, bottom) = range(square.centre.y, image.height());
        let row = |y: usize| grey(&image.data()[4 * (y * image.width() + left)..4 * (y * image.width() + right)]);
        let levels = (top..bottom).flat_map(row).collect();
        Self { left, top, width: right - left, height: bottom - top, levels }
    }

    /// The level between four pixels (bilinear); `x` and `y` are from the middle of the image's first pixel.
    fn at(&self, x: f32, y: f32) -> f32 {
        let along = |at: f32, first: usize, n: usize| {
            let at = (at - first as f32).clamp(0.0, (n - 1) as f32);
            let low = at as usize;
            (low, (low + 1).min(n - 1), at - low as f32)
        };
        let (left, right, across) = along(x, self.left, self.width);
        let (above, below, down) = along(y, self.top, self.height);
        let level = |x: usize, y: usize| f32::from(self.levels[y * self.width + x]);
        let row = |y: usize| level(left, y) * (1.0 - across) + level(right, y) * across;
        row(above) * (1.0 - down) + row(below) * down
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A face with eyes 20 apart about 50, 40, turned by quarters of a circle.
    fn points(quarters: usize) -> KeyPoints {
        let turned = |[x, y]: [f32; 2]| (0..quarters).fold([x, y], |[x, y], _| [-y, x]);
        let point = |at: [f32; 2]| {
            let [x, y] = turned(at);
            Point { x: 50.0 + x, y: 40.0 + y }
        };
        let at = [[-10.0, 0.0], [10.0, 0.0], [0.0, 10.0], [0.0, 20.0], [-20.0, 0.0], [20.0, 0.0]];
        KeyPoints::from_array(at.map(point))
    }

    #[test]
    fn the_square_turns_with_the_face() {
        for (quarters, [x, y]) in [[0.0, 1.0], [-1.0, 0.0], [0.0, -1.0], [1.0, 0.0]].into_iter().enumerate() {
            let square = Square::of(&points(quarters)).unwrap();
            let expected = [50.0 + 20.0 * DOWN * x, 40.0 + 20.0 * DOWN * y];
            assert!((square.centre.x - expected[0]).abs() < 1e-4 && (square.centre.y - expected[1]).abs() < 1e-4);
            assert!((square.side() - 20.0 * SIDE).abs() < 1e-4, "{quarters}: {square:?}");
        }
    }

    #[test]
    fn a_face_turned_aside_keeps_its_size() {
        let mut aside = points(0);
        (aside.right_eye.x, aside.left_eye.x) = (45.0, 55.0);
        assert!((Square::of(&aside).unwrap().side() - 20.0 * MOUTH * SIDE).abs() < 1e-4);
    }

    #[test]
    fn points_that_make_no_face_make_no_square() {
        let no_number = Point { x: f32::NAN, y: 0.0 };
        let far = Point { x: f32::MAX, y: 0.0 };
        for eye in [points(0).left_eye, no_number, far] {
            let mouth = if eye == points(0).left_eye { eye } else { points(0).mouth };
            assert_eq!(Square::of(&KeyPoints { right_eye: eye, mouth, ..points(0) }), None, "{eye:?}");
        }
    }

    #[test]
    fn what_is_cut_out_is_upright_and_averaged() {
        // Columns of 0, 40, 80, 120; three rows.
        let rgba: Vec<u8> = (0..12).flat_map(|i| [40 * (i % 4) as u8; 4]).collect();
        let image = RgbaView::new(4, 3, &rgba).unwrap();
        let cut = |centre: [f32; 2], across: [f32; 2], side| {
            let [centre, across] = [centre, across].map(|[x, y]| Point { x, y });
            Square { centre, across }.cut(image, side).pixels().to_vec()
        };
        assert_eq!(cut([2.0, 1.0], [2.0, 0.0], 2), [40, 80, 40, 80]);
        assert_eq!(cut([2.0, 1.0], [0.0, 2.0], 2), [80, 80, 40, 40], "turned clockwise: left is above");
        assert_eq!(cut([2.0, 1.0], [2.0, 0.0], 1), [60]);
        assert_eq!(cut([-50.0, 1.0], [2.0, 0.0], 1), [0], "beyond the image");
        assert_eq!(cut([500.0, 1.0], [2.0, 0.0], 1), [120]);
    }
}
