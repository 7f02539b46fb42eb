//! Red, green and blue of luma and chroma.

use std::sync::LazyLock;

use super::{
    colour::{Colour, Matrix, Transfer},
    format::{PixelFormat, Planes},
    tone::ToneMap,
};

/// The tables take some milliseconds to make.
static PQ: LazyLock<ToneMap> = LazyLock::new(|| ToneMap::new(Transfer::Pq));
/// The same.
static HLG: LazyLock<ToneMap> = LazyLock::new(|| ToneMap::new(Transfer::Hlg));

/// Digits of fixed-point numbers behind the point.
const DIGITS: u32 = 16;

/// Put the RGBA pixels of `planes` into `rgba`, row by row; alpha is 255. Chroma is that of the nearest sample.
///
/// Whole numbers, so that the page and the command line get the same bytes.
pub(super) fn to_rgba(planes: &Planes<'_>, colour: Colour, rgba: &mut Vec<u8>) {
    rgba.resize(4 * planes.width * planes.height, 0);
    let rows = rgba.chunks_exact_mut(4 * planes.width);
    match planes.format {
        PixelFormat::Rgba => rows.enumerate().for_each(|(y, row)| opaque(planes.row(0, y), row)),
        PixelFormat::Bgra => rows.enumerate().for_each(|(y, row)| {
            opaque(planes.row(0, y), row);
            row.as_chunks_mut::<4>().0.iter_mut().for_each(|pixel| pixel.swap(0, 2));
        }),
        PixelFormat::Planar { .. } | PixelFormat::Nv12 | PixelFormat::Grey => {
            let coefficients = Coefficients::new(planes, colour);
            let tone = match colour.transfer {
                Transfer::Sdr => None,
                Transfer::Pq => Some(&*PQ),
                Transfer::Hlg => Some(&*HLG),
            };
            let mut samples = Samples::new(planes.width);
            for (y, row) in rows.enumerate() {
                samples.read(planes, y);
                match tone {
                    None if colour.matrix == Matrix::Identity => samples.copy(&coefficients, row),
                    None => samples.mix(&coefficients, row),
                    Some(tone) => samples.tone(&coefficients, tone, row),
                }
            }
        }
    }
}

fn opaque(from: &[u8], to: &mut [u8]) {
    for (to, [red, green, blue, _]) in to.as_chunks_mut::<4>().0.iter_mut().zip(from.as_chunks::<4>().0) {
        *to = [*red, *green, *blue, 255];
    }
}

/// Fixed-point coefficients of the conversion to RGB: 255 is white.
struct Coefficients {
    black: i32,
    middle: i32,
    luma: i32,
    red_of_v: i32,
    green_of_u: i32,
    green_of_v: i32,
    blue_of_u: i32,
}

impl Coefficients {
    /// ITU-T H.273, 8.3: of `bits`, black and white are 16 and 235, chroma spans 224, each times 2^(bits − 8); in full
    /// range all numbers are used.
    fn new(planes: &Planes<'_>, colour: Colour) -> Self {
        let bits = match planes.format {
            PixelFormat::Planar { bits, .. } => u32::from(bits),
            _ => 8,
        };
        let unit = f64::from(1 << (bits - 8));
        let (black, luma_span, chroma_span) = if colour.is_full_range {
            let largest = 256.0 * unit - 1.0;
            (0.0, largest, largest)
        } else {
            (16.0 * unit, 219.0 * unit, 224.0 * unit)
        };
        let [red, blue] = colour.luma_weights([planes.width, planes.height]);
        let green = 1.0 - red - blue;
        let fixed = |factor: f64| (factor * 255.0 * f64::from(1 << DIGITS)).round() as i32;
        let (of_v, of_u) = (2.0 * (1.0 - red) / chroma_span, 2.0 * (1.0 - blue) / chroma_span);
        Self {
            black: black as i32,
            middle: (128.0 * unit) as i32,
            luma: fixed(1.0 / luma_span),
            red_of_v: fixed(of_v),
            green_of_u: -fixed(of_u * blue / green),
            green_of_v: -fixed(of_v * red / green),
            blue_of_u: fixed(of_u),
        }
    }

    /// Red, green and blue, fixed-point, 255 is white; not cut off.
    #[inline]
    fn mix(&self, y: u16, u: u16, v: u16) -> [i32; 3] {
        let luma = (i32::from(y) - self.black) * self.luma + (1 << (DIGITS - 1));
        let (u, v) = (i32::from(u) - self.middle, i32::from(v) - self.middle);
        [luma + v * self.red_of_v, luma + u * self.green_of_u + v * self.green_of_v, luma + u * self.blue_of_u]
    }
}

/// A row of samples, as many of chroma as of luma.
struct Samples {
    y: Vec<u16>,
    u: Vec<u16>,
    v: Vec<u16>,
}

impl Samples {
    fn new(width: usize) -> Self {
        Self { y: vec![0; width], u: vec![0; width], v: vec![0; width] }
    }

    fn read(&mut self, planes: &Planes<'_>, row: usize) {
        match planes.format {
            PixelFormat::Planar { bits: 8, shift_x, shift_y } => {
                widen(planes.row(0, row), 0, &mut self.y);
                widen(planes.row(1, row >> shift_y), shift_x, &mut self.u);
                widen(planes.row(2, row >> shift_y), shift_x, &mut self.v);
            }
            PixelFormat::Planar { shift_x, shift_y, .. } => {
                widen_long(planes.row(0, row), 0, &mut self.y);
                widen_long(planes.row(1, row >> shift_y), shift_x, &mut self.u);
                widen_long(planes.row(2, row >> shift_y), shift_x, &mut self.v);
            }
            PixelFormat::Nv12 => {
                widen(planes.row(0, row), 0, &mut self.y);
                let pairs = planes.row(1, row / 2).as_chunks::<2>().0;
                for ((us, vs), [u, v]) in self.u.chunks_mut(2).zip(self.v.chunks_mut(2)).zip(pairs) {
                    us.fill((*u).into());
                    vs.fill((*v).into());
                }
            }
            PixelFormat::Grey | PixelFormat::Rgba | PixelFormat::Bgra => {
                widen(planes.row(0, row), 0, &mut self.y);
                self.u.fill(128);
                self.v.fill(128);
            }
        }
    }

    fn each(&self) -> impl Iterator<Item = ((&u16, &u16), &u16)> {
        self.y.iter().zip(&self.u).zip(&self.v)
    }

    fn mix(&self, coefficients: &Coefficients, row: &mut [u8]) {
        for (pixel, ((&y, &u), &v)) in row.as_chunks_mut::<4>().0.iter_mut().zip(self.each()) {
            let [red, green, blue] = coefficients.mix(y, u, v).map(|level| (level >> DIGITS).clamp(0, 255) as u8);
            *pixel = [red, green, blue, 255];
        }
    }

    /// Green, blue and red lie where luma and chroma would.
    fn copy(&self, coefficients: &Coefficients, row: &mut [u8]) {
        let level = |level: u16| {
            (((i32::from(level) - coefficients.black) * coefficients.luma + (1 << (DIGITS - 1))) >> DIGITS)
                .clamp(0, 255) as u8
        };
        for (pixel, ((&green, &blue), &red)) in row.as_chunks_mut::<4>().0.iter_mut().zip(self.each()) {
            *pixel = [level(red), level(green), level(blue), 255];
        }
    }

    fn tone(&self, coefficients: &Coefficients, tone: &ToneMap, row: &mut [u8]) {
        for (pixel, ((&y, &u), &v)) in row.as_chunks_mut::<4>().0.iter_mut().zip(self.each()) {
            let [red, green, blue] = tone.map(coefficients.mix(y, u, v).map(|level| level as f32 / (255.0 * 65536.0)));
            *pixel = [red, green, blue, 255];
        }
    }
}

/// Bytes as numbers, each as often as chroma is coarser.
fn widen(from: &[u8], shift: u8, to: &mut [u16]) {
    if shift == 0 {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = (*from).into());
    } else {
        to.chunks_mut(1 << shift).zip(from).for_each(|(to, from)| to.fill((*from).into()));
    }
}

/// The same of two bytes each, the lower one first.
fn widen_long(from: &[u8], shift: u8, to: &mut [u16]) {
    let from = from.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes));
    to.chunks_mut(1 << shift).zip(from).for_each(|(to, from)| to.fill(from));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgba(format: &str, size: [usize; 2], colour: Colour, data: &[u8]) -> Vec<[u8; 4]> {
        let format = PixelFormat::of(format).unwrap();
        let mut rgba = vec![];
        to_rgba(&Planes::packed(format, size, data).unwrap(), colour, &mut rgba);
        rgba.as_chunks().0.to_vec()
    }

    fn colour(matrix: Matrix, is_full_range: bool) -> Colour {
        Colour { matrix, is_full_range, transfer: Transfer::Sdr }
    }

    #[test]
    fn greys_primaries_and_ranges() {
        // BT.601 red is Y 81, Cb 90, Cr 240 (ITU-R BT.601, table 2 of its predecessor); BT.709's Y 63, Cb 102, Cr 240.
        let cases = [
            (Matrix::Bt601, false, [16, 128, 128], [0, 0, 0]),
            (Matrix::Bt601, false, [235, 128, 128], [255, 255, 255]),
            (Matrix::Bt601, false, [126, 128, 128], [128, 128, 128]),
            (Matrix::Bt601, true, [126, 128, 128], [126, 126, 126]),
            (Matrix::Bt601, false, [0, 128, 128], [0, 0, 0]),
            (Matrix::Bt601, false, [81, 90, 240], [254, 0, 0]),
            (Matrix::Bt709, false, [63, 102, 240], [255, 1, 0]),
            (Matrix::Unknown, false, [81, 90, 240], [254, 0, 0]),
            (Matrix::Identity, true, [20, 30, 10], [10, 20, 30]),
        ];
        for (matrix, is_full, data, [red, green, blue]) in cases {
            let got = rgba("I444", [1, 1], colour(matrix, is_full), &data);
            assert_eq!(got, [[red, green, blue, 255]], "{matrix:?} {is_full} {data:?}");
        }
    }

    #[test]
    fn every_layout_gives_the_same_picture() {
        let limited = colour(Matrix::Bt601, false);
        let expected = rgba("I444", [3, 1], limited, &[81, 81, 200, 90, 90, 128, 240, 240, 128]);
        assert_eq!(rgba("I420", [3, 1], limited, &[81, 81, 200, 90, 128, 240, 128]), expected);
        assert_eq!(rgba("NV12", [3, 1], limited, &[81, 81, 200, 90, 240, 128, 128]), expected);
        let ten_bits: Vec<u8> =
            [81, 81, 200, 90, 128, 240, 128].iter().flat_map(|&n: &u16| (4 * n).to_le_bytes()).collect();
        assert_eq!(rgba("I420P10", [3, 1], limited, &ten_bits), expected);
        let bytes = expected.as_flattened();
        assert_eq!(rgba("RGBX", [3, 1], limited, bytes), expected);
        let swapped: Vec<u8> = expected.iter().flat_map(|[r, g, b, _]| [*b, *g, *r, 0]).collect();
        assert_eq!(rgba("BGRA", [3, 1], limited, &swapped), expected);
        assert_eq!(rgba("gray", [1, 1], limited, &[126]), [[128, 128, 128, 255]]);
    }
}
