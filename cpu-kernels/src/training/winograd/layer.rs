//! A convolution and its gradients, chunk by chunk.

use std::{marker::PhantomData, ops::Range};

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{
    super::{
        conv::InputGrad,
        pixels::{Pixels, Size},
    },
    filters::{self, TransformedFilters},
    points::Scheme,
    product::{self, ROWS},
    tiles::{Gather, Scatter, Side},
    transform::{Inputs, InputsBack, Outputs, OutputsBack},
};

/// Tiles that a thread takes at a time, at least, if there are as many.
const CHUNK_TILES: usize = 16;

/// Chunks between two additions to the gradient of the filters; few enough that the same products of all of them stay
/// in the first-level cache.
const N_CHUNKS: usize = 8;

/// Lanes of a vector of every processor, or more.
const MIN_WIDTH: usize = 8;

/// A convolution cut into tiles.
pub(super) struct Layer<T, const IN: usize, const OUT: usize> {
    inputs: Side,
    outputs: Side,
    /// Pictures of a chunk, which one thread does.
    n_pictures: usize,
    scheme: PhantomData<T>,
}

impl<T: Scheme<IN, OUT> + Sync, const IN: usize, const OUT: usize> Layer<T, IN, OUT> {
    pub(super) fn new([n_out, n_in]: [usize; 2], size: Size) -> Self {
        let n_tiles = size.height.div_ceil(OUT) * size.width.div_ceil(OUT);
        let n_pictures = CHUNK_TILES.div_ceil(n_tiles);
        let with_channels = |channels: usize| {
            let width = channels.next_multiple_of(lanes().max(MIN_WIDTH));
            let stride = if width > 32 && width.is_multiple_of(32) { width + 16 } else { width };
            let product = (n_pictures * n_tiles).next_multiple_of(ROWS) * stride;
            Side { size, channels, out: OUT, width, stride, product_len: product.next_multiple_of(32) + 16 }
        };
        Self { inputs: with_channels(n_in), outputs: with_channels(n_out), n_pictures, scheme: PhantomData }
    }

    fn sizes(&self) -> [usize; 2] {
        [self.outputs.channels, self.inputs.channels]
    }

    /// Room for the products of so many chunks.
    fn products(side: Side, n_chunks: usize) -> Vec<f32> {
        vec![0.0; n_chunks * Self::chunk_len(side)]
    }

    /// From a chunk to the next; not a multiple of 4096 bytes either.
    fn chunk_len(side: Side) -> usize {
        IN * IN * side.product_len + 16
    }

    /// The outputs, and what `finish` makes of those of each chunk, of which it gets the place of the first value as well.
    pub(super) fn forward<R: Send>(
        &self,
        x: &[f32],
        weight: &[f32],
        finish: impl Fn(usize, &mut [f32]) -> R + Sync,
    ) -> (Vec<f32>, Vec<R>) {
        let Self { inputs, outputs, n_pictures, .. } = *self;
        let arch = Arch::new();
        let transformed = TransformedFilters::forward::<T, IN, OUT>(weight, self.sizes(), outputs.width);
        let mut y = vec![0.0; x.len() / inputs.len() * outputs.len()];
        let n_values = n_pictures * outputs.len();
        let chunks = y.par_chunks_mut(n_values).zip(x.par_chunks(n_pictures * inputs.len())).enumerate();
        let scratch = || [inputs, outputs].map(|side| (side.padded(), Self::products(side, 1)));
        let finished = chunks.map_init(scratch, |[(x_padded, x_products), (y_padded, y_products)], (i, (y, x))| {
            self.gather_inputs(x, 0..x.len() / inputs.len(), x_padded, x_products);
            arch.dispatch(self.multiply(&transformed, [inputs, outputs], x_products, y_products));
            let (side, map) = (outputs, PhantomData::<Outputs<T>>);
            arch.dispatch(Scatter::<_, IN, OUT> {
                side,
                products: y_products,
                padded: y_padded,
                pictures: y,
                plus: None,
                map,
            });
            finish(i * n_values, y)
        });
        let finished = finished.collect();
        (y, finished)
    }

    /// The gradient of filters, and that of inputs if it is asked for.
    pub(super) fn backward(
        &self,
        x: &[f32],
        weight: &[f32],
        grad: &impl Pixels,
        mut x_grad: Option<InputGrad<'_>>,
    ) -> Vec<f32> {
        let Self { inputs, outputs, n_pictures, .. } = *self;
        let transformed = TransformedFilters::back::<T, IN, OUT>(weight, self.sizes(), inputs.width);
        let mut transformed_grad = vec![0.0; IN * IN * inputs.width * outputs.width];
        let mut products = [inputs, outputs].map(|side| Self::products(side, N_CHUNKS));
        let n_pictures_all = x.len() / inputs.len();
        for first in (0..n_pictures_all).step_by(N_CHUNKS * n_pictures) {
            let part = first..n_pictures_all.min(first + N_CHUNKS * n_pictures);
            self.gather(x, grad, part.clone(), &mut products);
            self.correlate(&products, part.len() * inputs.n_tiles(), &mut transformed_grad);
            if let Some(x_grad) = &mut x_grad {
                let part = part.start * inputs.len()..part.end * inputs.len();
                let plus = x_grad.plus.map(|plus| &plus[part.clone()]);
                self.scatter(&transformed, &mut products, InputGrad { values: &mut x_grad.values[part], plus });
            }
        }
        filters::gradient::<T, IN, OUT>(&transformed_grad, [inputs.width, outputs.width], self.sizes())
    }

    /// The products of inputs and of gradients of outputs.
    fn gather(&self, x: &[f32], grad: &impl Pixels, part: Range<usize>, products: &mut [Vec<f32>; 2]) {
        let [x_products, y_products] = products;
        let x_products = x_products.par_chunks_exact_mut(Self::chunk_len(self.inputs));
        let y_products = y_products.par_chunks_exact_mut(Self::chunk_len(self.outputs));
        let n_chunks = part.len().div_ceil(self.n_pictures);
        let chunks = x_products.zip(y_products).take(n_chunks).enumerate();
        let padded_pair = || [self.inputs, self.outputs].map(|side| side.padded());
        chunks.for_each_init(padded_pair, |[x_padded, padded], (chunk, (x_products, products))| {
            let first = part.start + chunk * self.n_pictures;
            let pictures = first..part.end.min(first + self.n_pictures);
            self.gather_inputs(x, pictures.clone(), x_padded, x_products);
            let (side, map) = (self.outputs, PhantomData::<OutputsBack<T>>);
            Arch::new().dispatch(Gather::<_, _, OUT, IN> { side, pixels: grad, pictures, padded, products, map });
        });
    }

    fn gather_inputs(&self, x: &[f32], pictures: Range<usize>, padded: &mut [f32], products: &mut [f32]) {
        let (side, map) = (self.inputs, PhantomData::<Inputs<T, OUT>>);
        Arch::new().dispatch(Gather::<_, _, IN, IN> { side, pixels: &x, pictures, padded, products, map });
    }

    fn correlate(&self, products: &[Vec<f32>; 2], n_tiles: usize, transformed: &mut [f32]) {
        let Self { inputs, outputs, .. } = *self;
        transformed.par_chunks_exact_mut(inputs.width * outputs.width).enumerate().for_each(|(i, transformed)| {
            let sides = [inputs, outputs];
            let chunk_tiles = self.n_pictures * inputs.n_tiles();
            Arch::new().dispatch(Correlate { sides, products, chunk_tiles, i, n_tiles, transformed });
        });
    }

    /// The gradients of the inputs of a part, from those of its products.
    fn scatter(
        &self,
        transformed: &TransformedFilters,
        products: &mut [Vec<f32>; 2],
        InputGrad { values, plus }: InputGrad<'_>,
    ) {
        let Self { inputs, outputs, n_pictures, .. } = *self;
        let arch = Arch::new();
        let [x_products, y_products] = products;
        let x_products = x_products.par_chunks_exact_mut(Self::chunk_len(inputs));
        let y_products = y_products.par_chunks_exact(Self::chunk_len(outputs));
        let len = n_pictures * inputs.len();
        let chunks = values.par_chunks_mut(len).zip(x_products).zip(y_products).enumerate();
        chunks.for_each_init(
            || inputs.padded(),
            |padded, (chunk, ((pictures, products), y_products))| {
                arch.dispatch(self.multiply(transformed, [outputs, inputs], y_products, products));
                let plus = plus.map(|plus| &plus[chunk * len..][..pictures.len()]);
                let (side, map) = (inputs, PhantomData::<InputsBack<T, OUT>>);
                arch.dispatch(Scatter::<_, IN, IN> { side, products, padded, pictures, plus, map });
            },
        );
    }

    fn multiply<'a>(
        &self,
        transformed: &'a TransformedFilters,
        sides: [Side; 2],
        from: &'a [f32],
        to: &'a mut [f32],
    ) -> Multiply<'a> {
        let n_rows = (self.n_pictures * self.inputs.n_tiles()).next_multiple_of(ROWS);
        Multiply { transformed, sides, from, to, n_products: IN * IN, n_rows }
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

/// The products of a chunk, summed over channels.
struct Multiply<'a> {
    transformed: &'a TransformedFilters,
    sides: [Side; 2],
    from: &'a [f32],
    to: &'a mut [f32],
    n_products: usize,
    n_rows: usize,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [from, to] = self.sides;
        let strides = [from.stride, to.stride];
        let products = self.from.chunks_exact(from.product_len).zip(self.to.chunks_exact_mut(to.product_len));
        for (i, (a, out)) in products.take(self.n_products).enumerate() {
            let out = &mut out[..self.n_rows * to.stride];
            product::multiply(simd, a, out, strides, self.transformed.of_product(i));
        }
    }
}

/// The gradient of the `i`th transformed.
struct Correlate<'a> {
    sides: [Side; 2],
    /// Products of inputs and of outputs, of all chunks.
    products: &'a [Vec<f32>; 2],
    chunk_tiles: usize,
    i: usize,
    /// Tiles of all chunks.
    n_tiles: usize,
    /// Added to.
    transformed: &'a mut [f32],
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sides: [inputs, outputs], products: [x, y], chunk_tiles, i, .. } = self;
        let chunks = x.chunks_exact(x.len() / N_CHUNKS).zip(y.chunks_exact(y.len() / N_CHUNKS));
        let pairs = chunks.take(self.n_tiles.div_ceil(chunk_tiles)).enumerate().map(|(chunk, (x, y))| {
            let n_tiles = chunk_tiles.min(self.n_tiles - chunk * chunk_tiles);
            let x = &x[i * inputs.product_len..][..n_tiles * inputs.stride];
            [x, &y[i * outputs.product_len..][..n_tiles * outputs.stride]]
        });
        product::correlate(simd, &pairs, [inputs.stride, outputs.stride], outputs.width, self.transformed);
    }
}
