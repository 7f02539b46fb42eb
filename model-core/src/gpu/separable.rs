//! A depthwise 3×3 convolution and a pointwise one, the maps that are added to them, and ReLU, in one dispatch: BlazeFace's
//! blocks. Networks that read faces use `convolution`.
//!
//! A cube computes some pixels: first the depthwise convolution of all their channels, which stays in the cube's own
//! memory, then the product with the pointwise filters.

use cubecl::prelude::*;

use super::{Buffer, CUBE, Gpu, Maps, Outputs, QUAD, Quad, cube, greater, relu};

/// Vectors in a cube's own memory: 12 of the 16 KiB that every browser grants.
const SHARED: usize = 768;
/// Pixels of a cube, at most.
const MAX_PIXELS: usize = 64;
/// Pixels that a unit multiplies at once.
const TILE: usize = 4;

/// The two convolutions with their weights on the GPU. Channels are counted in vectors of [`QUAD`].
#[derive(Debug)]
pub(crate) struct Separable {
    /// `[9, channels in]`, then biases `[channels in]`; `None` without a depthwise convolution.
    depthwise: Option<Buffer>,
    /// `[channels in, channels out]`, then biases `[channels out]`.
    pointwise: Buffer,
    quads_in: usize,
    quads_out: usize,
    /// Stride of the depthwise convolution, 1 or 2.
    stride: usize,
    has_relu: bool,
}

/// Maps that are added to a product, before ReLU or after it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Skip<'a> {
    None,
    /// These maps, with zeros for channels that they lack.
    Same(&'a Maps),
    /// The greatest of each 2×2 pixels of these, with zeros for channels that they lack.
    Pooled(&'a Maps),
    /// After ReLU: these, which have all channels, twice as large by bilinear interpolation.
    Upsampled(&'a Maps),
}

/// Filters and biases of both convolutions.
#[derive(Debug)]
pub(crate) struct Weights {
    /// `[9, channels]` and `[channels]`.
    pub(crate) depthwise: Option<[Vec<f32>; 2]>,
    /// `[channels in, channels out]` and `[channels out]`.
    pub(crate) pointwise: [Vec<f32>; 2],
}

impl Separable {
    /// `stride`: 1 or 2, of the depthwise convolution. `None` if a cube cannot hold the channels.
    pub(crate) fn new(gpu: &Gpu, weights: &Weights, stride: usize, has_relu: bool) -> Option<Self> {
        let [filters, bias] = &weights.pointwise;
        let (n_in, n_out) = (filters.len() / bias.len(), bias.len());
        let (quads_in, quads_out) = (n_in.div_ceil(QUAD), n_out.div_ceil(QUAD));
        let rows = |[filters, bias]: &[Vec<f32>; 2], n_rows| {
            let mut values = padded(filters, bias.len(), n_rows);
            values.extend(padded(bias, bias.len(), 1));
            gpu.upload(&values)
        };
        (quads_in * TILE <= SHARED).then(|| Self {
            depthwise: weights.depthwise.as_ref().map(|depthwise| rows(depthwise, 9)),
            pointwise: rows(&weights.pointwise, quads_in * QUAD),
            quads_in,
            quads_out,
            stride,
            has_relu,
        })
    }

    /// `x`: of a side that the stride divides.
    pub(crate) fn run(&self, gpu: &Gpu, x: &Maps, skip: Skip<'_>) -> Maps {
        let y = gpu.maps(x.n, x.side / self.stride, self.n_out());
        self.launch(gpu, x, skip, &y.values, 0);
        y
    }

    /// Several, each with the maps that it reads.
    pub(crate) fn run_all<'a>(gpu: &Gpu, layers: impl Iterator<Item = (&'a Self, &'a Maps)> + Clone) -> Outputs {
        let lens = layers.clone().map(|(layer, x)| x.n * (x.side / layer.stride).pow(2) * layer.n_out());
        let lens: Vec<usize> = lens.collect();
        let values = gpu.allocate(lens.iter().sum());
        let mut first = 0;
        for ((layer, x), len) in layers.zip(&lens) {
            layer.launch(gpu, x, Skip::None, &values, first);
            first += len;
        }
        Outputs { values, lens }
    }

    /// Writes to `y` from its number `first` on.
    fn launch(&self, gpu: &Gpu, x: &Maps, skip: Skip<'_>, y: &Buffer, first: usize) {
        let side = x.side / self.stride;
        let n_pixels = self.pixels_of_a_cube(side);
        let (mode, skip) = match skip {
            Skip::None => (0, x),
            Skip::Same(maps) => (1, maps),
            Skip::Pooled(maps) => (2, maps),
            Skip::Upsampled(maps) => (3, maps),
        };
        // SAFETY: cubes cover the pixels exactly, and read and write within the maps.
        unsafe {
            convolve_separably::launch_unchecked(
                &gpu.0,
                CubeCount::Static((side * side / n_pixels) as u32, 1, x.n as u32),
                cube(),
                x.values.quads(),
                self.depthwise.as_ref().unwrap_or(&self.pointwise).quads(),
                self.pointwise.quads(),
                skip.values.quads(),
                y.quads(),
                first / QUAD,
                side,
                self.stride,
                self.quads_in,
                self.quads_out,
                skip.channels / QUAD,
                n_pixels,
                u32::from(self.depthwise.is_some()),
                mode,
                u32::from(self.has_relu),
            );
        }
    }

    /// Channels that come out, with those that fill the last vector.
    pub(crate) fn n_out(&self) -> usize {
        self.quads_out * QUAD
    }

    /// As many as a cube has memory for and divide the maps of `side`.
    fn pixels_of_a_cube(&self, side: usize) -> usize {
        let fits = |n: &usize| n * self.quads_in <= SHARED && (side * side).is_multiple_of(*n);
        [MAX_PIXELS, 32, 16, 8].into_iter().find(fits).unwrap_or(TILE)
    }
}

/// Rows of `width` with zeros to whole vectors, and rows of zeros up to `n_rows`.
fn padded(values: &[f32], width: usize, n_rows: usize) -> Vec<f32> {
    let padded_width = width.next_multiple_of(QUAD);
    let mut padded: Vec<f32> = Vec::with_capacity(n_rows * padded_width);
    for row in values.chunks_exact(width) {
        padded.extend(row);
        padded.resize(padded.len().next_multiple_of(QUAD), 0.0);
    }
    padded.resize(n_rows * padded_width, 0.0);
    padded
}

/// `begin`: where the output begins in `y`. `side`: height and width of the output. `mode`: which of [`Skip`], in its order. A cube's third position is the picture.
#[cube(launch_unchecked)]
fn convolve_separably(
    x: &[Quad],
    depthwise: &[Quad],
    pointwise: &[Quad],
    skip: &[Quad],
    y: &mut [Quad],
    begin: usize,
    side: usize,
    stride: usize,
    quads_in: usize,
    quads_out: usize,
    quads_skip: usize,
    n_pixels: usize,
    has_depthwise: u32,
    mode: u32,
    has_relu: u32,
) {
    let unit = UNIT_POS as usize;
    let picture = CUBE_POS_Z as usize;
    let first = CUBE_POS_X as usize * n_pixels;
    let mut inputs = Shared::<[Quad]>::new_slice(SHARED);
    for item in range_stepped(unit, n_pixels * quads_in, CUBE) {
        let quad = item % quads_in;
        let pixel = first + item / quads_in;
        if has_depthwise == 1 {
            inputs[item] = convolve_pixel(x, depthwise, side, stride, quads_in, picture, pixel, quad);
        } else {
            inputs[item] = x[(picture * side * side + pixel) * quads_in + quad];
        }
    }
    sync_cube();
    for item in range_stepped(unit, n_pixels / TILE * quads_out, CUBE) {
        let quad = item % quads_out;
        let tile = item / quads_out * TILE;
        let mut sums = Array::<Quad>::new(TILE);
        for input in 0..quads_in {
            let mut tile_inputs = Sequence::<Quad>::new();
            #[unroll]
            for i in 0..TILE {
                tile_inputs.push(inputs[(tile + i) * quads_in + input]);
            }
            #[unroll]
            for lane in 0..QUAD {
                let filter = pointwise[(input * QUAD + lane) * quads_out + quad];
                #[unroll]
                for i in 0..TILE {
                    sums[i] += filter * Quad::new(tile_inputs.index(i).extract(lane));
                }
            }
        }
        let bias = pointwise[quads_in * QUAD * quads_out + quad];
        #[unroll]
        for i in 0..TILE {
            let pixel = first + tile + i;
            let sum = added(sums[i] + bias, skip, side, quads_skip, picture, pixel, quad, mode, has_relu);
            y[begin + (picture * side * side + pixel) * quads_out + quad] = sum;
        }
    }
}

/// A product after the maps are added to it, before ReLU or after it.
#[cube]
fn added(
    product: Quad,
    skip: &[Quad],
    side: usize,
    quads_skip: usize,
    picture: usize,
    pixel: usize,
    quad: usize,
    mode: u32,
    has_relu: u32,
) -> Quad {
    let mut sum = product;
    if quad < quads_skip {
        if mode == 1 {
            sum += skip[(picture * side * side + pixel) * quads_skip + quad];
        } else if mode == 2 {
            sum += pooled(skip, side, quads_skip, picture, pixel, quad);
        }
    }
    if has_relu == 1 {
        sum = relu(sum);
    }
    if mode == 3 {
        sum += upsampled(skip, side, quads_skip, picture, pixel, quad);
    }
    sum
}

/// A depthwise 3×3 convolution of one pixel, with zeros beyond the maps: as `TensorFlow`'s `SAME` of an even side, what is
/// left over goes to the end.
#[cube]
fn convolve_pixel(
    x: &[Quad],
    filters: &[Quad],
    side: usize,
    stride: usize,
    n_quads: usize,
    picture: usize,
    pixel: usize,
    quad: usize,
) -> Quad {
    let side_in = side * stride;
    let before = 2 - stride;
    let mut sum = filters[9 * n_quads + quad];
    #[unroll]
    for tap in 0..9 {
        // Counted from the first row and column of padding.
        let row = pixel / side * stride + comptime!(tap / 3);
        let column = pixel % side * stride + comptime!(tap % 3);
        let inside_row = clamp(row, before, side_in + before - 1);
        let inside_column = clamp(column, before, side_in + before - 1);
        let at = (picture * side_in + inside_row - before) * side_in + inside_column - before;
        let value = select(inside_row == row && inside_column == column, x[at * n_quads + quad], Quad::new(0.0));
        sum += filters[tap * n_quads + quad] * value;
    }
    sum
}

/// The greatest of four pixels of maps of twice the `side`.
#[cube]
fn pooled(x: &[Quad], side: usize, n_quads: usize, picture: usize, pixel: usize, quad: usize) -> Quad {
    let at = (picture * 2 * side + pixel / side * 2) * 2 * side + pixel % side * 2;
    let above = greater(x[at * n_quads + quad], x[(at + 1) * n_quads + quad]);
    let below = at + 2 * side;
    greater(above, greater(x[below * n_quads + quad], x[(below + 1) * n_quads + quad]))
}

/// A pixel of maps of half the `side` that are made twice as large: three quarters of the nearest row and column, a
/// quarter of the next.
#[cube]
fn upsampled(x: &[Quad], side: usize, n_quads: usize, picture: usize, pixel: usize, quad: usize) -> Quad {
    let half = side / 2;
    let row = pixel / side;
    let column = pixel % side;
    let near = (picture * half + row / 2) * half;
    let far = (picture * half + next_to(row, half)) * half;
    let next = next_to(column, half);
    let most = Quad::new(0.75);
    let rest = Quad::new(0.25);
    let of_near = most * x[(near + column / 2) * n_quads + quad] + rest * x[(near + next) * n_quads + quad];
    let of_far = most * x[(far + column / 2) * n_quads + quad] + rest * x[(far + next) * n_quads + quad];
    most * of_near + rest * of_far
}

/// The row or column of a small map that is second to nearest to `at` of the large one.
#[cube]
fn next_to(at: usize, half: usize) -> usize {
    // One too large until the end: a `usize` is never -1.
    clamp(at / 2 + 2 * (at % 2), 1, half) - 1
}
