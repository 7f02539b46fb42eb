//! What the numbers of a picture mean.

/// How luma and chroma are made of red, green and blue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matrix {
    /// Not said: that of BT.709 for pictures of 720 lines or more, else that of BT.601, as players guess.
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

/// What the numbers of a picture mean.
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
    pub fn from_codes(transfer: u16, matrix: u16, is_full_range: bool) -> Self {
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

    /// What a decoder says, with what the container says of the same picture: a decoder guesses the matrix where coded
    /// frames do not name it, and a container leaves out most of the rest.
    #[must_use]
    pub fn in_container(self, container: Option<Self>) -> Self {
        let Some(container) = container else { return self };
        Self {
            matrix: if container.matrix == Matrix::Unknown { self.matrix } else { container.matrix },
            is_full_range: self.is_full_range,
            transfer: if container.transfer == Transfer::Sdr { self.transfer } else { container.transfer },
        }
    }

    /// The shares of red and blue in luma, for a picture of `n_lines`.
    pub(super) fn luma_weights(self, n_lines: usize) -> [f64; 2] {
        match self.matrix {
            Matrix::Unknown if n_lines < 720 => [0.299, 0.114],
            Matrix::Bt601 => [0.299, 0.114],
            Matrix::Bt709 | Matrix::Unknown | Matrix::Identity => [0.2126, 0.0722],
            Matrix::Bt2020 => [0.2627, 0.0593],
        }
    }
}
