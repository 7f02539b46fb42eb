//! Single changes of known strength, to measure what a network stands; 48×48 grey levels in, 48×48 out.
//!
//! Each panics if it is given another number of levels than [`FACE_LEN`](crate::data::FACE_LEN): readers check that.

use image::{
    ExtendedColorType, GrayImage, ImageEncoder,
    codecs::jpeg::JpegEncoder,
    imageops::{self, FilterType},
};

use super::{light::with_gamma, warp::Warp};
use crate::data::SIDE;

/// The face turned about the picture's middle, clockwise if positive; beyond the edge, the edge's nearest pixel.
pub fn rotated(face: &[u8], radians: f32) -> Vec<u8> {
    rounded(Warp::about_middle(1.0, 0.0, 0.0, radians).apply(face, SIDE))
}

/// The crop of a detector whose box is `scale` times as large and lies to the right and below by shares of the
/// picture's side; beyond the edge, the edge's nearest pixel.
pub fn box_jittered(face: &[u8], scale: f32, shift_x: f32, shift_y: f32) -> Vec<u8> {
    // A larger box makes the face smaller, and a box further right has the face further left.
    rounded(Warp::about_middle(1.0 / scale, -shift_x / scale, -shift_y / scale, 0.0).apply(face, SIDE))
}

/// The face blurred by a Gaussian of `sigma` pixels; as it is if `sigma` is not positive.
pub fn blurred(face: &[u8], sigma: f32) -> Vec<u8> {
    if sigma > 0.0 { imageops::blur(&picture(face, SIDE), sigma).into_raw() } else { face.to_vec() }
}

/// The face with each share of white raised to `gamma`, rounded to whole levels.
pub fn gamma_corrected(face: &[u8], gamma: f32) -> Vec<u8> {
    face.iter().map(|&level| with_gamma(f32::from(level), gamma).round() as u8).collect()
}

/// The face after JPEG of `quality`, from 1 to 100.
pub fn jpeg(face: &[u8], quality: u8) -> Vec<u8> {
    jpeg_of_side(face, SIDE, quality)
}

/// The face with half the pixels a side, enlarged again.
pub fn half_resolution(face: &[u8]) -> Vec<u8> {
    resampled(face, SIDE, SIDE / 2)
}

/// A square picture made `small` pixels a side with a bicubic filter, which keeps what so few pixels can show, and then
/// `side` again with the triangle filter that crops of small faces get.
pub(super) fn resampled(levels: &[u8], side: usize, small: usize) -> Vec<u8> {
    let small = small as u32;
    let shrunk = imageops::resize(&picture(levels, side), small, small, FilterType::CatmullRom);
    imageops::resize(&shrunk, side as u32, side as u32, FilterType::Triangle).into_raw()
}

/// A square picture after JPEG.
pub(super) fn jpeg_of_side(levels: &[u8], side: usize, quality: u8) -> Vec<u8> {
    let mut bytes = vec![];
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100));
    encoder
        .write_image(levels, side as u32, side as u32, ExtendedColorType::L8)
        .expect("memory takes a small grey picture");
    let decoded = image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg);
    decoded.expect("what was encoded just now can be decoded").into_luma8().into_raw()
}

fn picture(levels: &[u8], side: usize) -> GrayImage {
    GrayImage::from_raw(side as u32, side as u32, levels.to_vec()).expect("side² grey levels")
}

fn rounded(levels: Vec<f32>) -> Vec<u8> {
    levels.into_iter().map(|level| level.round() as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FACE_LEN;

    type Operation = fn(&[u8]) -> Vec<u8>;

    /// A bright square of 8 pixels a side in the dark, right of and above the middle.
    fn square() -> Vec<u8> {
        let lies_in = |i: usize| (30..38).contains(&(i % SIDE)) && (10..18).contains(&(i / SIDE));
        (0..FACE_LEN).map(|i| if lies_in(i) { 240 } else { 40 }).collect()
    }

    /// Column and row of the middle of what is brighter than the ground.
    fn middle(face: &[u8]) -> [f32; 2] {
        let weight = |i: usize| f32::from(face[i].saturating_sub(40));
        let sum: f32 = (0..FACE_LEN).map(weight).sum();
        [|i: usize| i % SIDE, |i: usize| i / SIDE]
            .map(|of| (0..FACE_LEN).map(|i| weight(i) * of(i) as f32).sum::<f32>() / sum)
    }

    #[test]
    fn the_weakest_of_each_changes_nothing() {
        let cases: [(&str, Operation); 4] = [
            ("rotated", |face| rotated(face, 0.0)),
            ("box_jittered", |face| box_jittered(face, 1.0, 0.0, 0.0)),
            ("blurred", |face| blurred(face, 0.0)),
            ("gamma_corrected", |face| gamma_corrected(face, 1.0)),
        ];
        for (name, operation) in cases {
            assert_eq!(operation(&square()), square(), "{name}");
        }
    }

    #[test]
    fn faces_move_as_the_names_say() {
        let quarter = std::f32::consts::FRAC_PI_2;
        let cases: [(&str, Vec<u8>, [f32; 2]); 5] = [
            ("the square", square(), [33.5, 13.5]),
            ("a quarter clockwise", rotated(&square(), quarter), [33.5, 33.5]),
            ("the box further right", box_jittered(&square(), 1.0, 0.25, 0.0), [21.5, 13.5]),
            ("the box further down", box_jittered(&square(), 1.0, 0.0, 0.125), [33.5, 7.5]),
            // 10 pixels from the middle become 8 each way.
            ("a larger box", box_jittered(&square(), 1.25, 0.0, 0.0), [31.5, 15.5]),
        ];
        for (name, face, expected) in cases {
            let actual = middle(&face);
            assert!(actual.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.1), "{name}: {actual:?} {expected:?}");
        }
    }

    #[test]
    fn detail_is_lost_the_mean_stays_and_more_loses_more() {
        let cases: [(&str, Operation, Operation); 3] = [
            ("blurred", |face| blurred(face, 0.7), |face| blurred(face, 2.0)),
            ("jpeg", |face| jpeg(face, 90), |face| jpeg(face, 20)),
            ("half_resolution", half_resolution, |face| resampled(face, SIDE, 12)),
        ];
        let mean = |face: &[u8]| face.iter().map(|&level| f32::from(level)).sum::<f32>() / FACE_LEN as f32;
        let lost = |face: &[u8]| face.iter().zip(square()).map(|(a, b)| u64::from(a.abs_diff(b))).sum::<u64>();
        for (name, weak, strong) in cases {
            let (weak, strong) = (weak(&square()), strong(&square()));
            assert!(0 < lost(&weak) && lost(&weak) < lost(&strong), "{name}: {} {}", lost(&weak), lost(&strong));
            for face in [weak, strong] {
                // At quality 20 the mean of a block is a multiple of five levels.
                assert!(face.len() == FACE_LEN && (mean(&face) - mean(&square())).abs() < 2.5, "{name}");
            }
        }
    }

    #[test]
    fn gamma_above_one_darkens() {
        assert_eq!(gamma_corrected(&[0, 64, 128, 255], 2.0), [0, 16, 64, 255]);
        assert_eq!(gamma_corrected(&[0, 64, 128, 255], 0.5), [0, 128, 181, 255]);
    }
}
