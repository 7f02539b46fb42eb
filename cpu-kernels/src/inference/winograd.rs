//! A 3×3 convolution of stride 1 that keeps the size, with bias, ReLU and, if wanted, max-pooling.
//!
//! Squares of pixels are transformed so that a convolution becomes a product for each of their places (Lavin and Gray
//! 2015, algorithm 1): 2.25 or 4 times fewer multiplications than taps ask for.

mod tile;

use wide::f32x4;

use super::{
    maps::{FeatureMaps, LANES, greater, relu},
    matrix::PackedMatrix,
};
use tile::{TAPS, four, two};

/// Side of the square of outputs that is made at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tile {
    Two,
    Four,
}

impl Tile {
    /// The one of fewest multiplications on maps of `side` pixels; the smaller one on ties, since its weights are fewer.
    fn best(side: usize) -> Self {
        let cost = |outputs: usize| (side.div_ceil(outputs) * (outputs + TAPS - 1)).pow(2);
        if cost(2) <= cost(4) { Self::Two } else { Self::Four }
    }

    fn outputs(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }
}

/// A convolution with its weights as they are used.
#[derive(Debug)]
pub struct Convolution {
    tile: Tile,
    /// Vectors of a pixel that come in.
    n_in: usize,
    /// Whether the greatest of each 2×2 pixels is taken.
    pools: bool,
    /// A matrix for each place of a transformed square.
    places: Vec<PackedMatrix>,
    /// A vector for each four channels out.
    bias: Vec<f32x4>,
}

/// Room for transformed squares.
#[derive(Debug, Default)]
pub struct Scratch {
    /// `[places, tiles, vectors in]`.
    inputs: Vec<[f32; LANES]>,
    /// `[places, tiles, vectors out]`.
    products: Vec<f32x4>,
}

impl Convolution {
    /// `weight`: `[channels out, channels in, 3, 3]`; channels out a multiple of [`LANES`], those in filled up to one
    /// with zeros. `side`: of the maps that are most often convolved, in pixels.
    pub fn new(weight: &[f32], bias: &[f32], side: usize, pools: bool) -> Self {
        let tile = Tile::best(side);
        let places = match tile {
            Tile::Two => places(&two::FILTER, weight, bias.len()),
            Tile::Four => places(&four::FILTER, weight, bias.len()),
        };
        let n_in = (weight.len() / bias.len() / (TAPS * TAPS)).div_ceil(LANES);
        let bias = bias.as_chunks::<LANES>().0.iter().map(|&lanes| f32x4::new(lanes)).collect();
        Self { tile, n_in, pools, places, bias }
    }

    /// Side of the squares that its input must be made of: see [`FeatureMaps::clear`].
    pub fn tile(&self) -> usize {
        self.tile.outputs()
    }

    /// Height and width of its output for maps of this height and width.
    pub fn sides(&self, sides: [usize; 2]) -> [usize; 2] {
        if self.pools { sides.map(|side| side / 2) } else { sides }
    }

    /// Vectors of a pixel of its output.
    pub fn depth(&self) -> usize {
        self.bias.len()
    }

    /// The convolution of `x` into `y`, which was cleared for it.
    pub fn run(&self, x: &FeatureMaps, y: &mut FeatureMaps, scratch: &mut Scratch) {
        match self.tile {
            Tile::Two => self.transform::<2, 4>(x, y, scratch, two::input, two::output),
            Tile::Four => self.transform::<4, 6>(x, y, scratch, four::input, four::output),
        }
    }

    #[inline(always)]
    fn transform<const OUT: usize, const IN: usize>(
        &self,
        x: &FeatureMaps,
        y: &mut FeatureMaps,
        scratch: &mut Scratch,
        input: impl Fn([f32x4; IN]) -> [f32x4; IN] + Copy,
        output: impl Fn([f32x4; IN]) -> [f32x4; OUT] + Copy,
    ) {
        let n_tiles = x.height.div_ceil(OUT) * x.width.div_ceil(OUT);
        scratch.inputs.resize(IN * IN * n_tiles * self.n_in, [0.0; LANES]);
        scratch.products.resize(IN * IN * n_tiles * self.depth(), f32x4::ZERO);
        self.gather::<OUT, IN>(x, &mut scratch.inputs, input);
        let inputs = scratch.inputs.chunks_exact(n_tiles * self.n_in);
        let products = scratch.products.chunks_exact_mut(n_tiles * self.depth());
        for ((weights, inputs), products) in self.places.iter().zip(inputs).zip(products) {
            weights.multiply(inputs.as_flattened(), products);
        }
        self.scatter::<OUT, IN>(&scratch.products, [x.height, x.width], y, output);
    }

    /// Transforms every square of `x`.
    #[inline(always)]
    fn gather<const OUT: usize, const IN: usize>(
        &self,
        x: &FeatureMaps,
        inputs: &mut [[f32; LANES]],
        input: impl Fn([f32x4; IN]) -> [f32x4; IN] + Copy,
    ) {
        let step = inputs.len() / (IN * IN); // from a place to the next
        for (idx, corner) in corners::<OUT>([x.height, x.width]).enumerate() {
            for channels in 0..self.n_in {
                let rows = x.square::<IN>(corner, channels).map(input);
                let at = idx * self.n_in + channels;
                for column in 0..IN {
                    let places = input(std::array::from_fn(|row| rows[row][column]));
                    for (row, value) in places.into_iter().enumerate() {
                        inputs[(row * IN + column) * step + at] = value.to_array();
                    }
                }
            }
        }
    }

    /// Transforms every square back, into the pixels of `y`. `sides`: height and width before pooling.
    #[inline(always)]
    fn scatter<const OUT: usize, const IN: usize>(
        &self,
        products: &[f32x4],
        sides: [usize; 2],
        y: &mut FeatureMaps,
        output: impl Fn([f32x4; IN]) -> [f32x4; OUT] + Copy,
    ) {
        let step = products.len() / (IN * IN);
        for (idx, [top, left]) in corners::<OUT>(sides).enumerate() {
            for (channels, &bias) in self.bias.iter().enumerate() {
                let at = idx * self.depth() + channels;
                let rows: [[f32x4; OUT]; IN] = std::array::from_fn(|row| {
                    output(std::array::from_fn(|column| products[(row * IN + column) * step + at]))
                });
                // The pixel at `y`, `x` is `square[x][y]`.
                let square: [[f32x4; OUT]; OUT] =
                    std::array::from_fn(|x| output(std::array::from_fn(|row| rows[row][x])));
                if self.pools {
                    for (i, j) in (0..OUT / 2).flat_map(|i| (0..OUT / 2).map(move |j| (i, j))) {
                        let [left_two, right_two] =
                            [2 * j, 2 * j + 1].map(|x| greater(square[x][2 * i], square[x][2 * i + 1]));
                        let value = relu(greater(left_two, right_two) + bias);
                        y.set(top / 2 + i, left / 2 + j, channels, value);
                    }
                } else {
                    for (i, j) in (0..OUT).flat_map(|i| (0..OUT).map(move |j| (i, j))) {
                        y.set(top + i, left + j, channels, relu(square[j][i] + bias));
                    }
                }
            }
        }
    }
}

/// Top-left corners of the squares of side `OUT` that cover height and width, row by row.
#[inline(always)]
fn corners<const OUT: usize>([height, width]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    (0..height).step_by(OUT).flat_map(move |top| (0..width).step_by(OUT).map(move |left| [top, left]))
}

/// The transformed filters, `filter · weight · filterᵀ` of each, as a matrix for each place.
fn places<const IN: usize>(filter: &[[f64; TAPS]; IN], weight: &[f32], n_out: usize) -> Vec<PackedMatrix> {
    let n_in = weight.len() / n_out / (TAPS * TAPS);
    let taps = |input: usize, output: usize| &weight[(output * n_in + input) * TAPS * TAPS..][..TAPS * TAPS];
    let place = |idx: usize| {
        let (down, across) = (filter[idx / IN], filter[idx % IN]);
        let factors: [f64; TAPS * TAPS] = std::array::from_fn(|tap| down[tap / TAPS] * across[tap % TAPS]);
        PackedMatrix::new(n_in.next_multiple_of(LANES), n_out / LANES, |input, output| {
            if input >= n_in {
                return 0.0;
            }
            taps(input, output).iter().zip(factors).map(|(&tap, factor)| f64::from(tap) * factor).sum::<f64>() as f32
        })
    };
    (0..IN * IN).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not random, and nowhere zero.
    fn numbers(n: usize, step: f32) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * step).sin() + 0.01).collect()
    }

    /// `relu(conv(x) + bias)` by the definition: the value of a pixel of one channel out.
    fn by_definition(
        x: &[f32],
        [height, width]: [usize; 2],
        (weight, bias): (&[f32], f32),
        [y, left]: [usize; 2],
    ) -> f32 {
        let taps = weight.chunks_exact(TAPS * TAPS).zip(x.chunks_exact(height * width)).flat_map(|(taps, map)| {
            taps.iter().enumerate().filter_map(move |(tap, &weight)| {
                let (y, x) = ((y + tap / TAPS).checked_sub(1)?, (left + tap % TAPS).checked_sub(1)?);
                (y < height && x < width).then(|| f64::from(weight) * f64::from(map[y * width + x]))
            })
        });
        ((taps.sum::<f64>() + f64::from(bias)) as f32).max(0.0)
    }

    #[test]
    fn a_convolution_is_that_of_the_definition() {
        // The side it is made for chooses the tile; channels of no whole block; odd sides.
        let sizes = [([1, 12], [9, 7]), ([4, 20], [6, 6]), ([6, 8], [5, 10]), ([9, 4], [1, 3])];
        for (([n_in, n_out], sides), pools, side) in
            sizes.into_iter().flat_map(|size| [(size, false, 6), (size, true, 6), (size, false, 48), (size, true, 48)])
        {
            let [weight, bias] = [(n_out * n_in * TAPS * TAPS, 0.41), (n_out, 0.9)].map(|(n, step)| numbers(n, step));
            let x = numbers(n_in * sides[0] * sides[1], 0.37);
            let convolution = Convolution::new(&weight, &bias, side, pools);
            let (mut from, mut to) = (FeatureMaps::default(), FeatureMaps::default());
            from.clear(sides, n_in.div_ceil(LANES), convolution.tile());
            from.fill_channels(&x);
            let [height, width] = convolution.sides(sides);
            to.clear([height, width], convolution.depth(), 1);
            convolution.run(&from, &mut to, &mut Scratch::default());
            for (channel, (weight, &bias)) in weight.chunks_exact(n_in * TAPS * TAPS).zip(&bias).enumerate() {
                for (i, j) in (0..height).flat_map(|i| (0..width).map(move |j| (i, j))) {
                    let at = |pixel| by_definition(&x, sides, (weight, bias), pixel);
                    let expected = if pools {
                        let [y, x] = [2 * i, 2 * j];
                        [[y, x], [y, x + 1], [y + 1, x], [y + 1, x + 1]].map(at).into_iter().fold(0.0, f32::max)
                    } else {
                        at([i, j])
                    };
                    let actual = to.value(i, j, channel);
                    // Sums of at most 81 products of numbers near 1.
                    assert!((actual - expected).abs() < 1e-4, "{sides:?} {n_in} {n_out} {pools}: {actual} {expected}");
                }
            }
        }
    }

    #[test]
    fn small_maps_are_made_of_small_tiles() {
        let tiles = [48, 24, 12, 6, 3].map(Tile::best);
        assert_eq!(tiles, [Tile::Four, Tile::Four, Tile::Four, Tile::Two, Tile::Four]);
    }
}
