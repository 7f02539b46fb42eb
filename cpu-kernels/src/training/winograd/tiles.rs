//! How pictures are cut into tiles, and put together of them.

use std::{marker::PhantomData, ops::Range};

use pulp::{Simd, WithSimd};

use super::{
    super::pixels::{Pixels, Plane},
    transform::{Map, both_ways},
};

/// One side of a convolution: its inputs or its outputs.
///
/// Tiles are cut out of, and put together in a *field*: one picture `[height, width, Side::width]` with a border of zeros
/// as far as tiles reach.
#[derive(Clone, Copy)]
pub(super) struct Side {
    pub(super) plane: Plane,
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
        self.channels * self.plane.area()
    }

    fn tiles(&self) -> [usize; 2] {
        [self.plane.height.div_ceil(self.out), self.plane.width.div_ceil(self.out)]
    }

    pub(super) fn n_tiles(&self) -> usize {
        let [rows, columns] = self.tiles();
        rows * columns
    }

    /// Values of a row of a field.
    fn pitch(&self) -> usize {
        (self.tiles()[1] * self.out + 2) * self.width
    }

    /// A field of zeros.
    pub(super) fn field(&self) -> Vec<f32> {
        vec![0.0; (self.tiles()[0] * self.out + 2) * self.pitch()]
    }

    /// Where each tile begins in a field.
    fn origins(&self) -> impl Iterator<Item = usize> {
        let Self { out, width, .. } = *self;
        let ([rows, columns], pitch) = (self.tiles(), self.pitch());
        (0..rows).flat_map(move |y| (0..columns).map(move |x| (y * pitch + x * width) * out))
    }

    /// Puts a picture into a field.
    #[inline(always)]
    fn spread(&self, pixels: &impl Pixels, picture: usize, field: &mut [f32]) {
        let row_len = self.plane.width * self.channels;
        let rows = field.chunks_exact_mut(self.pitch()).skip(1).take(self.plane.height);
        for (y, row) in rows.enumerate() {
            let (start, row) = (picture * self.len() + y * row_len, &mut row[self.width..]);
            if self.channels == self.width {
                pixels.read(start, &mut row[..row_len]);
            } else {
                for (x, pixel) in row.chunks_exact_mut(self.width).take(self.plane.width).enumerate() {
                    pixels.read(start + x * self.channels, &mut pixel[..self.channels]);
                }
            }
        }
    }

    /// Takes a picture out of a field.
    #[inline(always)]
    fn gather(&self, field: &[f32], picture: &mut [f32]) {
        let row_len = self.plane.width * self.channels;
        let rows = field.chunks_exact(self.pitch()).skip(1);
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
pub(super) struct Take<'a, P, M, const FROM: usize, const IN: usize> {
    pub(super) side: Side,
    pub(super) pixels: &'a P,
    pub(super) pictures: Range<usize>,
    /// Its border is zero.
    pub(super) field: &'a mut [f32],
    /// `[IN, IN]` of `Side::product_len`.
    pub(super) products: &'a mut [f32],
    pub(super) map: PhantomData<M>,
}

impl<P: Pixels, M: Map<FROM, IN>, const FROM: usize, const IN: usize> WithSimd for Take<'_, P, M, FROM, IN> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { side, pixels, pictures, field, products, .. } = self;
        let (products, _) = S::as_mut_simd_f32s(products);
        let [n_vectors, pitch, stride, len] =
            [side.width, side.pitch(), side.stride, side.product_len].map(|length| length / S::F32_LANES);
        // A tile of outputs lies in the middle of that of inputs.
        let first = if FROM == IN { 0 } else { side.pitch() + side.width } / S::F32_LANES;
        for (i, picture) in pictures.enumerate() {
            side.spread(pixels, picture, field);
            let (field, _) = S::as_simd_f32s(field);
            for (tile, origin) in side.origins().enumerate() {
                for vector in 0..n_vectors {
                    let from = first + origin / S::F32_LANES + vector;
                    let to = (i * side.n_tiles() + tile) * stride + vector;
                    both_ways::<S, M, FROM, IN>(
                        simd,
                        #[inline(always)]
                        |y, x| field[y * pitch + x * n_vectors + from],
                        #[inline(always)]
                        |y, x, value| products[(y * IN + x) * len + to] = value,
                    );
                }
            }
        }
    }
}

/// Products to pictures: `M` on all their tiles.
pub(super) struct Give<'a, M, const IN: usize, const TO: usize> {
    pub(super) side: Side,
    /// `[IN, IN]` of `Side::product_len`.
    pub(super) products: &'a [f32],
    /// Overwritten.
    pub(super) field: &'a mut [f32],
    pub(super) pictures: &'a mut [f32],
    /// What is added to the pictures.
    pub(super) plus: Option<&'a [f32]>,
    pub(super) map: PhantomData<M>,
}

impl<M: Map<IN, TO>, const IN: usize, const TO: usize> WithSimd for Give<'_, M, IN, TO> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { side, products, field, pictures, plus, .. } = self;
        let (products, _) = S::as_simd_f32s(products);
        let [n_vectors, pitch, stride, len] =
            [side.width, side.pitch(), side.stride, side.product_len].map(|length| length / S::F32_LANES);
        let overlap = TO == IN;
        let first = if overlap { 0 } else { side.pitch() + side.width } / S::F32_LANES;
        for (i, picture) in pictures.chunks_exact_mut(side.len()).enumerate() {
            if overlap {
                field.fill(0.0);
            }
            let (vectors, _) = S::as_mut_simd_f32s(field);
            for (tile, origin) in side.origins().enumerate() {
                for vector in 0..n_vectors {
                    let from = (i * side.n_tiles() + tile) * stride + vector;
                    let to = first + origin / S::F32_LANES + vector;
                    both_ways::<S, M, IN, TO>(
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
            side.gather(field, picture);
            if let Some(plus) = plus {
                picture.iter_mut().zip(&plus[i * side.len()..]).for_each(|(sum, plus)| *sum += plus);
            }
        }
    }
}
