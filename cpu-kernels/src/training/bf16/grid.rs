//! Pictures one below the other, with zeros between.

use std::ops::Range;

use super::{
    super::{
        pixels::{Pixels, Size},
        simd::vectorised,
    },
    DEPTH, SIDE,
};

/// Places of a chunk, about, which one thread does at a time: its numbers stay in the second-level cache.
const CHUNK: usize = 1024;

/// Where the pixels of some pictures lie: a place for each, one for a zero after each row, and a row of zeros after each
/// picture. What is above a picture, and left of a row, are the zeros before it.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    size: Size,
    /// Pictures of a chunk.
    pub(super) n_pictures: usize,
}

impl Grid {
    pub(super) fn new(size: Size) -> Self {
        let one = Self { size, n_pictures: 1 };
        Self { size, n_pictures: (CHUNK / one.picture_len()).max(1) }
    }

    /// From a row to the next.
    pub(super) fn pitch(self) -> usize {
        self.size.width + 1
    }

    fn picture_len(self) -> usize {
        (self.size.height + 1) * self.pitch()
    }

    /// Places of a chunk, filled up to whole steps of products.
    pub(super) fn n_places(self) -> usize {
        (self.n_pictures * self.picture_len()).next_multiple_of(DEPTH)
    }

    /// Places with those before the first and after the last that a filter reaches. The first lies at the tap in the
    /// upper left corner.
    fn n_padded(self) -> usize {
        self.n_places() + 2 * self.pitch() + 2
    }

    /// From a place to the pixel there, in padded numbers: the tap in the middle.
    fn middle(self) -> usize {
        self.pitch() + 1
    }

    /// Room for `[place, channel]`, which products may read beyond its end.
    pub(super) fn padded(self, channels: usize) -> Vec<u16> {
        vec![0; self.n_padded() * channels + DEPTH]
    }

    /// Room for the sums `[place, channel]`, channels filled up to whole registers.
    pub(super) fn sums(self, channels: usize) -> Vec<f32> {
        vec![0.0; self.n_places() * channels.next_multiple_of(SIDE)]
    }

    /// Fills [`Self::padded`] with pictures; only zeros are expected between them.
    pub(super) fn pad(self, pixels: &impl Pixels, pictures: Range<usize>, channels: usize, padded: &mut [u16]) {
        let len = self.size.width * channels;
        let mut row = vec![0.0; len];
        for (i, picture) in pictures.enumerate() {
            for y in 0..self.size.height {
                let to = &mut padded[(self.place(i, y) + self.middle()) * channels..][..len];
                let start = (picture * self.size.height + y) * len;
                vectorised(
                    #[inline(always)]
                    || {
                        pixels.read(start, &mut row);
                        to.iter_mut().zip(&row).for_each(|(to, &value)| *to = bf16(value));
                    },
                );
            }
        }
    }

    /// The pictures of sums, and `plus` if there is one.
    pub(super) fn unpad(self, sums: &[f32], channels: usize, pictures: &mut [f32], plus: Option<&[f32]>) {
        let stride = channels.next_multiple_of(SIDE);
        let len = self.size.width * channels;
        for (i, row) in pictures.chunks_exact_mut(len).enumerate() {
            let sums = &sums[self.place(i / self.size.height, i % self.size.height) * stride..];
            vectorised(
                #[inline(always)]
                || {
                    let pixels = row.chunks_exact_mut(channels).zip(sums.chunks_exact(stride));
                    pixels.for_each(|(pixel, sums)| pixel.copy_from_slice(&sums[..channels]));
                    if let Some(plus) = plus {
                        row.iter_mut().zip(&plus[i * len..]).for_each(|(sum, plus)| *sum += plus);
                    }
                },
            );
        }
    }

    /// The place of the first pixel of a row.
    fn place(self, picture: usize, y: usize) -> usize {
        picture * self.picture_len() + y * self.pitch()
    }

    /// From a channel to the next in [`Self::transposed`]. Never a multiple of 4096 bytes, of which the first-level cache
    /// holds only a few.
    pub(super) fn transposed_stride(self) -> usize {
        self.n_padded().next_multiple_of(2 * DEPTH) + DEPTH
    }

    /// `[channel, place]` of [`Self::padded`], channels filled up to whole registers.
    pub(super) fn transposed(self, padded: &[u16], channels: usize) -> Vec<u16> {
        let stride = self.transposed_stride();
        let mut transposed = vec![0; channels.next_multiple_of(SIDE) * stride];
        for (block, pixels) in padded[..self.n_padded() * channels].chunks(DEPTH * channels).enumerate() {
            for (channel, to) in transposed.chunks_exact_mut(stride).take(channels).enumerate() {
                let from = pixels[channel..].iter().step_by(channels);
                to[block * DEPTH..].iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            }
        }
        transposed
    }

    /// `[place / 2, channel, place % 2]` of the pixels of [`Self::padded`], channels filled up to whole registers.
    pub(super) fn paired(self, padded: &[u16], channels: usize) -> Vec<u16> {
        let mut paired = vec![0; self.n_places() * channels.next_multiple_of(SIDE)];
        let to = paired.chunks_exact_mut(2 * channels.next_multiple_of(SIDE));
        let from = padded[self.middle() * channels..].chunks_exact(2 * channels);
        for (to, from) in to.zip(from) {
            let (even, odd) = from.split_at(channels);
            for (to, (even, odd)) in to.as_chunks_mut::<2>().0.iter_mut().zip(even.iter().zip(odd)) {
                *to = [*even, *odd];
            }
        }
        paired
    }
}

/// Rounded to the nearest, half to even. Not-a-number stays one.
#[inline(always)]
pub(super) fn bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
    (if value.is_nan() { bits | 0x0040_0000 } else { rounded } >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_the_nearest() {
        let cases = [
            (0x3f80_0000, 0x3f80), // 1
            (0x3f80_8000, 0x3f80), // half way: to even
            (0x3f81_8000, 0x3f82),
            (0x3f80_8001, 0x3f81),
            (0x8000_0000, 0x8000), // −0
            (0x0000_8001, 0x0001), // subnormal
            (0x7f80_0000, 0x7f80), // ∞
            (0xff80_0000, 0xff80),
            (0x7f7f_ffff, 0x7f80), // the greatest, nearer to what would come after the greatest
            (0x7f80_0001, 0x7fc0), // not a number
        ];
        for (bits, expected) in cases {
            assert_eq!(bf16(f32::from_bits(bits)), expected, "{bits:#010x}");
        }
    }
}
