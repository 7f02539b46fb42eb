//! A convolution with zero padding, its bias, ReLU and, where it follows, 2×2 max-pooling: one dispatch.

use burn::cubecl::{self, prelude::*};

use super::{CUBE, Gpu, Maps, QUAD, Quad, cube, greater, relu};

/// Rows of the block of pixels that a unit computes, for [`QUAD`] channels.
const ROWS: usize = 2;
/// Its columns: the first that divide the side, for the more of them, the less is read for each pixel.
const COLUMNS: [usize; 2] = [6, 2];

/// A convolution with its weights on the GPU.
#[derive(Debug)]
pub(crate) struct Convolution {
    /// `[channels in, kernel * kernel, channels out]`.
    filters: super::Buffer,
    /// `[channels out]`.
    bias: super::Buffer,
    geometry: Geometry,
}

/// How a convolution goes over maps. As `TensorFlow`'s `SAME`, it keeps the size at stride 1 and halves it at stride 2,
/// and of an odd padding the larger half is at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Geometry {
    /// Side of the filters, pixels.
    pub(crate) kernel: usize,
    /// 1 or 2.
    pub(crate) stride: usize,
    /// Whether 2×2 max-pooling follows.
    pub(crate) pools: bool,
}

impl Convolution {
    /// `filter_at(tap, input, output)`: the weight at row `tap / kernel` and column `tap % kernel`. `None` if channels out
    /// are not whole vectors.
    pub(crate) fn new(
        gpu: &Gpu,
        geometry: Geometry,
        n_in: usize,
        bias: &[f32],
        filter_at: impl Fn(usize, usize, usize) -> f32,
    ) -> Option<Self> {
        let (n_taps, n_out) = (geometry.kernel.pow(2), bias.len());
        let at = |i: usize| filter_at(i / n_out % n_taps, i / n_out / n_taps, i % n_out);
        let filters: Vec<f32> = (0..n_in * n_taps * n_out).map(at).collect();
        let fits = n_out.is_multiple_of(QUAD);
        fits.then(|| Self { filters: gpu.upload(&filters), bias: gpu.upload(bias), geometry })
    }

    /// `x`: of an even side after the stride, and of `n_in` channels.
    pub(crate) fn run(&self, gpu: &Gpu, x: &Maps) -> Maps {
        let Geometry { stride, pools, .. } = self.geometry;
        let side = x.side / stride;
        let columns = COLUMNS.into_iter().find(|columns| side.is_multiple_of(*columns)).unwrap_or(1);
        let n_quads = self.bias.len / QUAD;
        let y = gpu.maps(x.n, if pools { side / 2 } else { side }, self.bias.len);
        let n_units = (side / ROWS) * (side / columns) * n_quads;
        let cubes = CubeCount::Static(n_units.div_ceil(CUBE) as u32, 1, x.n as u32);
        // SAFETY: units beyond the last block stop, the others read and write within the maps.
        unsafe {
            convolve::launch_unchecked(
                &gpu.0,
                cubes,
                cube(),
                x.values.scalars(),
                self.filters.quads(),
                self.bias.quads(),
                y.values.quads(),
                side,
                x.channels,
                n_quads,
                columns,
                self.geometry,
            );
        }
        y
    }
}

/// One unit computes a block of pixels for a vector of channels. Neighbours in a cube compute other channels of the same
/// block, so that they read the same pixels, and weights side by side.
///
/// `side`: before pooling. `n_quads`: vectors of channels out. A cube's third position is the picture.
#[cube(launch_unchecked)]
fn convolve(
    x: &[f32],
    filters: &[Quad],
    bias: &[Quad],
    y: &mut [Quad],
    side: usize,
    n_in: usize,
    n_quads: usize,
    #[comptime] columns: usize,
    #[comptime] geometry: Geometry,
) {
    let kernel = comptime!(geometry.kernel);
    let stride = comptime!(geometry.stride);
    let patch_rows = comptime!((ROWS - 1) * stride + kernel);
    let patch_columns = comptime!((columns - 1) * stride + kernel);
    let before = comptime!((kernel - stride) / 2);

    let blocks_across = side / columns;
    let unit = ABSOLUTE_POS_X as usize;
    if unit >= side / ROWS * blocks_across * n_quads {
        terminate!();
    }
    let quad = unit % n_quads;
    let block = unit / n_quads;
    let top = block / blocks_across * ROWS;
    let left = block % blocks_across * columns;
    let picture = CUBE_POS_Z as usize;

    // Where the pixels of the patch are, and whether they are in the maps: those beyond are zero.
    let side_in = side * stride;
    let mut at = Sequence::<usize>::new();
    let mut is_inside = Sequence::<bool>::new();
    #[unroll]
    for row in 0..patch_rows {
        // Counted from the first row and column of padding.
        let padded_row = top * stride + row;
        let inside_row = clamp(padded_row, before, side_in + before - 1);
        #[unroll]
        for column in 0..patch_columns {
            let padded_column = left * stride + column;
            let inside_column = clamp(padded_column, before, side_in + before - 1);
            at.push(((picture * side_in + inside_row - before) * side_in + inside_column - before) * n_in);
            is_inside.push(inside_row == padded_row && inside_column == padded_column);
        }
    }

    let mut sums = Array::<Quad>::new(comptime!(ROWS * columns));
    for channel in 0..n_in {
        let mut patch = Sequence::<f32>::new();
        #[unroll]
        for i in 0..comptime!(patch_rows * patch_columns) {
            patch.push(select(*is_inside.index(i), x[*at.index(i) + channel], 0.0));
        }
        #[unroll]
        for tap in 0..comptime!(kernel * kernel) {
            let filter = filters[(channel * comptime!(kernel * kernel) + tap) * n_quads + quad];
            #[unroll]
            for i in 0..comptime!(ROWS * columns) {
                let row = comptime!(i / columns * stride + tap / kernel);
                let column = comptime!(i % columns * stride + tap % kernel);
                sums[i] += filter * Quad::new(*patch.index(comptime!(row * patch_columns + column)));
            }
        }
    }

    let bias = bias[quad];
    if comptime!(geometry.pools) {
        let pooled_side = side / 2;
        #[unroll]
        for i in 0..comptime!(columns / 2) {
            let above = greater(sums[comptime!(2 * i)], sums[comptime!(2 * i + 1)]);
            let below = greater(sums[comptime!(columns + 2 * i)], sums[comptime!(columns + 2 * i + 1)]);
            let pixel = (picture * pooled_side + top / 2) * pooled_side + left / 2 + i;
            y[pixel * n_quads + quad] = relu(greater(above, below) + bias);
        }
    } else {
        #[unroll]
        for i in 0..comptime!(ROWS * columns) {
            let pixel = (picture * side + top + comptime!(i / columns)) * side + left + comptime!(i % columns);
            y[pixel * n_quads + quad] = relu(sums[i] + bias);
        }
    }
}
