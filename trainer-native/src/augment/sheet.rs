//! Views as a picture, for people to look at.

use std::time::{Duration, Instant};

use image::{
    GrayImage, Luma,
    imageops::{self, FilterType},
};

use super::{Augmentation, augment, rng_of};
use crate::data::SIDE;

/// Pixels of the sheet a pixel of a view.
const ZOOM: u32 = 2;
/// Pixels of a view between two views.
const GAP: usize = 2;
/// Level of the background.
const GROUND: u8 = 255;

/// A row for each of `faces`: the face itself, then `n_views` of its views, those of as many epochs.
///
/// # Panics
/// As [`augment`].
pub fn sheet(faces: &[&[u8]], n_views: usize, settings: &Augmentation, seed: u64) -> GrayImage {
    let size = |n: usize| (n * (SIDE + GAP) + GAP) as u32;
    let mut sheet = GrayImage::from_pixel(size(n_views + 1), size(faces.len()), Luma([GROUND]));
    for (row, face) in faces.iter().enumerate() {
        place(&mut sheet, row, 0, face, SIDE);
        for epoch in 0..n_views {
            let view = augment(face, settings, &mut rng_of(seed, epoch, row));
            let levels: Vec<u8> = view.into_iter().map(|level| level.round() as u8).collect();
            place(&mut sheet, row, epoch + 1, &levels, settings.crop_side);
        }
    }
    imageops::resize(&sheet, sheet.width() * ZOOM, sheet.height() * ZOOM, FilterType::Nearest)
}

/// A square of grey levels in the middle of its cell.
fn place(sheet: &mut GrayImage, row: usize, column: usize, levels: &[u8], side: usize) {
    let corner = |cell: usize| cell * (SIDE + GAP) + GAP + (SIDE - side) / 2;
    for (i, &level) in levels.iter().enumerate() {
        sheet.put_pixel((corner(column) + i % side) as u32, (corner(row) + i / side) as u32, Luma([level]));
    }
}

/// How long one view of `face` takes on one core: the mean of 1,000 views, each the fastest of ten times, so that other
/// programs count less.
///
/// # Panics
/// As [`augment`].
pub fn time_of_view(face: &[u8], settings: &Augmentation) -> Duration {
    const N_VIEWS: u32 = 1000;
    let time = |i: u32| {
        let start = Instant::now();
        std::hint::black_box(augment(face, settings, &mut rng_of(0, 0, i as usize)));
        start.elapsed()
    };
    let fastest = |i| (0..10).map(|_| time(i)).min().unwrap_or_default();
    (0..N_VIEWS).map(fastest).sum::<Duration>() / N_VIEWS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FACE_LEN;

    #[test]
    fn faces_are_rows_and_views_are_columns() {
        let faces = [[40; FACE_LEN], [80; FACE_LEN]];
        let settings = Augmentation { crop_side: 44, ..Augmentation::NONE };
        let sheet = sheet(&faces.each_ref().map(|face| &face[..]), 3, &settings, 1);
        assert_eq!((sheet.width(), sheet.height()), (2 * (4 * 50 + 2), 2 * (2 * 50 + 2)));
        // In pixels of views: beside the first face, the face itself, its first view, and that of the second face.
        let cases =
            [((1, 1), GROUND), ((2, 2), 40), ((52, 2), GROUND), ((54, 4), 40), ((97, 97), 80), ((98, 98), GROUND)];
        for ((x, y), level) in cases {
            assert_eq!(sheet.get_pixel(2 * x, 2 * y).0, [level], "{x} {y}");
        }
    }
}
