//! Sums over rectangles in four look-ups.

use crate::GreyView;

/// Where a pixel of an integral image lies in memory.
///
/// A scan by steps of 2 asks, for one corner of a feature, for every second column. So a row holds its even columns
/// first, then its odd ones, and windows that follow each other in the scan read values that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    step: usize,
    /// Values in a row whose column has one parity.
    half: usize,
}

impl Layout {
    /// For images up to `max_width` wide, scanned by `step` (1 or 2).
    pub(super) fn new(max_width: usize, step: usize) -> Self {
        Self { step, half: max_width / step + 1 }
    }

    /// Distance from one window to the next, pixels.
    pub(super) fn step(self) -> usize {
        self.step
    }

    /// Distance in memory from a value to the one below it.
    fn stride(self) -> usize {
        self.step * self.half
    }

    /// Index of column `x` of row `y`.
    ///
    /// The offset of a corner from a window's top-left is that from (0, 0), as windows stand at multiples of the step.
    pub(super) fn index(self, x: usize, y: usize) -> usize {
        // A step of 1 or 2 divides by a mask and a shift: this is asked for every pixel.
        y * self.stride() + (x & (self.step - 1)) * self.half + (x >> (self.step - 1))
    }
}

/// Integral images: the value at (x, y) is the sum over all pixels above and left of (x, y).
pub(super) struct Integral {
    /// Sums of grey values, modulo 2³².
    pub(super) sums: Vec<i32>,
    /// Sums of squared grey values, modulo 2³²: differences are exact while the sum over the rectangle is below that.
    pub(super) squares: Vec<u32>,
}

impl Integral {
    /// The integral images of `image`, followed by `padding` more values.
    pub(super) fn new(image: GreyView<'_>, layout: Layout, padding: usize) -> Self {
        let len = layout.stride() * (image.height() + 1) + padding;
        let (mut sums, mut squares) = (vec![0i32; len], vec![0u32; len]);
        for (y, pixels) in image.data().chunks_exact(image.width()).enumerate() {
            let (mut sum, mut square) = (0i32, 0u32);
            for (x, &pixel) in pixels.iter().enumerate() {
                sum = sum.wrapping_add(i32::from(pixel));
                square = square.wrapping_add(u32::from(pixel).pow(2));
                let (above, here) = (layout.index(x + 1, y), layout.index(x + 1, y + 1));
                sums[here] = sums[above].wrapping_add(sum);
                squares[here] = squares[above].wrapping_add(square);
            }
        }
        Self { sums, squares }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_s_sum_is_the_same_in_both_layouts() {
        let pixels: Vec<u8> = (0..35).map(|idx| idx * 7).collect();
        let image = GreyView::new(7, 5, &pixels).expect("7×5 pixels");
        for step in [1, 2] {
            let layout = Layout::new(9, step);
            let integral = Integral::new(image, layout, 0);
            let at = |x, y| layout.index(x, y);
            for (x, y, width, height) in [(0, 0, 7, 5), (1, 2, 3, 2), (6, 4, 1, 1), (2, 0, 1, 5)] {
                let inside = || (y..y + height).flat_map(|row| &pixels[row * 7 + x..][..width]);
                let corners = [at(x, y), at(x + width, y), at(x, y + height), at(x + width, y + height)];
                let [a, b, c, d] = corners.map(|corner| integral.sums[corner]);
                assert_eq!(a - b - c + d, inside().map(|&p| i32::from(p)).sum::<i32>(), "step {step}");
                let [a, b, c, d] = corners.map(|corner| integral.squares[corner]);
                let expected: u32 = inside().map(|&p| u32::from(p).pow(2)).sum();
                assert_eq!(a.wrapping_sub(b).wrapping_sub(c).wrapping_add(d), expected, "step {step}");
            }
        }
    }
}
