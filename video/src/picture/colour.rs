//! Colour space: the meaning of a picture's numbers.

/// How luma and chroma are made of red, green and blue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matrix {
    /// Not said: see [`Colour::or_usual`].
    #[default]
    Unknown,
    /// They are red, green and blue themselves, in the order green, blue, red.
    Identity,
    /// High definition.
    Bt709,
    /// Standard definition.
    Bt601,
    /// Ultra-high definition.
    Bt2020,
}

/// How light is made of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transfer {
    /// As on usual screens, or not said.
    #[default]
    Sdr,
    /// SMPTE ST 2084, up to 10,000 candela a square metre.
    Pq,
    /// ARIB STD-B67, made to look right on usual screens, too.
    Hlg,
}

/// Colour space of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colour {
    /// How luma and chroma are made of red, green and blue.
    pub matrix: Matrix,
    /// Whether black is 0 and white the largest number; of 8 bits they are 16 and 235 else.
    pub is_full_range: bool,
    /// How light is made of them.
    pub transfer: Transfer,
}

impl Colour {
    /// By the codes of ISO/IEC 23091-2 (H.273), as containers and codecs have them.
    pub(crate) fn from_codes(transfer: u16, matrix: u16, is_full_range: bool) -> Self {
        let matrix = match matrix {
            0 => Matrix::Identity,
            1 => Matrix::Bt709,
            4..=7 => Matrix::Bt601,
            9 | 10 => Matrix::Bt2020,
            _ => Matrix::Unknown,
        };
        let transfer = match transfer {
            16 => Transfer::Pq,
            18 => Transfer::Hlg,
            _ => Transfer::Sdr,
        };
        Self { matrix, is_full_range, transfer }
    }

    /// By the names that WebCodecs or ffmpeg give; others are unknown.
    pub fn from_names(transfer: &str, matrix: &str, is_full_range: bool) -> Self {
        let matrix = match matrix {
            "rgb" | "gbr" => 0,
            "bt709" => 1,
            "bt470bg" | "smpte170m" | "smpte240m" | "fcc" => 6,
            "bt2020-ncl" | "bt2020nc" | "bt2020c" => 9,
            _ => 2,
        };
        let transfer = match transfer {
            "pq" | "smpte2084" => 16,
            "hlg" | "arib-std-b67" => 18,
            _ => 2,
        };
        Self::from_codes(transfer, matrix, is_full_range)
    }

    /// This colour space, with `other`'s matrix and transfer where it has none.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            matrix: if self.matrix == Matrix::Unknown { other.matrix } else { self.matrix },
            is_full_range: self.is_full_range,
            transfer: if self.transfer == Transfer::Sdr { other.transfer } else { self.transfer },
        }
    }

    /// With the matrix that players take where none is said, by the size in pixels: that of BT.709 from high definition on
    /// (a longer side of 1280 or a shorter one above 576), else that of BT.601. A turned picture gets the same.
    #[must_use]
    pub fn or_usual(self, [width, height]: [usize; 2]) -> Self {
        let is_high = width.max(height) >= 1280 || width.min(height) > 576;
        self.or(Self { matrix: if is_high { Matrix::Bt709 } else { Matrix::Bt601 }, ..Self::default() })
    }

    /// Primaries, transfer and matrix by the names of WebCodecs; `None` if the matrix is unknown.
    pub fn names(self) -> Option<[&'static str; 3]> {
        let (primaries, matrix) = match self.matrix {
            Matrix::Unknown => return None,
            Matrix::Identity => ("bt709", "rgb"),
            Matrix::Bt709 => ("bt709", "bt709"),
            Matrix::Bt601 => ("smpte170m", "smpte170m"),
            Matrix::Bt2020 => ("bt2020", "bt2020-ncl"),
        };
        let transfer = match self.transfer {
            Transfer::Pq => "pq",
            Transfer::Hlg => "hlg",
            Transfer::Sdr if self.matrix == Matrix::Bt601 => "smpte170m",
            Transfer::Sdr => "bt709",
        };
        Some([primaries, transfer, matrix])
    }

    /// The shares of red and blue in luma, for a picture of this size.
    pub(super) fn luma_weights(self, size: [usize; 2]) -> [f64; 2] {
        match self.or_usual(size).matrix {
            Matrix::Bt601 => [0.299, 0.114],
            Matrix::Bt709 | Matrix::Unknown | Matrix::Identity => [0.2126, 0.0722],
            Matrix::Bt2020 => [0.2627, 0.0593],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_is_said_the_size_decides_turned_or_not() {
        let cases = [
            ([640, 480], Matrix::Bt601),
            ([480, 640], Matrix::Bt601),
            ([720, 576], Matrix::Bt601),
            ([1280, 544], Matrix::Bt709),
            ([720, 1280], Matrix::Bt709),
            ([960, 720], Matrix::Bt709),
        ];
        for (size, expected) in cases {
            assert_eq!(Colour::default().or_usual(size).matrix, expected, "{size:?}");
            let said = Colour { matrix: Matrix::Bt2020, ..Colour::default() };
            assert_eq!(said.or_usual(size), said, "{size:?}");
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for matrix in [Matrix::Identity, Matrix::Bt709, Matrix::Bt601, Matrix::Bt2020] {
            for transfer in [Transfer::Sdr, Transfer::Pq, Transfer::Hlg] {
                let colour = Colour { matrix, transfer, is_full_range: false };
                let [_, transfer, matrix] = colour.names().expect("the matrix is known");
                assert_eq!(Colour::from_names(transfer, matrix, false), colour);
            }
        }
        assert_eq!(Colour::default().names(), None);
    }
}
