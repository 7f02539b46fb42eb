//! The picture track, as it is known before a frame is decoded.

use crate::{Codec, Colour};

/// The picture track of a video.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// How its frames are coded.
    pub codec: Codec,
    /// Width and height of a coded frame, pixels, as the container says.
    pub coded_size: [u32; 2],
    /// Width to height of a pixel, if the container says so: `[1, 1]` is square. Both above 0.
    pub pixel_aspect: Option<[u32; 2]>,
    /// How a decoded frame is to be turned.
    pub orientation: Orientation,
    /// Colours, if the container says so; the coded frames may say more.
    pub colour: Option<Colour>,
    /// Whether frames are made of two fields, if the container says so; else whether they may be, by H.264's parameter set,
    /// which some progressive videos have as well.
    pub is_interlaced: bool,
    /// The end of the last frame, seconds on the file's clock; `None` where only reading all of it tells, as of a
    /// recording of a browser.
    pub end_secs: Option<f64>,
    /// Frames that are shown, where the container has a list of them.
    pub n_frames: Option<u64>,
    /// Frames a second in the mean, above 0, where the container says it.
    pub frames_per_sec: Option<f64>,
}

/// How a decoded frame is to be turned: first mirrored, then turned by quarters, clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orientation {
    /// Whether left and right are exchanged.
    pub is_mirrored: bool,
    /// Quarter turns clockwise, 0 to 3.
    pub quarter_turns: u8,
}

impl Orientation {
    /// From the matrix `[a, b, c, d]` that takes `(x, y)` to `(a·x + c·y, b·x + d·y)`, y downwards, as ISO/IEC 14496-12,
    /// 6.2.2, has it. Other angles count as the nearest quarter; a matrix of zeroes turns nothing.
    pub(crate) fn from_matrix([a, b, c, d]: [i32; 4]) -> Self {
        let [a, b, c, d] = [a, b, c, d].map(i64::from);
        let is_mirrored = a.saturating_mul(d).saturating_sub(b.saturating_mul(c)) < 0;
        let [across, down] = if is_mirrored { [-a, -b] } else { [a, b] };
        let quarter_turns = match (across.abs() >= down.abs(), across >= 0, down >= 0) {
            (true, true, _) => 0,
            (true, false, _) => 2,
            (false, _, true) => 1,
            (false, _, false) => 3,
        };
        Self { is_mirrored, quarter_turns }
    }

    /// Whether width and height are exchanged.
    pub(crate) fn is_sideways(self) -> bool {
        self.quarter_turns % 2 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_mirrored_and_turned() {
        let cases = [
            ([1, 0, 0, 1], (false, 0)),
            ([0, 1, -1, 0], (false, 1)),
            ([-1, 0, 0, -1], (false, 2)),
            ([0, -1, 1, 0], (false, 3)),
            ([-1, 0, 0, 1], (true, 0)),
            ([1, 0, 0, -1], (true, 2)),
            ([0, 0, 0, 0], (false, 0)),
            ([i32::MIN, i32::MIN, i32::MAX, i32::MIN], (false, 2)),
        ];
        for (matrix, (is_mirrored, quarter_turns)) in cases {
            assert_eq!(Orientation::from_matrix(matrix), Orientation { is_mirrored, quarter_turns }, "{matrix:?}");
        }
    }
}
