//! Numbers as pictures: pure data, which `web::raster` only paints.

mod colors;

use std::rc::Rc;

pub(crate) use colors::{ColorMap, diverging};

use crate::protocol::{GreyBytes, Maps};

/// RGBA pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raster {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// Row by row, four bytes a pixel.
    pub rgba: Rc<[u8]>,
}

/// Pixels between two maps; one sees through them.
const GAP: usize = 1;

impl Raster {
    /// A crop as the network saw it, `side` pixels wide. Without pixels if it is not as many.
    pub(crate) fn of_crop(levels: &GreyBytes, side: usize) -> Self {
        let side = if levels.0.len() == side * side { side } else { 0 };
        let rgba = levels.0.iter().take(side * side).flat_map(|&level| [level, level, level, u8::MAX]);
        Self { width: side, height: side, rgba: rgba.collect() }
    }

    /// Maps side by side, `columns` a row.
    pub(crate) fn of_maps(maps: &Maps, columns: usize, color: impl Fn(f32) -> [u8; 3]) -> Self {
        let columns = columns.clamp(1, maps.n.max(1));
        let rows = maps.n.div_ceil(columns);
        let length = |n: usize, size: usize| (n * (size + GAP)).saturating_sub(GAP);
        let (width, height) = (length(columns, maps.width), length(rows, maps.height));
        let mut rgba = vec![0; 4 * width * height];
        for (i, &value) in maps.values.0.iter().enumerate() {
            let (map, pixel) = (i / (maps.width * maps.height), i % (maps.width * maps.height));
            let x = map % columns * (maps.width + GAP) + pixel % maps.width;
            let y = map / columns * (maps.height + GAP) + pixel / maps.width;
            let [red, green, blue] = color(value);
            if let Some(rgba) = rgba.get_mut(4 * (y * width + x)..4 * (y * width + x + 1)) {
                rgba.copy_from_slice(&[red, green, blue, u8::MAX]);
            }
        }
        Self { width, height, rgba: rgba.into() }
    }

    /// The colours from 0 to 1, from left to right.
    pub(crate) fn of_scale(color: impl Fn(f32) -> [u8; 3]) -> Self {
        const WIDTH: usize = 256;
        let pixel = |x: usize| {
            let [red, green, blue] = color(x as f32 / (WIDTH - 1) as f32);
            [red, green, blue, u8::MAX]
        };
        Self { width: WIDTH, height: 1, rgba: (0..WIDTH).flat_map(pixel).collect() }
    }
}

impl Maps {
    /// The least and the greatest number of all maps; zero twice if there is none.
    pub(crate) fn range(&self) -> [f32; 2] {
        let least = self.values.0.iter().copied().fold(f32::INFINITY, f32::min);
        let greatest = self.values.0.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if least <= greatest { [least, greatest] } else { [0.0, 0.0] }
    }

    /// The mean of each map.
    pub(crate) fn means(&self) -> Vec<f32> {
        let size = (self.width * self.height).max(1);
        self.values.0.chunks(size).map(|map| map.iter().sum::<f32>() / size as f32).collect()
    }

    /// As a picture of `colors` over the whole range, in rows that suit a page.
    pub(crate) fn raster(&self, colors: ColorMap) -> Raster {
        let [least, greatest] = self.range();
        let span = if greatest > least { greatest - least } else { 1.0 };
        let columns = if self.n <= 8 { 4 } else { 8 };
        Raster::of_maps(self, columns, |value| colors.color((value - least) / span))
    }

    /// As a picture of weights: blue below zero, white at zero, red above. Also the number that full colour stands for.
    pub(crate) fn signed_raster(&self, columns: usize) -> (Raster, f32) {
        let [least, greatest] = self.range();
        let most = greatest.abs().max(least.abs()).max(f32::MIN_POSITIVE);
        (Raster::of_maps(self, columns, |value| diverging(value / most)), most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::F32Bytes;

    fn maps(n: usize, width: usize, height: usize, values: &[f32]) -> Maps {
        Maps { n, width, height, values: F32Bytes(values.into()) }
    }

    #[test]
    fn maps_lie_side_by_side_with_a_gap_that_one_sees_through() {
        let sheet = maps(3, 1, 2, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let raster = Raster::of_maps(&sheet, 2, |value| [value as u8; 3]);
        assert_eq!((raster.width, raster.height), (3, 5));
        let red_and_alpha: Vec<_> = raster.rgba.chunks(4).map(|pixel| (pixel[0], pixel[3])).collect();
        let gap = (0, 0);
        let rows = [
            [(0, 255), gap, (2, 255)],
            [(1, 255), gap, (3, 255)],
            [gap; 3],
            [(4, 255), gap, gap],
            [(5, 255), gap, gap],
        ];
        assert_eq!(red_and_alpha, rows.concat());
    }

    #[test]
    fn the_colours_span_the_range_of_all_maps() {
        let sheet = maps(2, 1, 1, &[2.0, 6.0]);
        assert_eq!((sheet.range(), sheet.means()), ([2.0, 6.0], vec![2.0, 6.0]));
        let grey = sheet.raster(ColorMap::Grey).rgba;
        assert_eq!((grey[0], grey[8]), (0, 255));
    }

    #[test]
    fn nothing_and_equal_numbers_are_drawn() {
        for sheet in [maps(0, 0, 0, &[]), maps(1, 1, 1, &[3.0])] {
            let raster = sheet.raster(ColorMap::Viridis);
            assert_eq!(raster.rgba.len(), 4 * raster.width * raster.height);
            assert!(sheet.signed_raster(4).1 > 0.0);
        }
    }

    #[test]
    fn a_crop_is_grey_and_one_of_another_size_is_no_picture() {
        let crop = Raster::of_crop(&GreyBytes([0, 255, 7, 9].into()), 2);
        assert_eq!((crop.width, &crop.rgba[4..8]), (2, &[255; 4][..]));
        assert_eq!(Raster::of_crop(&GreyBytes([0].into()), 2).rgba.len(), 0);
    }
}
