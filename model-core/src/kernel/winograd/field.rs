//! Pictures with the channels of a pixel side by side, and a border of zeros as far as tiles reach.

use super::super::plane::Plane;

/// Pixels, and channels, that are turned at a time.
pub(super) const SIDE: usize = 8;

/// How a picture is cut into tiles.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    /// Outputs of a tile, from top to bottom.
    pub(super) out: usize,
    /// Tiles, from top to bottom and from left to right.
    pub(super) tiles: [usize; 2],
    /// Where each pixel of a picture lies in a field, in pixels.
    places: Vec<usize>,
}

impl Grid {
    pub(super) fn new(plane: Plane, out: usize) -> Self {
        let tiles = [plane.height.div_ceil(out), plane.width.div_ceil(out)];
        let mut grid = Self { out, tiles, places: vec![] };
        let pixels = (0..plane.height).flat_map(|y| (0..plane.width).map(move |x| [y, x]));
        grid.places = pixels.map(|[y, x]| (y + 1) * grid.width() + x + 1).collect();
        grid
    }

    pub(super) fn n_tiles(&self) -> usize {
        self.tiles[0] * self.tiles[1]
    }

    /// Pixels of a field from left to right.
    pub(super) fn width(&self) -> usize {
        self.tiles[1] * self.out + 2
    }

    /// Pixels of a field.
    pub(super) fn len(&self) -> usize {
        (self.tiles[0] * self.out + 2) * self.width()
    }

    /// Where the inputs of each tile begin, in pixels.
    pub(super) fn origins(&self) -> impl Iterator<Item = usize> {
        let (out, width, [rows, columns]) = (self.out, self.width(), self.tiles);
        (0..rows).flat_map(move |y| (0..columns).map(move |x| (y * width + x) * out))
    }

    /// A picture `[channels, height, width]` into a field `[len, stride]`; what belongs to no pixel stays as it is.
    #[inline(always)]
    pub(super) fn spread(&self, picture: &[f32], field: &mut [f32], stride: usize) {
        let area = self.places.len();
        for (group, maps) in picture.chunks(SIDE * area).enumerate() {
            let mut block = [[0.0; SIDE]; SIDE];
            for (i, places) in self.places.chunks(SIDE).enumerate() {
                for (row, map) in block.iter_mut().zip(maps.chunks_exact(area)) {
                    let pixels = &map[i * SIDE..];
                    match pixels.first_chunk() {
                        Some(pixels) => *row = *pixels,
                        None => row[..pixels.len()].copy_from_slice(pixels),
                    }
                }
                for (pixel, &place) in turned(&block).iter().zip(places) {
                    field[place * stride + group * SIDE..][..SIDE].copy_from_slice(pixel);
                }
            }
        }
    }

    /// The transpose of [`Grid::spread`].
    #[inline(always)]
    pub(super) fn gather(&self, field: &[f32], stride: usize, picture: &mut [f32]) {
        let area = self.places.len();
        for (group, maps) in picture.chunks_mut(SIDE * area).enumerate() {
            let mut block = [[0.0; SIDE]; SIDE];
            for (i, places) in self.places.chunks(SIDE).enumerate() {
                for (pixel, &place) in block.iter_mut().zip(places) {
                    pixel.copy_from_slice(&field[place * stride + group * SIDE..][..SIDE]);
                }
                for (row, map) in turned(&block).iter().zip(maps.chunks_exact_mut(area)) {
                    let pixels = &mut map[i * SIDE..];
                    match pixels.first_chunk_mut() {
                        Some(pixels) => *pixels = *row,
                        None => pixels.copy_from_slice(&row[..pixels.len()]),
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn turned(block: &[[f32; SIDE]; SIDE]) -> [[f32; SIDE]; SIDE] {
    let mut turned = [[0.0; SIDE]; SIDE];
    for (i, row) in block.iter().enumerate() {
        for (j, value) in row.iter().enumerate() {
            turned[j][i] = *value;
        }
    }
    turned
}
