//! Where in the picture each pixel of a view comes from.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::{
    Augmentation, CropPlace,
    random::{around_zero, between, happens},
};
use crate::data::{FACE_LEN, SIDE};

/// Turns, scales and shifts a picture, about its middle. Beyond the edge is the edge's nearest pixel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Affine {
    /// Probability that a view is warped.
    pub probability: f32,
    /// Least and greatest size of the face, as a multiple of its own.
    pub scale: [f32; 2],
    /// Most that it moves right, left, down and up, as a share of the picture's side.
    pub shift: f32,
    /// Most that it turns either way, radians.
    pub rotation: f32,
}

/// From a pixel of the view to a place in the picture, both counted from the middle of the first pixel:
/// `x = across[0]·column + across[1]·row + across[2]`, and `y` likewise from `down`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Warp {
    across: [f32; 3],
    down: [f32; 3],
}

/// Middle of a picture, pixels.
const MIDDLE: f32 = (SIDE - 1) as f32 / 2.0;

/// The warp of one view: flip, affine and crop in one, so that each pixel is interpolated once.
pub(super) fn draw(settings: &Augmentation, rng: &mut impl Rng) -> Warp {
    let is_flipped = happens(settings.flip, rng);
    let affine = settings.affine.filter(|affine| happens(affine.probability, rng));
    let warp = affine.map_or(Warp::IDENTITY, |Affine { scale, shift, rotation, .. }| {
        let (x, y) = (around_zero(shift, rng), around_zero(shift, rng));
        Warp::about_middle(between(scale, rng), x, y, around_zero(rotation, rng))
    });
    let margin = SIDE - settings.crop_side;
    let mut offset = || match settings.crop_place {
        CropPlace::Centre => margin / 2,
        CropPlace::Random => rng.random_range(0..=margin),
    };
    let warp = warp.cropped(offset(), offset());
    if is_flipped { warp.flipped() } else { warp }
}

impl Warp {
    pub(super) const IDENTITY: Self = Self { across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0] };

    /// The face `scale` times as large, moved by shares of the side, turned by `radians`: clockwise if positive.
    pub(super) fn about_middle(scale: f32, shift_x: f32, shift_y: f32, radians: f32) -> Self {
        let (sin, cos) = radians.sin_cos();
        let (x, y) = (MIDDLE + shift_x * SIDE as f32, MIDDLE + shift_y * SIDE as f32);
        let row = |a: f32, b: f32| [a, b, MIDDLE - a * x - b * y];
        Self { across: row(cos / scale, sin / scale), down: row(-sin / scale, cos / scale) }
    }

    /// The part that begins at column `x` and row `y`.
    pub(super) fn cropped(self, x: usize, y: usize) -> Self {
        let moved = |[a, b, c]: [f32; 3]| [a, b, c + a * x as f32 + b * y as f32];
        Self { across: moved(self.across), down: moved(self.down) }
    }

    /// The picture with left and right exchanged before all else.
    fn flipped(self) -> Self {
        let [a, b, c] = self.across;
        Self { across: [-a, -b, (SIDE - 1) as f32 - c], ..self }
    }

    /// `side²` grey levels, interpolated bilinearly in `face`.
    ///
    /// # Panics
    /// If `face` has not [`FACE_LEN`] levels.
    pub(super) fn apply(&self, face: &[u8], side: usize) -> Vec<f32> {
        let face: &[u8; FACE_LEN] = face.try_into().expect("grey levels of a picture");
        let Self { across, down } = self;
        let mut view = Vec::with_capacity(side * side);
        for row in 0..side {
            let (x, y) = (across[1] * row as f32 + across[2], down[1] * row as f32 + down[2]);
            view.extend((0..side).map(|column| {
                let column = column as f32;
                level_at(face, across[0] * column + x, down[0] * column + y)
            }));
        }
        view
    }
}

/// Grey level at a place, interpolated between the four pixels around it; outside, that of the nearest place inside.
fn level_at(face: &[u8; FACE_LEN], x: f32, y: f32) -> f32 {
    const LAST: f32 = (SIDE - 1) as f32;
    let (x, y) = (x.clamp(0.0, LAST), y.clamp(0.0, LAST));
    // The last pixel has none beyond it: it is reached from the one before, with the whole weight.
    let (column, row) = ((x as u32).min(SIDE as u32 - 2), (y as u32).min(SIDE as u32 - 2));
    let (right, below) = (x - column as f32, y - row as f32);
    let first = row as usize * SIDE + column as usize;
    let level = |i: usize| f32::from(face[first + i]);
    let above = level(0) + (level(1) - level(0)) * right;
    let under = level(SIDE) + (level(SIDE + 1) - level(SIDE)) * right;
    above + (under - above) * below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::{all_parts, rng_of};

    /// Level = column, and level = row.
    fn ramps() -> [Vec<u8>; 2] {
        [(0..FACE_LEN).map(|i| (i % SIDE) as u8).collect(), (0..FACE_LEN).map(|i| (i / SIDE) as u8).collect()]
    }

    /// The place in the picture, column and row, that is seen at a column and row of the view.
    fn place(warp: Warp, side: usize, column: usize, row: usize) -> [f32; 2] {
        ramps().map(|ramp| warp.apply(&ramp, side)[row * side + column])
    }

    #[test]
    fn a_warp_shows_the_place_it_says() {
        let turn = std::f32::consts::FRAC_PI_2;
        let cases = [
            ("identity", Warp::IDENTITY, (7, 9), [7.0, 9.0]),
            ("twice as large", Warp::about_middle(2.0, 0.0, 0.0, 0.0), (1, 47), [12.25, 35.25]),
            ("moved right by half", Warp::about_middle(1.0, 0.5, 0.0, 0.0), (30, 9), [6.0, 9.0]),
            ("moved down by a quarter", Warp::about_middle(1.0, 0.0, 0.25, 0.0), (30, 20), [30.0, 8.0]),
            ("beyond the edge", Warp::about_middle(1.0, 0.5, 0.0, 0.0), (3, 9), [0.0, 9.0]),
            // The top is on the right now.
            ("turned clockwise", Warp::about_middle(1.0, 0.0, 0.0, turn), (47, 10), [10.0, 0.0]),
            ("cropped", Warp::IDENTITY.cropped(3, 4), (1, 2), [4.0, 6.0]),
            ("flipped", Warp::IDENTITY.flipped(), (1, 2), [46.0, 2.0]),
            ("cropped and flipped", Warp::IDENTITY.cropped(3, 4).flipped(), (0, 0), [44.0, 4.0]),
        ];
        for (name, warp, (column, row), expected) in cases {
            let actual = place(warp, SIDE, column, row);
            // Rounding of f32 at places up to 48.
            let is_near = actual.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(is_near, "{name}: {actual:?}, expected {expected:?}");
        }
    }

    #[test]
    fn warps_are_drawn_from_the_whole_range_and_from_nothing_else() {
        let affine = Affine { probability: 1.0, ..all_parts().affine.unwrap() };
        let settings = Augmentation { affine: Some(affine), ..Augmentation::NONE };
        let mut rng = rng_of(1, 0, 0);
        let mut most = [0.0_f32; 3];
        for _ in 0..2000 {
            let Warp { across, down } = draw(&settings, &mut rng);
            let scale = 1.0 / across[0].hypot(across[1]);
            // Where the view shows the middle of the picture.
            let middle = [MIDDLE - across[2], MIDDLE - down[2]];
            let shift = [0, 1].map(|i| {
                let place = (across[i] * middle[0] + down[i] * middle[1]) * scale * scale;
                (place - MIDDLE).abs() / SIDE as f32
            });
            let drawn = [(scale - 1.0).abs(), shift[0].max(shift[1]), across[1].atan2(across[0]).abs()];
            most = std::array::from_fn(|i| most[i].max(drawn[i]));
        }
        for (most, expected) in most.into_iter().zip([0.2, affine.shift, affine.rotation]) {
            assert!((0.98 * expected..expected * 1.001).contains(&most), "{most}, expected {expected}");
        }
    }

    #[test]
    fn random_crops_begin_everywhere_in_the_margin() {
        let settings = Augmentation { crop_side: 44, crop_place: CropPlace::Random, ..Augmentation::NONE };
        let mut rng = rng_of(1, 0, 0);
        let mut seen = [[0; 5]; 5];
        for _ in 0..1000 {
            let [x, y] = place(draw(&settings, &mut rng), 44, 0, 0);
            seen[y as usize][x as usize] += 1;
        }
        // 40 of each are expected, give or take 6.
        assert!(seen.as_flattened().iter().all(|n| (15..=65).contains(n)), "{seen:?}");
    }
}
