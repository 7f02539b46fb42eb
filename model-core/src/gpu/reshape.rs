//! What a network does between two convolutions and a convolution does not include: max-pooling by itself, pixels that are
//! repeated, maps side by side. Channels are counted in vectors of [`QUAD`](super::QUAD).

use cubecl::prelude::*;

use super::{Gpu, Maps, QUAD, Quad, cube, cubes, greater};

/// The greatest of each 2×2 pixels; a last odd row or column is left out.
pub(super) fn max_pool(gpu: &Gpu, x: &Maps) -> Maps {
    let y = gpu.maps(x.n, x.side / 2, x.channels);
    // SAFETY: units beyond the last pixel stop, the others read and write within the maps.
    unsafe {
        pool::launch_unchecked(
            &gpu.0,
            cubes(y.side * y.side * y.channels / QUAD, y.n),
            cube(),
            x.values.quads(),
            y.values.quads(),
            x.side,
            y.side,
            y.channels / QUAD,
        );
    }
    y
}

/// `x` with each pixel repeated to `scale` × `scale`, and the channels of `other` after its own, which is of that size.
pub(super) fn join(gpu: &Gpu, x: &Maps, scale: usize, other: Option<&Maps>) -> Maps {
    let channels = x.channels + other.map_or(0, |other| other.channels);
    let y = gpu.maps(x.n, scale * x.side, channels);
    // SAFETY: units beyond the last pixel stop, the others read and write within the maps.
    unsafe {
        repeat_and_append::launch_unchecked(
            &gpu.0,
            cubes(y.side * y.side * channels / QUAD, y.n),
            cube(),
            x.values.quads(),
            other.unwrap_or(x).values.quads(),
            y.values.quads(),
            y.side,
            scale,
            x.channels / QUAD,
            channels / QUAD,
        );
    }
    y
}

#[cube(launch_unchecked)]
fn pool(x: &[Quad], y: &mut [Quad], side_in: usize, side: usize, n_quads: usize) {
    let unit = ABSOLUTE_POS_X as usize;
    if unit >= side * side * n_quads {
        terminate!();
    }
    let quad = unit % n_quads;
    let pixel = unit / n_quads;
    let picture = CUBE_POS_Z as usize;
    let at = (picture * side_in + pixel / side * 2) * side_in + pixel % side * 2;
    let above = greater(x[at * n_quads + quad], x[(at + 1) * n_quads + quad]);
    let below = at + side_in;
    let below = greater(x[below * n_quads + quad], x[(below + 1) * n_quads + quad]);
    y[picture * side * side * n_quads + unit] = greater(above, below);
}

/// `side`: of `other` and of the output.
#[cube(launch_unchecked)]
fn repeat_and_append(
    x: &[Quad],
    other: &[Quad],
    y: &mut [Quad],
    side: usize,
    scale: usize,
    quads_x: usize,
    n_quads: usize,
) {
    let unit = ABSOLUTE_POS_X as usize;
    if unit >= side * side * n_quads {
        terminate!();
    }
    let quad = unit % n_quads;
    let pixel = unit / n_quads;
    let picture = CUBE_POS_Z as usize;
    let at = picture * side * side * n_quads + unit;
    if quad < quads_x {
        let side_x = side / scale;
        let from = (picture * side_x + pixel / side / scale) * side_x + pixel % side / scale;
        y[at] = x[from * quads_x + quad];
    } else {
        y[at] = other[(picture * side * side + pixel) * (n_quads - quads_x) + quad - quads_x];
    }
}
