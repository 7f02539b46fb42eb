//! Pictures that lie on their side or stand on their head.

use image::{ImageBuffer, Rgba, imageops};
use serde::{Deserialize, Serialize};
use strum::VariantArray;

use crate::RgbaView;

/// How far a picture is turned, clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// Not turned.
    #[default]
    None,
    /// 90°: what was left is above.
    Quarter,
    /// 180°: upside down.
    Half,
    /// 270°: what was right is above.
    ThreeQuarters,
}

impl Turn {
    /// All, by their angle.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Its angle.
    pub fn degrees(self) -> u32 {
        90 * self as u32
    }

    /// A quarter more.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::None => Self::Quarter,
            Self::Quarter => Self::Half,
            Self::Half => Self::ThreeQuarters,
            Self::ThreeQuarters => Self::None,
        }
    }

    /// Whether width and height change places.
    pub(crate) fn is_sideways(self) -> bool {
        matches!(self, Self::Quarter | Self::ThreeQuarters)
    }
}

/// The RGBA pixels of `image`, turned; its sides change places if [`Turn::is_sideways`].
///
/// # Panics
/// If a side has 2³² pixels or more, which limits on decoding rule out.
pub(crate) fn turn(image: RgbaView<'_>, turn: Turn) -> Vec<u8> {
    let [width, height] = [image.width(), image.height()].map(|side| u32::try_from(side).expect("a side in pixels"));
    let pixels = ImageBuffer::<Rgba<u8>, _>::from_raw(width, height, image.data()).expect("four bytes a pixel");
    match turn {
        Turn::None => image.data().to_vec(),
        Turn::Quarter => imageops::rotate90(&pixels).into_raw(),
        Turn::Half => imageops::rotate180(&pixels).into_raw(),
        Turn::ThreeQuarters => imageops::rotate270(&pixels).into_raw(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_go_round_clockwise() {
        let rgba: Vec<u8> = (0..6).flat_map(|level| [level, 0, 0, 255]).collect();
        let image = RgbaView::new(3, 2, &rgba).unwrap();
        let cases: [(Turn, [u8; 6]); 4] = [
            (Turn::None, [0, 1, 2, 3, 4, 5]),
            (Turn::Quarter, [3, 0, 4, 1, 5, 2]),
            (Turn::Half, [5, 4, 3, 2, 1, 0]),
            (Turn::ThreeQuarters, [2, 5, 1, 4, 0, 3]),
        ];
        for (by, expected) in cases {
            let reds: Vec<u8> = turn(image, by).chunks_exact(4).map(|pixel| pixel[0]).collect();
            assert_eq!(reds, expected, "{by:?}");
        }
    }

    #[test]
    fn four_quarters_are_none() {
        let all = std::iter::successors(Some(Turn::None), |turn| Some(turn.next()));
        assert_eq!(all.take(4).collect::<Vec<_>>(), Turn::ALL);
        assert_eq!(Turn::ThreeQuarters.next(), Turn::None);
        assert_eq!(Turn::ALL.iter().map(|turn| turn.degrees()).collect::<Vec<_>>(), [0, 90, 180, 270]);
    }
}
