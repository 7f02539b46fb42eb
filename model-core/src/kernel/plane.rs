//! Maps with a border of zeros, so that a convolution that keeps the size reads no pixel that is not there.

/// Side of every filter, pixels.
pub(super) const KERNEL: usize = 3;

/// Most values that a vectorised loop reads or writes beyond the last pixel.
const SLACK: usize = 80;

/// Size of a map. With its border it is one slice: a row of zeros, the rows with one zero between them (right of one,
/// left of the next), a row of zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plane {
    /// Pixels from top to bottom.
    pub(super) height: usize,
    /// Pixels from left to right.
    pub(super) width: usize,
}

impl Plane {
    /// Pixels.
    pub(super) fn area(self) -> usize {
        self.height * self.width
    }

    /// From a pixel to the one below it, with the border.
    pub(super) fn stride(self) -> usize {
        self.width + 1
    }

    /// Values of all rows, the zeros between them included.
    pub(super) fn span(self) -> usize {
        self.height * self.stride()
    }

    /// Where the first pixel lies.
    pub(super) fn origin(self) -> usize {
        self.stride() + 1
    }

    /// Values with the border, and room for whole vectors.
    pub(super) fn len(self) -> usize {
        (self.height + 2) * self.stride() + KERNEL + SLACK
    }

    /// Maps of `[maps, height, width]`, each with its border.
    pub(super) fn enclose(self, maps: &[f32]) -> Vec<f32> {
        let mut planes = vec![0.0; maps.len() / self.area() * self.len()];
        self.enclose_into(maps, &mut planes);
        planes
    }

    /// As [`Plane::enclose`], into planes whose borders are zero.
    pub(super) fn enclose_into(self, maps: &[f32], planes: &mut [f32]) {
        for (map, plane) in maps.chunks_exact(self.area()).zip(planes.chunks_exact_mut(self.len())) {
            let rows = plane[self.origin()..].chunks_exact_mut(self.stride());
            for (row, bordered) in map.chunks_exact(self.width).zip(rows) {
                bordered[..self.width].copy_from_slice(row);
            }
        }
    }

    /// The pixels of `rows`, which start at the first pixel and lie [`Plane::stride`] apart.
    pub(super) fn disclose(self, rows: &[f32], map: &mut [f32]) {
        for (bordered, row) in rows.chunks_exact(self.stride()).zip(map.chunks_exact_mut(self.width)) {
            row.copy_from_slice(&bordered[..self.width]);
        }
    }
}
