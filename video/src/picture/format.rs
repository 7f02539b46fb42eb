//! Memory layout of a picture's numbers.

use thiserror::Error;

/// Why planes could not be viewed as a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PictureError {
    /// Width or height is 0, or more than a picture may have.
    #[error("expected a picture of 1×1 to {max}×{max} pixels, got {width}×{height}", max = Planes::MAX_SIDE)]
    Size {
        /// Given width.
        width: usize,
        /// Given height.
        height: usize,
    },
    /// A plane lies behind the end of the bytes.
    #[error("expected {expected} bytes of pixels, got {actual}")]
    Length {
        /// Bytes up to the end of the last plane.
        expected: usize,
        /// Length of the given bytes.
        actual: usize,
    },
}

/// How the numbers of a picture lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelFormat {
    /// Planes of luma and twice chroma, `bits` a sample: one byte of 8, two of more, the lower one first.
    Planar {
        /// Bits a sample, 8 to 16.
        bits: u8,
        /// Pixels across for each of chroma, as a power of 2.
        shift_x: u8,
        /// Pixels down for each of chroma, as a power of 2.
        shift_y: u8,
    },
    /// A plane of luma, and one of chroma, in which both stand side by side, half as wide and high. 8 bits.
    Nv12,
    /// Luma alone, 8 bits.
    Grey,
    /// Red, green, blue and something else, a byte each.
    Rgba,
    /// Blue, green, red and something else, a byte each.
    Bgra,
}

impl PixelFormat {
    /// By the names of WebCodecs (`I420`, `I420P10`, `NV12`, …) and of ffmpeg (`yuv420p`, `yuv420p10le`, `nv12`, …).
    pub fn of(name: &str) -> Option<Self> {
        let planar = |bits, shift_x, shift_y| Some(Self::Planar { bits, shift_x, shift_y });
        match name {
            "NV12" | "nv12" => return Some(Self::Nv12),
            "gray" => return Some(Self::Grey),
            "RGBA" | "RGBX" | "rgba" => return Some(Self::Rgba),
            "BGRA" | "BGRX" | "bgra" => return Some(Self::Bgra),
            _ => {}
        }
        let (sampling, rest) = match name.strip_prefix("yuv") {
            Some(rest) => (rest.get(..4)?, rest.get(4..)?),
            None => name.strip_prefix('I').and_then(|rest| Some((rest.get(..3)?, rest.get(3..)?)))?,
        };
        let bits = match rest.trim_start_matches(['P', 'A']).trim_end_matches("le") {
            "" => 8,
            bits => bits.parse().ok().filter(|bits| (8..=16).contains(bits))?,
        };
        match sampling.trim_end_matches('p') {
            "420" => planar(bits, 1, 1),
            "422" => planar(bits, 1, 0),
            "444" => planar(bits, 0, 0),
            _ => None,
        }
    }

    /// For each plane: bytes a sample of a row, and the factors of subsampling across and down, as powers of 2.
    pub(super) fn planes(self) -> Vec<(usize, u8, u8)> {
        match self {
            Self::Planar { bits, shift_x, shift_y } => {
                let bytes = if bits > 8 { 2 } else { 1 };
                vec![(bytes, 0, 0), (bytes, shift_x, shift_y), (bytes, shift_x, shift_y)]
            }
            Self::Nv12 => vec![(1, 0, 0), (2, 1, 1)],
            Self::Grey => vec![(1, 0, 0)],
            Self::Rgba | Self::Bgra => vec![(4, 0, 0)],
        }
    }
}

/// Where a plane lies, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlaneLayout {
    /// Where its first row begins.
    pub offset: usize,
    /// From the beginning of a row to that of the next.
    pub stride: usize,
}

/// The planes of a decoded picture. Invariant: each row of each plane is within the bytes.
#[derive(Clone, Debug)]
pub struct Planes<'a> {
    pub(super) format: PixelFormat,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) data: &'a [u8],
    pub(super) layout: Vec<PlaneLayout>,
}

impl<'a> Planes<'a> {
    /// Largest side, pixels.
    const MAX_SIDE: usize = 16384;

    /// View `data` as a picture of `width`×`height` pixels, whose planes lie as `layout` says.
    pub fn new(
        format: PixelFormat,
        [width, height]: [usize; 2],
        data: &'a [u8],
        layout: &[PlaneLayout],
    ) -> Result<Self, PictureError> {
        if ![width, height].iter().all(|side| (1..=Self::MAX_SIDE).contains(side)) {
            return Err(PictureError::Size { width, height });
        }
        let planes = format.planes();
        let ends = planes.iter().zip(layout).map(|(&(bytes, shift_x, shift_y), plane)| {
            let (columns, rows) = (reduced(width, shift_x), reduced(height, shift_y));
            plane.stride.checked_mul(rows - 1)?.checked_add(columns * bytes)?.checked_add(plane.offset)
        });
        let end = ends.map(|end| end.unwrap_or(usize::MAX)).max().unwrap_or(usize::MAX);
        let expected = if layout.len() < planes.len() { usize::MAX } else { end };
        if expected > data.len() {
            return Err(PictureError::Length { expected, actual: data.len() });
        }
        Ok(Self { format, width, height, data, layout: layout[..planes.len()].to_vec() })
    }

    /// As [`Planes::new`], with all rows one behind the other.
    pub fn packed(format: PixelFormat, size: [usize; 2], data: &'a [u8]) -> Result<Self, PictureError> {
        let mut offset = 0;
        let layout: Vec<_> = format
            .planes()
            .iter()
            .map(|&(bytes, shift_x, shift_y)| {
                let plane = PlaneLayout { offset, stride: bytes * reduced(size[0], shift_x) };
                offset += plane.stride.saturating_mul(reduced(size[1], shift_y));
                plane
            })
            .collect();
        Self::new(format, size, data, &layout)
    }

    /// Bytes of a picture of `size` pixels with all rows one behind the other.
    pub fn packed_bytes(format: PixelFormat, size: [usize; 2]) -> usize {
        let bytes = |(bytes, shift_x, shift_y)| bytes * reduced(size[0], shift_x) * reduced(size[1], shift_y);
        format.planes().into_iter().map(bytes).sum()
    }

    /// A row of a plane; both must be there.
    pub(super) fn row(&self, plane: usize, row: usize) -> &'a [u8] {
        let (bytes, shift_x, _) = self.format.planes()[plane];
        let PlaneLayout { offset, stride } = self.layout[plane];
        let start = offset + row * stride;
        &self.data[start..start + bytes * reduced(self.width, shift_x)]
    }
}

/// A side of chroma: an odd one is rounded up.
fn reduced(side: usize, shift: u8) -> usize {
    side.saturating_add((1 << shift) - 1) >> shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_both_names() {
        let cases = [
            ("I420", "yuv420p", Some((8, 1, 1))),
            ("I420A", "yuv420p", Some((8, 1, 1))),
            ("I422P10", "yuv422p10le", Some((10, 1, 0))),
            ("I444P12", "yuv444p12le", Some((12, 0, 0))),
            ("I411", "yuv411p", None),
            ("", "pal8", None),
        ];
        for (web, ffmpeg, expected) in cases {
            let expected = expected.map(|(bits, shift_x, shift_y)| PixelFormat::Planar { bits, shift_x, shift_y });
            assert_eq!([PixelFormat::of(web), PixelFormat::of(ffmpeg)], [expected; 2], "{web} {ffmpeg}");
        }
        assert_eq!(PixelFormat::of("NV12"), PixelFormat::of("nv12"));
    }

    #[test]
    fn planes_must_lie_within_the_bytes() {
        let i420 = PixelFormat::of("I420").unwrap();
        let nv12 = PixelFormat::Nv12;
        // Odd sides: chroma is 2×2.
        for (format, n_bytes) in [(i420, 9 + 4 + 4), (nv12, 9 + 8), (PixelFormat::Rgba, 36), (PixelFormat::Grey, 9)] {
            assert_eq!(Planes::packed_bytes(format, [3, 3]), n_bytes, "{format:?}");
            assert!(Planes::packed(format, [3, 3], &vec![0; n_bytes]).is_ok(), "{format:?}");
            let short = Planes::packed(format, [3, 3], &vec![0; n_bytes - 1]).unwrap_err();
            assert_eq!(short, PictureError::Length { expected: n_bytes, actual: n_bytes - 1 });
        }
        let plane = PlaneLayout { offset: usize::MAX, stride: usize::MAX };
        for layout in [&[plane; 3][..], &[PlaneLayout::default(); 2]] {
            assert!(Planes::new(i420, [4, 4], &[0; 99], layout).is_err());
        }
        assert!(Planes::packed(i420, [0, 4], &[]).is_err() && Planes::packed(i420, [4, 99_999], &[]).is_err());
    }
}
