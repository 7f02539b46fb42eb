//! The tiles of a picture that a network reads, and the way back.

use vision::{Detection, KeyPoints, Point, Rect, RgbaView, resize_part};

/// How far the tiles of a level overlap, at least, as a share of their side: a face of a quarter of it is whole in one
/// of them. Larger ones are whole in a tile of the level above.
const OVERLAP: f64 = 0.25;

/// From a level to the next, the picture grows by this.
const GROWTH: f64 = 2.0;

/// How far a level may be larger than the picture itself: beyond, pixels are made up.
const MAX_ENLARGEMENT: f64 = 1.5;

/// Most tiles of all levels together: a picture of 4096×2304 pixels has its longer side at 3072 with them, one of
/// 4096×3072 at 1536. One takes some 15 ms.
const MAX_TILES: usize = 400;

/// A picture or a part of it at one size, and the tiles that cover it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Level {
    /// Side of a tile, pixels.
    side: usize,
    /// Width and height of the picture itself.
    image_sides: [usize; 2],
    /// Left, top, width and height of the part.
    part: [usize; 4],
    /// Width and height of the part at this size.
    sides: [usize; 2],
    /// Left and top of each tile in the part at this size; negative where the part is smaller than a tile.
    tiles: Vec<[isize; 2]>,
}

impl Level {
    /// A picture of `image_sides` pixels whole in one tile, in its middle.
    pub(super) fn whole(image_sides: [usize; 2], side: usize) -> Self {
        Self::new(image_sides, side, side as f64)
    }

    /// The same, but that the picture takes only a `share` of the tile, 0 to 1, and the rest is black.
    pub(super) fn padded(image_sides: [usize; 2], side: usize, share: f64) -> Self {
        Self::new(image_sides, side, side as f64 * share)
    }

    /// With the longer side of the picture at `longer` pixels.
    fn new(image_sides: [usize; 2], side: usize, longer: f64) -> Self {
        let scale = longer / image_sides[0].max(image_sides[1]) as f64;
        let sides = image_sides.map(|pixels| scaled(pixels, scale));
        let [lefts, tops] = sides.map(|pixels| starts(pixels, side));
        let tiles = tops.iter().flat_map(|&top| lefts.iter().map(move |&left| [left, top])).collect();
        Self { side, image_sides, part: [0, 0, image_sides[0], image_sides[1]], sides, tiles }
    }

    /// One tile that shows `shown` pixels of the picture each way around `centre`; more where pixels would be made up.
    pub(super) fn around(image_sides: [usize; 2], side: usize, centre: Point, shown: f32) -> Self {
        let shown = f64::from(shown).max(side as f64 / MAX_ENLARGEMENT);
        let scale = side as f64 / shown;
        // First pixel and number of them within the picture, and where the tile starts beside that.
        let axis = |at: f32, pixels: usize| {
            let end = pixels as f64;
            let start = f64::from(at).clamp(0.0, end) - shown / 2.0;
            let [first, last] = [start.clamp(0.0, end).floor(), (start + shown).clamp(0.0, end).ceil()];
            (first as usize, (last - first) as usize, ((start - first) * scale).round() as isize)
        };
        let (x, width, left) = axis(centre.x, image_sides[0]);
        let (y, height, top) = axis(centre.y, image_sides[1]);
        let sides = [width, height].map(|pixels| scaled(pixels, scale));
        Self { side, image_sides, part: [x, y, width, height], sides, tiles: vec![[left, top]] }
    }

    /// Each tile, with what it shows of `image`.
    ///
    /// # Shapes
    /// → `[side, side, 3]` for a tile, -1 to 1; black where there is no picture.
    pub(super) fn cut(&self, image: RgbaView<'_>) -> impl Iterator<Item = ([isize; 2], Vec<f32>)> {
        let rgba = resize_part(image, self.part, self.sides[0], self.sides[1]);
        self.tiles.iter().map(move |&tile| (tile, self.values(tile, &rgba)))
    }

    /// The pixels of a tile, cut out of the part at this size.
    fn values(&self, [left, top]: [isize; 2], rgba: &[u8]) -> Vec<f32> {
        let [width, height] = self.sides;
        let mut values = vec![-1.0; self.side * self.side * 3];
        let [columns, rows] = [(left, width), (top, height)]
            .map(|(start, n)| (start.max(0) as usize, (start + self.side as isize).clamp(0, n as isize) as usize));
        let before = (columns.0 as isize - left) as usize;
        for y in rows.0..rows.1 {
            let row = (y as isize - top) as usize * self.side + before;
            let pixels = &rgba[(y * width + columns.0) * 4..(y * width + columns.1) * 4];
            let values = values[row * 3..].as_chunks_mut::<3>().0;
            for (pixel, value) in pixels.as_chunks::<4>().0.iter().zip(values) {
                let [red, green, blue, _] = pixel.map(|level| f32::from(level) / 127.5 - 1.0);
                *value = [red, green, blue];
            }
        }
        values
    }

    /// A face in pixels of a tile as one in pixels of the image; `None` if it reaches beyond a border of the tile
    /// behind which the picture goes on: another tile has more of it.
    pub(super) fn to_image(&self, [left, top]: [isize; 2], face: Detection) -> Option<Detection> {
        let rect = face.rect;
        let [x, y, width, height] = self.part;
        // Whether the picture goes on before and behind the tile.
        let goes_on = |origin: isize, axis: usize, first: usize, n: usize| {
            let is_inside = origin + (self.side as isize) < self.sides[axis] as isize;
            (origin > 0 || first > 0, is_inside || first + n < self.image_sides[axis])
        };
        let reaches = |start: f32, length: f32, (before, behind): (bool, bool)| {
            (start < 0.0 && before) || (start + length > self.side as f32 && behind)
        };
        let [across, down] = [goes_on(left, 0, x, width), goes_on(top, 1, y, height)];
        if reaches(rect.x, rect.width, across) || reaches(rect.y, rect.height, down) {
            return None;
        }
        let [across, down] = [(width, 0), (height, 1)].map(|(pixels, axis)| pixels as f32 / self.sides[axis] as f32);
        let point =
            |at: Point| Point { x: (at.x + left as f32) * across + x as f32, y: (at.y + top as f32) * down + y as f32 };
        let Point { x, y } = point(Point { x: rect.x, y: rect.y });
        let rect = Rect { x, y, width: rect.width * across, height: rect.height * down };
        let key_points = face.key_points.map(|points| KeyPoints::from_array(points.to_array().map(point)));
        Some(Detection { rect, key_points, ..face })
    }
}

fn scaled(pixels: usize, scale: f64) -> usize {
    ((pixels as f64 * scale).round() as usize).max(1)
}

/// The whole picture, then in tiles at twice the size of the level before, as far as its pixels go.
pub(super) fn pyramid(image_sides: [usize; 2], side: usize) -> Vec<Level> {
    let longest = image_sides[0].max(image_sides[1]) as f64 * MAX_ENLARGEMENT;
    let mut levels = vec![Level::whole(image_sides, side)];
    let mut longer = side as f64 * GROWTH;
    while longer <= longest {
        let level = Level::new(image_sides, side, longer);
        if levels.iter().map(|level| level.tiles.len()).sum::<usize>() + level.tiles.len() > MAX_TILES {
            break;
        }
        levels.push(level);
        longer *= GROWTH;
    }
    levels
}

/// Where tiles begin on an axis of `pixels`: as few as can be with their overlap, evenly from end to end.
fn starts(pixels: usize, side: usize) -> Vec<isize> {
    if pixels <= side {
        return vec![-(((side - pixels) / 2) as isize)];
    }
    let step = side as f64 * (1.0 - OVERLAP);
    let n = ((pixels - side) as f64 / step).ceil() as usize;
    (0..=n).map(|i| (i * (pixels - side) / n) as isize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_every_pixel_and_overlap() {
        for pixels in [1, 191, 192, 193, 384, 768, 1000] {
            let starts = starts(pixels, 192);
            let ends: Vec<_> = starts.iter().map(|start| start + 192).collect();
            assert!(starts[0] <= 0 && *ends.last().unwrap() >= pixels as isize, "{pixels}: {starts:?}");
            assert!(starts[1..].iter().zip(&ends).all(|(start, end)| end - start >= 48), "{pixels}: {starts:?}");
        }
    }

    #[test]
    fn a_picture_is_in_the_middle_of_its_tile_and_the_rest_is_black() {
        let rgba = [255; 4 * 2 * 4];
        let level = Level::whole([4, 2], 4);
        let (_, values) = level.cut(RgbaView::new(4, 2, &rgba).unwrap()).next().unwrap();
        let reds: Vec<f32> = values.chunks_exact(3).map(|pixel| pixel[0]).collect();
        assert_eq!(reds, [[-1.0; 4], [1.0; 4], [1.0; 4], [-1.0; 4]].concat());
    }

    #[test]
    fn a_padded_picture_has_black_around_it() {
        let rgba = [255; 4 * 2 * 4];
        let level = Level::padded([4, 2], 4, 0.5);
        let (_, values) = level.cut(RgbaView::new(4, 2, &rgba).unwrap()).next().unwrap();
        let reds: Vec<f32> = values.chunks_exact(3).map(|pixel| pixel[0]).collect();
        let black = [-1.0; 4];
        assert_eq!(reds, [black, [-1.0, 1.0, 1.0, -1.0], black, black].concat());
    }

    #[test]
    fn a_tile_around_a_place_shows_it_in_its_middle() {
        let rgba: Vec<u8> = (0..64).flat_map(|i| [10 + 4 * (i % 8) as u8, 10 + 4 * (i / 8) as u8, 0, 255]).collect();
        let image = RgbaView::new(8, 8, &rgba).unwrap();
        let seen = |centre: Point, shown: f32| {
            let (_, values) = Level::around([8, 8], 4, centre, shown).cut(image).next().unwrap();
            [0, 6, 14].map(|pixel| [0, 1].map(|color| ((values[3 * pixel + color] + 1.0) * 127.5).round()))
        };
        let columns_3_to_6 = [[22.0, 26.0], [30.0, 30.0], [30.0, 38.0]];
        assert_eq!(seen(Point { x: 5.0, y: 6.0 }, 4.0), columns_3_to_6, "and rows 4 to 7");
        let halves = [[13.0, 13.0], [28.0, 20.0], [28.0, 35.0]];
        assert_eq!(seen(Point { x: 4.0, y: 4.0 }, 8.0), halves, "everything, at half its size");
        let corner = [[0.0, 0.0], [38.0, 10.0], [38.0, 18.0]];
        assert_eq!(seen(Point { x: 7.0, y: 1.0 }, 4.0), corner, "black beyond the borders");
        let other_corner = [[0.0, 0.0], [10.0, 38.0], [0.0, 0.0]];
        assert_eq!(seen(Point { x: -90.0, y: 900.0 }, 4.0), other_corner, "no farther than the border");
        let enlarged = Level::around([640, 480], 192, Point { x: 320.0, y: 240.0 }, 30.0);
        assert_eq!(enlarged.part, [256, 176, 128, 128], "by half at most");
        for strange in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -4.0, 0.0] {
            seen(Point { x: strange, y: strange }, strange);
        }
    }

    #[test]
    fn a_face_goes_back_to_where_it_is_in_the_image() {
        let face = |x: f32, y: f32| {
            let rect = Rect { x, y, width: 16.0, height: 16.0 };
            let key_points = Some(KeyPoints::from_array([Point { x, y }; 6]));
            Detection { rect, score: 0.9, key_points }
        };
        // 640×480 as 128×96 in a tile of 128: five pixels for one, from 16 rows below the top.
        let level = Level::whole([640, 480], 128);
        let found = level.to_image(level.tiles[0], face(-8.0, 16.0)).unwrap();
        assert_eq!(found.rect, Rect { x: -40.0, y: 0.0, width: 80.0, height: 80.0 });
        assert_eq!(found.key_points.unwrap().nose, Point { x: -40.0, y: 0.0 });
        // At 384×288: what reaches out of the first tile to the right is left to the second.
        let level = pyramid([640, 480], 192).remove(1);
        let [first, second] = [0, 1].map(|i| level.tiles[i]);
        assert_eq!((first, second, level.tiles.len()), ([0, 0], [96, 0], 6));
        assert!(level.to_image(first, face(180.0, 0.0)).is_none() && level.to_image(first, face(-9.0, 0.0)).is_some());
        let found = level.to_image(second, face(84.0, 0.0)).unwrap();
        assert!((found.rect.x - 300.0).abs() < 1e-4, "{found:?}");
        // 384 pixels from (448, 80) on, as 192; the picture ends in their middle.
        let level = Level::around([640, 480], 192, Point { x: 640.0, y: 272.0 }, 384.0);
        let tile = level.tiles[0];
        let found = level.to_image(tile, face(40.0, 60.0)).unwrap();
        assert_eq!(found.rect, Rect { x: 528.0, y: 200.0, width: 32.0, height: 32.0 });
        assert!(level.to_image(tile, face(-9.0, 60.0)).is_none() && level.to_image(tile, face(40.0, 180.0)).is_none());
        assert!(level.to_image(tile, face(180.0, 60.0)).is_some(), "nothing is behind the picture's end");
    }

    #[test]
    fn a_pyramid_ends_where_pixels_would_be_made_up_or_tiles_too_many() {
        let longest = |sides| pyramid(sides, 192).last().unwrap().sides[0];
        for (sides, expected) in
            [([640, 480], 768), ([100, 80], 192), ([1000, 10], 768), ([4096, 2304], 3072), ([4096, 3072], 1536)]
        {
            assert_eq!(longest(sides), expected, "{sides:?}");
        }
        let levels = pyramid([60_000, 60_000], 192);
        assert!(levels.iter().map(|level| level.tiles.len()).sum::<usize>() <= MAX_TILES);
        assert_eq!(pyramid([1, 1], 192).len(), 1);
    }
}
