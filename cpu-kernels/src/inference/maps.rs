//! Feature maps of one picture, channels innermost, with the border of zeros that a convolution reads.

use wide::f32x4;

/// Channels in a vector.
pub const LANES: usize = 4;

/// Feature maps of one picture: pixel after pixel, each as the vectors of all its channels.
#[derive(Clone, Debug, Default)]
pub struct FeatureMaps {
    /// Pixels from top to bottom, without the border.
    pub(super) height: usize,
    /// Pixels from left to right, without the border.
    pub(super) width: usize,
    /// Vectors of a pixel.
    pub(super) depth: usize,
    /// Pixels of a row, with the border.
    stride: usize,
    values: Vec<f32x4>,
}

impl FeatureMaps {
    /// Makes room for `height`×`width` pixels of `depth` vectors, all zero, with a border of one pixel around as many
    /// whole squares of side `tile` as the pixels need.
    pub fn clear(&mut self, [height, width]: [usize; 2], depth: usize, tile: usize) {
        let rows = height.next_multiple_of(tile) + 2;
        let stride = width.next_multiple_of(tile) + 2;
        self.values.clear();
        self.values.resize(rows * stride * depth, f32x4::ZERO);
        (self.height, self.width, self.depth, self.stride) = (height, width, depth, stride);
    }

    /// Makes room for `height`×`width` pixels of `depth` vectors, with a border of one pixel that is zero. The pixels are
    /// as they come: all of them are to be written.
    pub(super) fn frame(&mut self, [height, width]: [usize; 2], depth: usize) {
        let stride = width + 2;
        let len = (height + 2) * stride * depth;
        // Never fewer: what was given up would be filled with zeros again for the next large maps.
        if self.values.len() < len {
            self.values.resize(len, f32x4::ZERO);
        }
        (self.height, self.width, self.depth, self.stride) = (height, width, depth, stride);
        let mut rows = self.values[..len].chunks_exact_mut(stride * depth);
        [rows.next(), rows.next_back()].into_iter().flatten().for_each(|row| row.fill(f32x4::ZERO));
        for row in rows {
            row[..depth].fill(f32x4::ZERO);
            row[(width + 1) * depth..].fill(f32x4::ZERO);
        }
    }

    /// The vectors of line `y` of the maps with their border, from its left border.
    #[inline(always)]
    pub(super) fn line(&self, y: usize) -> &[f32x4] {
        &self.values[y * self.stride * self.depth..][..self.stride * self.depth]
    }

    /// The vectors of the pixels of row `y`.
    #[inline(always)]
    pub(super) fn row(&self, y: usize) -> &[f32x4] {
        &self.values[self.at(y, 0)..self.at(y, self.width)]
    }

    /// The vectors of the pixels of row `y`.
    #[inline(always)]
    pub(super) fn row_mut(&mut self, y: usize) -> &mut [f32x4] {
        let pixels = self.at(y, 0)..self.at(y, self.width);
        &mut self.values[pixels]
    }

    /// The first channel of every pixel; the others are zero.
    pub fn fill(&mut self, levels: &[f32]) {
        for (y, row) in levels.chunks_exact(self.width).enumerate() {
            for (x, &level) in row.iter().enumerate() {
                let at = self.at(y, x);
                self.values[at] = f32x4::new([level, 0.0, 0.0, 0.0]);
            }
        }
    }

    /// Vector `channels` of the pixels of the square whose top-left corner, with its border, is at `top`, `left`.
    #[inline(always)]
    pub(super) fn square<const SIDE: usize>(&self, [top, left]: [usize; 2], channels: usize) -> [[f32x4; SIDE]; SIDE] {
        std::array::from_fn(|y| {
            let row = ((top + y) * self.stride + left) * self.depth + channels;
            std::array::from_fn(|x| self.values[row + x * self.depth])
        })
    }

    /// Writes a vector of the pixel at `y`, `x`, if there is such a pixel.
    #[inline(always)]
    pub(super) fn set(&mut self, y: usize, x: usize, channels: usize, value: f32x4) {
        if y < self.height && x < self.width {
            let at = self.at(y, x) + channels;
            self.values[at] = value;
        }
    }

    /// The mean of each channel.
    pub fn means(&self) -> Vec<f32> {
        let mut sums = vec![f32x4::ZERO; self.depth];
        for y in 0..self.height {
            let row = &self.values[self.at(y, 0)..self.at(y, self.width)];
            for pixel in row.chunks_exact(self.depth) {
                sums.iter_mut().zip(pixel).for_each(|(sum, &vector)| *sum += vector);
            }
        }
        let n_pixels = (self.height * self.width) as f32;
        sums.iter().flat_map(|sum| sum.to_array()).map(|sum| sum / n_pixels).collect()
    }

    /// Where the first vector of the pixel at `y`, `x` is.
    #[inline(always)]
    fn at(&self, y: usize, x: usize) -> usize {
        ((y + 1) * self.stride + x + 1) * self.depth
    }
}

/// A vector for each four numbers, the last filled up with zeros.
pub(super) fn vectors(numbers: &[f32]) -> Vec<f32x4> {
    let vector = |chunk: &[f32]| f32x4::new(std::array::from_fn(|lane| chunk.get(lane).copied().unwrap_or(0.0)));
    numbers.chunks(LANES).map(vector).collect()
}

/// Maximum; returns `a` on ties and NaN.
#[inline(always)]
pub(super) fn greater(a: f32x4, b: f32x4) -> f32x4 {
    a.simd_lt(b).bitselect(b, a)
}

/// Maximum with zero; NaN stays NaN.
#[inline(always)]
pub(super) fn relu(x: f32x4) -> f32x4 {
    !x.simd_lt(f32x4::ZERO) & x
}

#[cfg(test)]
mod tests {
    use super::*;

    impl FeatureMaps {
        /// All channels, `[channels, height, width]`.
        pub(in super::super) fn fill_channels(&mut self, x: &[f32]) {
            let n_pixels = self.height * self.width;
            for (i, &value) in x.iter().enumerate() {
                let (channel, y, x) = (i / n_pixels, i % n_pixels / self.width, i % self.width);
                let at = self.at(y, x) + channel / LANES;
                let mut vector = self.values[at].to_array();
                vector[channel % LANES] = value;
                self.values[at] = f32x4::new(vector);
            }
        }

        /// One channel of a pixel.
        pub(in super::super) fn value(&self, y: usize, x: usize, channel: usize) -> f32 {
            self.values[self.at(y, x) + channel / LANES].to_array()[channel % LANES]
        }
    }

    #[test]
    fn the_border_of_a_frame_is_zero_whatever_was_there() {
        let mut maps = FeatureMaps::default();
        maps.clear([4, 4], 2, 1);
        maps.values.fill(f32x4::splat(7.0));
        maps.frame([2, 3], 1);
        (0..2).for_each(|y| maps.row_mut(y).fill(f32x4::ONE));
        let shown: Vec<f32> = maps.values[..20].iter().map(|vector| vector.to_array()[0]).collect();
        assert_eq!(shown, [[0.; 5], [0., 1., 1., 1., 0.], [0., 1., 1., 1., 0.], [0.; 5]].concat());
    }

    #[test]
    fn means_are_of_the_pixels_and_not_of_the_border() {
        let mut maps = FeatureMaps::default();
        for (sides, tile) in [([3, 5], 4), ([2, 2], 2), ([1, 1], 1)] {
            maps.clear(sides, 2, tile);
            maps.fill_channels(&[1.0, 3.0].map(|value| vec![value; sides[0] * sides[1]]).concat());
            maps.set(sides[0], 0, 0, f32x4::splat(9.0)); // there is no such pixel
            maps.set(0, sides[1], 0, f32x4::splat(9.0));
            assert_eq!(maps.means(), [1.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        }
    }
}
