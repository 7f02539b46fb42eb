//! How pictures are cut into tiles, and put together of them.

use std::{marker::PhantomData, ops::Range};

use pulp::{Simd, WithSimd};

use super::{
    super::pixels::{Pixels, Size},
    transform::{Map, transform_tile},
};

/// One side of a convolution: its inputs or its outputs.
///
/// Tiles are cut out of a *padded* picture, and put together in one: `[height, width, Side::width]` with a border of zeros
/// as far as tiles reach.
#[derive(Clone, Copy)]
pub(super) struct Side {
    pub(super) size: Size,
    pub(super) channels: usize,
    /// Outputs of a tile, from top to bottom.
    pub(super) out: usize,
    /// Channels, filled up to whole vectors.
    pub(super) width: usize,
    /// From one tile of a product to the next. An odd number of cache lines: with an even one, the same channel of many
    /// tiles has few places in the first-level cache.
    pub(super) stride: usize,
    /// From one product of a chunk to the next. Never a multiple of 4096 bytes, of which the first-level cache holds
    /// only eight.
    pub(super) product_len: usize,
}

impl Side {
    /// Values of a picture.
    pub(super) fn len(&self) -> usize {
        self.channels * self.size.area()
    }

    fn tiles(&self) -> [usize; 2] {
        [self.size.height.div_ceil(self.out), self.size.width.div_ceil(self.out)]
    }

    pub(super) fn n_tiles(&self) -> usize {
        let [rows, columns] = self.tiles();
        rows * columns
    }

    /// Values of a row of a padded picture.
    fn pitch(&self) -> usize {
        (self.tiles()[1] * self.out + 2) * self.width
    }

    /// A padded picture of zeros.
    pub(super) fn padded(&self) -> Vec<f32> {
        vec![0.0; (self.tiles()[0] * self.out + 2) * self.pitch()]
    }

    /// Where each tile begins in a padded picture.
    fn origins(&self) -> impl Iterator<Item = usize> {
        let Self { out, width, .. } = *self;
        let ([rows, columns], pitch) = (self.tiles(), self.pitch());
        (0..rows).flat_map(move |y| (0..columns).map(move |x| (y * pitch + x * width) * out))
    }

    /// Copies a picture into the middle of a padded one.
    #[inline(always)]
    fn pad(&self, pixels: &impl Pixels, picture: usize, padded: &mut [f32]) {
        let row_len = self.size.width * self.channels;
        let rows = padded.chunks_exact_mut(self.pitch()).skip(1).take(self.size.height);
        for (y, row) in rows.enumerate() {
            let (start, row) = (picture * self.len() + y * row_len, &mut row[self.width..]);
            if self.channels == self.width {
                pixels.read(start, &mut row[..row_len]);
            } else {
                for (x, pixel) in row.chunks_exact_mut(self.width).take(self.size.width).enumerate() {
                    pixels.read(start + x * self.channels, &mut pixel[..self.channels]);
                }
            }
        }
    }

    /// Copies a picture out of a padded one.
    #[inline(always)]
    fn unpad(&self, padded: &[f32], picture: &mut [f32]) {
        let row_len = self.size.width * self.channels;
        let rows = padded.chunks_exact(self.pitch()).skip(1);
        for (row, out) in rows.zip(picture.chunks_exact_mut(row_len)) {
            let row = &row[self.width..];
            if self.channels == self.width {
                out.copy_from_slice(&row[..row_len]);
            } else {
                for (pixel, out) in row.chunks_exact(self.width).zip(out.chunks_exact_mut(self.channels)) {
                    out.copy_from_slice(&pixel[..self.channels]);
                }
            }
        }
    }
}

/// Pictures to products: `M` on all their tiles.
pub(super) struct Gather<'a, P, M, const FROM: usize, const IN: usize> {
    pub(super) side: Side,
    pub(super) pixels: &'a P,
    pub(super) pictures: Range<usize>,
    /// Its border is zero.
    pub(super) padded: &'a mut [f32],
    /// `[IN, IN]` of `Side::product_len`.
    pub(super) products: &'a mut [f32],
    pub(super) map: PhantomData<M>,
}

impl<P: Pixels, M: Map<FROM, IN>, const FROM: usize, const IN: usize> WithSimd for Gather<'_, P, M, FROM, IN> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { side, pixels, pictures, padded, products, .. } = self;
        let (products, _) = S::as_mut_simd_f32s(products);
        let [n_vectors, pitch, stride, len] =
            [side.width, side.pitch(), side.stride, side.product_len].map(|length| length / S::F32_LANES);
        // A tile of outputs lies in the middle of that of inputs.
        let first = if FROM == IN { 0 } else { side.pitch() + side.width } / S::F32_LANES;
        for (i, picture) in pictures.enumerate() {
            side.pad(pixels, picture, padded);
            let (padded, _) = S::as_simd_f32s(padded);
            for (tile, origin) in side.origins().enumerate() {
                for vector in 0..n_vectors {
                    let from = first + origin / S::F32_LANES + vector;
                    let to = (i * side.n_tiles() + tile) * stride + vector;
                    transform_tile::<S, M, FROM, IN>(
                        simd,
                        #[inline(always)]
                        |y, x| padded[y * pitch + x * n_vectors + from],
                        #[inline(always)]
                        |y, x, value| products[(y * IN + x) * len + to] = value,
                    );
                }
            }
        }
    }
}

/// Products to pictures: `M` on all their tiles.
pub(super) struct Scatter<'a, M, const IN: usize, const TO: usize> {
    pub(super) side: Side,
    /// `[IN, IN]` of `Side::product_len`.
    pub(super) products: &'a [f32],
    /// Overwritten.
    pub(super) padded: &'a mut [f32],
    pub(super) pictures: &'a mut [f32],
    /// Added to the pictures.
    pub(super) plus: Option<&'a [f32]>,
    pub(super) map: PhantomData<M>,
}

impl<M: Map<IN, TO>, const IN: usize, const TO: usize> WithSimd for Scatter<'_, M, IN, TO> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { side, products, padded, pictures, plus, .. } = self;
        let (products, _) = S::as_simd_f32s(products);
        let [n_vectors, pitch, stride, len] =
            [side.width, side.pitch(), side.stride, side.product_len].map(|length| length / S::F32_LANES);
        let overlap = TO == IN;
        let first = if overlap { 0 } else { side.pitch() + side.width } / S::F32_LANES;
        for (i, picture) in pictures.chunks_exact_mut(side.len()).enumerate() {
            if overlap {
                padded.fill(0.0);
            }
            let (vectors, _) = S::as_mut_simd_f32s(padded);
            for (tile, origin) in side.origins().enumerate() {
                for vector in 0..n_vectors {
                    let from = (i * side.n_tiles() + tile) * stride + vector;
                    let to = first + origin / S::F32_LANES + vector;
                    transform_tile::<S, M, IN, TO>(
                        simd,
                        #[inline(always)]
                        |y, x| products[(y * IN + x) * len + from],
                        #[inline(always)]
                        |y, x, value| {
                            let sum = &mut vectors[y * pitch + x * n_vectors + to];
                            *sum = if overlap { simd.add_f32s(*sum, value) } else { value };
                        },
                    );
                }
            }
            side.unpad(padded, picture);
            if let Some(plus) = plus {
                picture.iter_mut().zip(&plus[i * side.len()..]).for_each(|(sum, plus)| *sum += plus);
            }
        }
    }
}
