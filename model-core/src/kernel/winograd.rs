//! The convolution by tiles, with a quarter to a fifth of the multiplications (Lavin and Gray 2016).

mod field;
mod filters;
mod points;
mod product;
mod transform;

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use self::{
    field::{Grid, SIDE},
    filters::Filters,
    points::{Five, Scheme, Six},
    product::ROWS,
};
use super::plane::Plane;

/// Tiles that a thread takes at a time, at least, if there are as many.
const CHUNK_TILES: usize = 16;

/// Chunks between two additions to the gradient of the filters.
const N_CHUNKS: usize = 8;

/// Whether the convolution of so many outputs and inputs is faster by tiles.
pub(super) fn pays([n_out, n_in]: [usize; 2]) -> bool {
    n_out.min(n_in) >= SIDE
}

/// # Shapes
/// `[batch, n_in, height, width]` and `[n_out, n_in, 3, 3]` → `[batch, n_out, height, width]`.
pub(super) fn convolve(x: &[f32], weight: &[f32], sizes: [usize; 2], plane: Plane) -> Vec<f32> {
    if fives(plane) {
        Layer::<Five, 7, 5>::new(sizes, plane).forward(x, weight)
    } else {
        Layer::<Six, 8, 6>::new(sizes, plane).forward(x, weight)
    }
}

/// Gradients of [`convolve`]: of `x`, and of `weight`.
pub(super) fn backward(x: &[f32], weight: &[f32], grad: &[f32], sizes: [usize; 2], plane: Plane) -> [Vec<f32>; 2] {
    if fives(plane) {
        Layer::<Five, 7, 5>::new(sizes, plane).backward(x, weight, grad)
    } else {
        Layer::<Six, 8, 6>::new(sizes, plane).backward(x, weight, grad)
    }
}

/// Whether tiles of five take fewer multiplications than tiles of six.
fn fives(plane: Plane) -> bool {
    let products = |out: usize| plane.height.div_ceil(out) * plane.width.div_ceil(out) * (out + 2) * (out + 2);
    products(5) < products(6)
}

/// A convolution cut into tiles.
struct Layer<T, const IN: usize, const OUT: usize> {
    grid: Grid,
    inputs: Side,
    outputs: Side,
    /// Pictures of a chunk, which one thread does.
    n_pictures: usize,
    scheme: PhantomData<T>,
}

/// The inputs of a convolution, or its outputs.
#[derive(Clone, Copy)]
struct Side {
    channels: usize,
    /// Values of a picture.
    len: usize,
    /// Channels, filled up to whole vectors.
    width: usize,
    /// From one tile of a product to the next, and from one pixel of a field to the next. An odd number of cache lines:
    /// with an even one, the same channel of many tiles has few places in the first-level cache.
    stride: usize,
    /// From one product of a chunk to the next. Never a multiple of 4096 bytes, of which the first-level cache holds
    /// only eight.
    product_len: usize,
}

impl<T: Scheme<IN, OUT> + Sync, const IN: usize, const OUT: usize> Layer<T, IN, OUT> {
    fn new([n_out, n_in]: [usize; 2], plane: Plane) -> Self {
        let grid = Grid::new(plane, OUT);
        let n_pictures = CHUNK_TILES.div_ceil(grid.n_tiles());
        let side = |channels: usize| {
            let width = channels.next_multiple_of(lanes().max(SIDE));
            let stride = if width > 32 && width.is_multiple_of(32) { width + 16 } else { width };
            let product = (n_pictures * grid.n_tiles()).next_multiple_of(ROWS) * stride;
            Side {
                channels,
                len: channels * plane.area(),
                width,
                stride,
                product_len: product.next_multiple_of(32) + 16,
            }
        };
        Self { inputs: side(n_in), outputs: side(n_out), grid, n_pictures, scheme: PhantomData }
    }

    fn field(&self, side: Side) -> Vec<f32> {
        vec![0.0; self.grid.len() * side.stride]
    }

    /// Room for the products of so many chunks.
    fn products(side: Side, n_chunks: usize) -> Vec<f32> {
        vec![0.0; n_chunks * Self::chunk_len(side)]
    }

    /// From a chunk to the next; not a multiple of 4096 bytes either.
    fn chunk_len(side: Side) -> usize {
        IN * IN * side.product_len + 16
    }

    fn forward(&self, x: &[f32], weight: &[f32]) -> Vec<f32> {
        let Self { inputs, outputs, n_pictures, .. } = *self;
        let arch = Arch::new();
        let filters = Filters::forward::<T, IN, OUT>(weight, [outputs.channels, inputs.channels], outputs.width);
        let mut y = vec![0.0; x.len() / inputs.len * outputs.len];
        let scratch = || [inputs, outputs].map(|side| (self.field(side), Self::products(side, 1)));
        y.par_chunks_mut(n_pictures * outputs.len).zip(x.par_chunks(n_pictures * inputs.len)).for_each_init(
            scratch,
            |[(x_field, x_products), (y_field, y_products)], (y, x)| {
                arch.dispatch(TakeInputs { layer: self, pictures: x, field: x_field, products: x_products });
                arch.dispatch(Multiply {
                    layer: self,
                    filters: &filters,
                    sides: [inputs, outputs],
                    from: x_products,
                    to: y_products,
                });
                arch.dispatch(GiveOutputs { layer: self, products: y_products, field: y_field, pictures: y });
            },
        );
        y
    }

    fn backward(&self, x: &[f32], weight: &[f32], grad: &[f32]) -> [Vec<f32>; 2] {
        let Self { inputs, outputs, n_pictures, .. } = *self;
        let sizes = [outputs.channels, inputs.channels];
        let arch = Arch::new();
        let filters = Filters::back::<T, IN, OUT>(weight, sizes, inputs.width);
        let mut x_grad = vec![0.0; x.len()];
        let mut factors = vec![0.0; IN * IN * inputs.width * outputs.width];
        let [mut x_products, mut y_products] = [inputs, outputs].map(|side| Self::products(side, N_CHUNKS));
        let [x_chunk, y_chunk] = [inputs, outputs].map(Self::chunk_len);
        let part = N_CHUNKS * n_pictures;
        let parts = x.chunks(part * inputs.len).zip(grad.chunks(part * outputs.len));
        for ((x, grad), x_grad) in parts.zip(x_grad.chunks_mut(part * inputs.len)) {
            let xs = x.par_chunks(n_pictures * inputs.len);
            xs.zip(grad.par_chunks(n_pictures * outputs.len))
                .zip(x_products.par_chunks_exact_mut(x_chunk))
                .zip(y_products.par_chunks_exact_mut(y_chunk))
                .for_each_init(
                    || [inputs, outputs].map(|side| self.field(side)),
                    |[x_field, y_field], (((x, grad), x_products), y_products)| {
                        arch.dispatch(TakeInputs { layer: self, pictures: x, field: x_field, products: x_products });
                        arch.dispatch(TakeOutputs {
                            layer: self,
                            pictures: grad,
                            field: y_field,
                            products: y_products,
                        });
                    },
                );
            let n_tiles = x.len() / inputs.len * self.grid.n_tiles();
            factors.par_chunks_exact_mut(inputs.width * outputs.width).enumerate().for_each(|(i, factors)| {
                arch.dispatch(Correlate { layer: self, products: [&x_products, &y_products], i, n_tiles, factors });
            });
            x_grad
                .par_chunks_mut(n_pictures * inputs.len)
                .zip(x_products.par_chunks_exact_mut(x_chunk))
                .zip(y_products.par_chunks_exact(y_chunk))
                .for_each_init(
                    || self.field(inputs),
                    |field, ((x_grad, x_products), y_products)| {
                        arch.dispatch(Multiply {
                            layer: self,
                            filters: &filters,
                            sides: [outputs, inputs],
                            from: y_products,
                            to: x_products,
                        });
                        arch.dispatch(GiveInputs { layer: self, products: x_products, field, pictures: x_grad });
                    },
                );
        }
        [x_grad, filters::gradient::<T, IN, OUT>(&factors, [inputs.width, outputs.width], sizes)]
    }
}

/// Lanes of a vector.
fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    Arch::new().dispatch(Lanes)
}

/// Inputs to products.
struct TakeInputs<'a, T, const IN: usize, const OUT: usize> {
    layer: &'a Layer<T, IN, OUT>,
    pictures: &'a [f32],
    field: &'a mut [f32],
    products: &'a mut [f32],
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> WithSimd for TakeInputs<'_, T, IN, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (grid, side) = (&self.layer.grid, self.layer.inputs);
        let [n_vectors, stride] = [side.width / S::F32_LANES, side.stride / S::F32_LANES];
        let product_len = side.product_len / S::F32_LANES;
        let (products, _) = S::as_mut_simd_f32s(self.products);
        for (picture, x) in self.pictures.chunks_exact(side.len).enumerate() {
            grid.spread(x, self.field, side.stride);
            let (field, _) = S::as_simd_f32s(self.field);
            for (tile, origin) in grid.origins().enumerate() {
                for vector in 0..n_vectors {
                    let from = origin * stride + vector;
                    let to = (picture * grid.n_tiles() + tile) * stride + vector;
                    transform::inputs::<S, T, IN, OUT>(
                        simd,
                        #[inline(always)]
                        |i, j| field[(i * grid.width() + j) * stride + from],
                        #[inline(always)]
                        |i, j, value| products[(i * IN + j) * product_len + to] = value,
                    );
                }
            }
        }
    }
}

/// Gradients of outputs to those of products.
struct TakeOutputs<'a, T, const IN: usize, const OUT: usize> {
    layer: &'a Layer<T, IN, OUT>,
    pictures: &'a [f32],
    field: &'a mut [f32],
    products: &'a mut [f32],
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> WithSimd for TakeOutputs<'_, T, IN, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (grid, side) = (&self.layer.grid, self.layer.outputs);
        let [n_vectors, stride] = [side.width / S::F32_LANES, side.stride / S::F32_LANES];
        let product_len = side.product_len / S::F32_LANES;
        let (products, _) = S::as_mut_simd_f32s(self.products);
        for (picture, y) in self.pictures.chunks_exact(side.len).enumerate() {
            grid.spread(y, self.field, side.stride);
            let (field, _) = S::as_simd_f32s(self.field);
            for (tile, origin) in grid.origins().enumerate() {
                for vector in 0..n_vectors {
                    let from = (origin + grid.width() + 1) * stride + vector;
                    let to = (picture * grid.n_tiles() + tile) * stride + vector;
                    transform::outputs_back::<S, T, IN, OUT>(
                        simd,
                        #[inline(always)]
                        |i, j| field[(i * grid.width() + j) * stride + from],
                        #[inline(always)]
                        |i, j, value| products[(i * IN + j) * product_len + to] = value,
                    );
                }
            }
        }
    }
}

/// The products of a chunk, summed over channels.
struct Multiply<'a, T, const IN: usize, const OUT: usize> {
    layer: &'a Layer<T, IN, OUT>,
    filters: &'a Filters,
    sides: [Side; 2],
    from: &'a [f32],
    to: &'a mut [f32],
}

impl<T, const IN: usize, const OUT: usize> WithSimd for Multiply<'_, T, IN, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [from, to] = self.sides;
        let rows = (self.layer.n_pictures * self.layer.grid.n_tiles()).next_multiple_of(ROWS);
        let products = self.from.chunks_exact(from.product_len).zip(self.to.chunks_exact_mut(to.product_len));
        for (i, (a, out)) in products.take(IN * IN).enumerate() {
            product::multiply(simd, a, &mut out[..rows * to.stride], [from.stride, to.stride], self.filters.factors(i));
        }
    }
}

/// The gradient of the `i`th factors.
struct Correlate<'a, T, const IN: usize, const OUT: usize> {
    layer: &'a Layer<T, IN, OUT>,
    /// Products of inputs and outputs, of all chunks.
    products: [&'a [f32]; 2],
    i: usize,
    /// Tiles of all chunks.
    n_tiles: usize,
    /// Added to.
    factors: &'a mut [f32],
}

impl<T, const IN: usize, const OUT: usize> WithSimd for Correlate<'_, T, IN, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Layer { inputs, outputs, .. } = *self.layer;
        let chunk_tiles = self.layer.n_pictures * self.layer.grid.n_tiles();
        let n_chunks = self.n_tiles.div_ceil(chunk_tiles);
        let [x, y] = self.products;
        let chunks = x.chunks_exact(x.len() / N_CHUNKS).zip(y.chunks_exact(y.len() / N_CHUNKS)).take(n_chunks);
        let pairs = chunks.enumerate().map(|(chunk, (x, y))| {
            let n_tiles = chunk_tiles.min(self.n_tiles - chunk * chunk_tiles);
            let x = &x[self.i * inputs.product_len..][..n_tiles * inputs.stride];
            [x, &y[self.i * outputs.product_len..][..n_tiles * outputs.stride]]
        });
        product::correlate(simd, &pairs, [inputs.stride, outputs.stride], outputs.width, self.factors);
    }
}

/// Products to outputs.
struct GiveOutputs<'a, T, const IN: usize, const OUT: usize> {
    layer: &'a Layer<T, IN, OUT>,
    products: &'a [f32],
    field: &'a mut [f32],
    pictures: &'a mut [f32],
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> WithSimd for GiveOutputs<'_, T, IN, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (grid, side) = (&self.layer.grid, self.layer.outputs);
        let [n_vectors, stride] = [side.width / S::F32_LANES, side.stride / S::F32_LANES];
        let product_len = side.product_len / S::F32_LANES;
        let (products, _) = S::as_simd_f32s(self.products);
        for (picture, y) in self.pictures.chunks_exact_mut(side.len).enumerate() {
            let (field, _) = S::as_mut_simd_f32s(self.field);
            for (tile, origin) in grid.origins().enumerate() {
                for vector in 0..n_vectors {
                    let from = (picture * grid.n_tiles() + tile) * stride + vector;
                    let to = (origin + grid.width() + 1) * stride + vector;
                    transform::outputs::<S, T, IN, OUT>(
                        simd,
                        #[inline(always)]
                        |i, j| products[(i * IN + j) * product_len + from],
                        #[inline(always)]
                        |i, j, value| field[(i * grid.width() + j) * stride + to] = value,
                    );
                }
            }
            grid.gather(self.field, side.stride, y);
        }
    }
}

/// Gradients of products to those of inputs.
struct GiveInputs<'a, T, const IN: usize, const OUT: usize> {
    layer: &'a Layer<T, IN, OUT>,
    products: &'a [f32],
    field: &'a mut [f32],
    pictures: &'a mut [f32],
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> WithSimd for GiveInputs<'_, T, IN, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (grid, side) = (&self.layer.grid, self.layer.inputs);
        let [n_vectors, stride] = [side.width / S::F32_LANES, side.stride / S::F32_LANES];
        let product_len = side.product_len / S::F32_LANES;
        let (products, _) = S::as_simd_f32s(self.products);
        for (picture, x) in self.pictures.chunks_exact_mut(side.len).enumerate() {
            self.field.fill(0.0);
            let (field, _) = S::as_mut_simd_f32s(self.field);
            for (tile, origin) in grid.origins().enumerate() {
                for vector in 0..n_vectors {
                    let from = (picture * grid.n_tiles() + tile) * stride + vector;
                    let to = origin * stride + vector;
                    transform::inputs_back::<S, T, IN, OUT>(
                        simd,
                        #[inline(always)]
                        |i, j| products[(i * IN + j) * product_len + from],
                        #[inline(always)]
                        |i, j, value| {
                            let sum = &mut field[(i * grid.width() + j) * stride + to];
                            *sum = simd.add_f32s(*sum, value);
                        },
                    );
                }
            }
            grid.gather(self.field, side.stride, x);
        }
    }
}
