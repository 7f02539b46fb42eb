//! A convolution with zero padding, its bias, maps that are added, ReLU and, where it follows, 2×2 max-pooling, in one
//! dispatch.

use cubecl::prelude::*;

use super::{Buffer, Gpu, Maps, QUAD, Quad, cube, cubes, greater, relu};

/// Rows of the block of pixels that a unit computes, for [`QUAD`] channels.
const ROWS: usize = 2;

/// Columns of the block in maps of an even `side`. The more there are, the less is read for each pixel.
fn columns(side: usize) -> usize {
    if side.is_multiple_of(6) { 6 } else { 2 }
}

/// A convolution with its weights on the GPU.
#[derive(Debug)]
pub(crate) struct Convolution {
    /// `[channels in, kernel * kernel, channels out]`.
    filters: Buffer,
    /// `[channels out]`.
    bias: Buffer,
    /// Height and width of the output before pooling, pixels; even.
    side: usize,
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
    /// Whether maps are added before the ReLU; at stride 1.
    pub(crate) adds: bool,
}

impl Convolution {
    /// `side`: of the maps that it reads, pixels. `filter_at(tap, input, output)`: the weight at row `tap / kernel` and
    /// column `tap % kernel`. `None` if blocks do not cover the maps, or channels out are not whole vectors.
    pub(crate) fn new(
        gpu: &Gpu,
        geometry: Geometry,
        side: usize,
        n_in: usize,
        bias: &[f32],
        filter_at: impl Fn(usize, usize, usize) -> f32,
    ) -> Option<Self> {
        let (n_taps, n_out) = (geometry.kernel.pow(2), bias.len());
        let at = |i: usize| filter_at(i / n_out % n_taps, i / n_out / n_taps, i % n_out);
        let filters: Vec<f32> = (0..n_in * n_taps * n_out).map(at).collect();
        let side = side / geometry.stride;
        let fits = n_out.is_multiple_of(QUAD) && side.is_multiple_of(ROWS);
        fits.then(|| Self { filters: gpu.upload(&filters), bias: gpu.upload(bias), side, geometry })
    }

    /// `x`: of the side and the channels that `new` was told. `skip`: the maps that are added, of the size before pooling.
    pub(crate) fn run(&self, gpu: &Gpu, x: &Maps, skip: Option<&Maps>) -> Maps {
        let (side, columns) = (self.side, columns(self.side));
        let n_quads = self.bias.len / QUAD;
        let y = gpu.maps(x.n, if self.geometry.pools { side / 2 } else { side }, self.bias.len);
        let n_units = (side / ROWS) * (side / columns) * n_quads;
        // SAFETY: units beyond the last block stop, the others read and write within the maps.
        unsafe {
            convolve::launch_unchecked(
                &gpu.0,
                cubes(n_units, x.n),
                cube(),
                x.values.scalars(),
                self.filters.quads(),
                self.bias.quads(),
                skip.unwrap_or(x).values.quads(),
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
/// `side`: before pooling. `n_quads`: vectors of channels out. `skip` is read only if the geometry adds it. A cube's third
/// position is the picture.
#[cube(launch_unchecked)]
fn convolve(
    x: &[f32],
    filters: &[Quad],
    bias: &[Quad],
    skip: &[Quad],
    y: &mut [Quad],
    side: usize,
    n_in: usize,
    n_quads: usize,
    #[comptime] columns: usize,
    #[comptime] geometry: Geometry,
) {
    let blocks_across = side / columns;
    let unit = ABSOLUTE_POS_X as usize;
    if unit >= side / ROWS * blocks_across * n_quads {
        terminate!();
    }
    let quad = unit % n_quads;
    let block = unit / n_quads;
    let at = Block {
        picture: CUBE_POS_Z as usize,
        top: block / blocks_across * ROWS,
        left: block % blocks_across * columns,
    };
    let patch = patch(&at, side, n_in, columns, geometry);
    let mut sums = Array::<Quad>::new(comptime!(ROWS * columns));
    for channel in 0..n_in {
        let mut pixels = Sequence::<f32>::new();
        #[unroll]
        for i in 0..patch.starts.len() {
            pixels.push(select(*patch.is_inside.index(i), x[*patch.starts.index(i) + channel], 0.0));
        }
        let kernel = comptime!(geometry.kernel);
        #[unroll]
        for tap in 0..comptime!(kernel * kernel) {
            let filter = filters[(channel * comptime!(kernel * kernel) + tap) * n_quads + quad];
            #[unroll]
            for i in 0..comptime!(ROWS * columns) {
                let row = comptime!(i / columns * geometry.stride + tap / kernel);
                let column = comptime!(i % columns * geometry.stride + tap % kernel);
                let patch_columns = comptime!((columns - 1) * geometry.stride + kernel);
                sums[i] += filter * Quad::new(*pixels.index(comptime!(row * patch_columns + column)));
            }
        }
    }
    if comptime!(geometry.adds) {
        #[unroll]
        for i in 0..comptime!(ROWS * columns) {
            sums[i] += skip[at.pixel(i, side, columns) * n_quads + quad];
        }
    }
    if comptime!(geometry.pools) {
        write_pooled(sums, bias[quad], y, &at, side, n_quads, quad, columns);
    } else {
        write(sums, bias[quad], y, &at, side, n_quads, quad, columns);
    }
}

/// Where a block of pixels is.
#[derive(CubeType)]
struct Block {
    picture: usize,
    top: usize,
    left: usize,
}

#[cube]
impl Block {
    /// The index of its pixel `i`, counted row by row, in all maps of `side`.
    fn pixel(&self, #[comptime] i: usize, side: usize, #[comptime] columns: usize) -> usize {
        let row = self.picture * side + self.top + comptime!(i / columns);
        row * side + self.left + comptime!(i % columns)
    }
}

/// The pixels that a block reads, row by row: the index of each one's first channel, and whether it is in the maps.
/// Pixels beyond the maps are zero.
#[derive(CubeType)]
struct Patch {
    starts: Sequence<usize>,
    is_inside: Sequence<bool>,
}

#[cube]
fn patch(block: &Block, side: usize, n_in: usize, #[comptime] columns: usize, #[comptime] geometry: Geometry) -> Patch {
    let kernel = comptime!(geometry.kernel);
    let stride = comptime!(geometry.stride);
    let before = comptime!((kernel - stride) / 2);
    let side_in = side * stride;
    let mut starts = Sequence::<usize>::new();
    let mut is_inside = Sequence::<bool>::new();
    #[unroll]
    for row in 0..comptime!((ROWS - 1) * stride + kernel) {
        // Counted from the first row and column of padding.
        let padded_row = block.top * stride + row;
        let inside_row = clamp(padded_row, before, side_in + before - 1);
        #[unroll]
        for column in 0..comptime!((columns - 1) * stride + kernel) {
            let padded_column = block.left * stride + column;
            let inside_column = clamp(padded_column, before, side_in + before - 1);
            let pixel = (block.picture * side_in + inside_row - before) * side_in + inside_column - before;
            starts.push(pixel * n_in);
            is_inside.push(inside_row == padded_row && inside_column == padded_column);
        }
    }
    Patch { starts, is_inside }
}

#[cube]
fn write(
    sums: Array<Quad>,
    bias: Quad,
    y: &mut [Quad],
    block: &Block,
    side: usize,
    n_quads: usize,
    quad: usize,
    #[comptime] columns: usize,
) {
    #[unroll]
    for i in 0..comptime!(ROWS * columns) {
        y[block.pixel(i, side, columns) * n_quads + quad] = relu(sums[i] + bias);
    }
}

/// The greatest of each 2×2 pixels of a block of two rows.
#[cube]
fn write_pooled(
    sums: Array<Quad>,
    bias: Quad,
    y: &mut [Quad],
    block: &Block,
    side: usize,
    n_quads: usize,
    quad: usize,
    #[comptime] columns: usize,
) {
    let row = block.picture * (side / 2) + block.top / 2;
    #[unroll]
    for i in 0..comptime!(columns / 2) {
        let above = greater(sums[comptime!(2 * i)], sums[comptime!(2 * i + 1)]);
        let below = greater(sums[comptime!(columns + 2 * i)], sums[comptime!(columns + 2 * i + 1)]);
        let pixel = row * (side / 2) + block.left / 2 + i;
        y[pixel * n_quads + quad] = relu(greater(above, below) + bias);
    }
}
