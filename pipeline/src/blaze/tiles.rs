//! The tiles of a picture that a network reads, and the way back.

use vision::{Detection, KeyPoints, Point, Rect, RgbaView, resize_part};

/// How far the tiles of a level overlap, at least, as a share of their side: a face of a quarter of it is whole in one
/// of them. Larger ones are whole in a tile of the level above.
const OVERLAP: f64 = 0.25;

/// From a level to the next, the picture grows by this.
const GROWTH: f64 = 2.0;

/// How far a level may be larger than the picture itself: beyond, pixels are made up.
const MAX_ENLARGEMENT: f64 = 1.5;

/// A square of the picture at one size, as a network reads it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tile {
    /// Its side, pixels.
    side: usize,
    /// Width and height of the picture itself.
    image_sides: [usize; 2],
    /// Left, top, width and height of the part of the picture that it shows.
    part: [usize; 4],
    /// Width and height of the part at this size.
    sides: [usize; 2],
    /// Left and top of the tile in the part at this size; negative where the picture ends within the tile.
    origin: [isize; 2],
}

impl Tile {
    /// A picture of `image_sides` pixels whole, in the middle of a tile.
    pub(super) fn whole(image_sides: [usize; 2], side: usize) -> Self {
        Self::padded(image_sides, side, 1.0)
    }

    /// The same, but that the picture takes only a `share` of the tile, 0 to 1, and the rest is black.
    pub(super) fn padded(image_sides: [usize; 2], side: usize, share: f64) -> Self {
        let shown = image_sides[0].max(image_sides[1]) as f64 / share;
        Self::new(image_sides, side, image_sides.map(|pixels| (pixels as f64 - shown) / 2.0), shown)
    }

    /// A tile that shows `shown` pixels of the picture each way around `centre`; more where pixels would be made up.
    pub(super) fn around(image_sides: [usize; 2], side: usize, centre: Point, shown: f32) -> Self {
        let shown = f64::from(shown).max(side as f64 / MAX_ENLARGEMENT);
        let [width, height] = image_sides.map(|pixels| pixels as f64);
        let [x, y] = [(centre.x, width), (centre.y, height)].map(|(at, pixels)| f64::from(at).clamp(0.0, pixels));
        Self::new(image_sides, side, [x - shown / 2.0, y - shown / 2.0], shown)
    }

    /// A tile that shows `shown` pixels of the picture each way from `start` on, which may lie outside.
    fn new(image_sides: [usize; 2], side: usize, start: [f64; 2], shown: f64) -> Self {
        let scale = side as f64 / shown;
        // First pixel and number of them within the picture, and where the tile starts beside that.
        let axis = |start: f64, pixels: usize| {
            let end = pixels as f64;
            let [first, last] = [start.clamp(0.0, end).floor(), (start + shown).clamp(0.0, end).ceil()];
            let n_pixels = (last - first).max(1.0);
            (first as usize, n_pixels as usize, ((start - first) * scale).round() as isize)
        };
        let (x, width, left) = axis(start[0], image_sides[0]);
        let (y, height, top) = axis(start[1], image_sides[1]);
        let sides = [width, height].map(|pixels| scaled(pixels, scale));
        Self { side, image_sides, part: [x, y, width, height], sides, origin: [left, top] }
    }

    /// Whether `rect`, in pixels of the picture, lies in it, as far as it lies in the picture.
    pub(super) fn shows(&self, rect: Rect) -> bool {
        let [x, y, width, height] = self.part;
        let is_within = |start: f32, length: f32, first: usize, n: usize, pixels: usize| {
            start.max(0.0) >= first as f32 && (start + length).min(pixels as f32) <= (first + n) as f32
        };
        is_within(rect.x, rect.width, x, width, self.image_sides[0])
            && is_within(rect.y, rect.height, y, height, self.image_sides[1])
    }

    /// Pixels of the tile for a pixel of the picture.
    pub(super) fn scale(&self) -> f32 {
        self.sides[0] as f32 / self.part[2] as f32
    }

    /// The part of `image` in the tile, as a network's input.
    ///
    /// # Shapes
    /// → `[side, side, 3]`, -1 to 1; black where there is no picture.
    pub(super) fn values(&self, image: RgbaView<'_>) -> Vec<f32> {
        let [width, height] = self.sides;
        let rgba = resize_part(image, self.part, width, height);
        let [left, top] = self.origin;
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

    /// A face in pixels of the tile as one in pixels of the image; `None` if it reaches beyond a border of the tile
    /// behind which the picture goes on: another tile has more of it.
    pub(super) fn to_image(&self, face: Detection) -> Option<Detection> {
        let rect = face.rect;
        let ([x, y, width, height], [left, top]) = (self.part, self.origin);
        // Whether the picture goes on before and behind the tile.
        let goes_on = |axis: usize, first: usize, n: usize| {
            let is_inside = self.origin[axis] + (self.side as isize) < self.sides[axis] as isize;
            (self.origin[axis] > 0 || first > 0, is_inside || first + n < self.image_sides[axis])
        };
        let reaches = |start: f32, length: f32, (before, behind): (bool, bool)| {
            (start < 0.0 && before) || (start + length > self.side as f32 && behind)
        };
        let [across, down] = [goes_on(0, x, width), goes_on(1, y, height)];
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

/// The sizes at which a picture is searched, as the length of its longer side: whole in one tile, then twice as large each
/// time, as far as its pixels go.
pub(super) fn levels(image_sides: [usize; 2], side: usize) -> Vec<f64> {
    let longest = image_sides[0].max(image_sides[1]) as f64 * MAX_ENLARGEMENT;
    let sizes = std::iter::successors(Some(side as f64), |longer| Some(longer * GROWTH));
    sizes.enumerate().take_while(|&(i, longer)| i == 0 || longer <= longest).map(|(_, longer)| longer).collect()
}

/// Tiles that cover a picture whose longer side has `longer` pixels at this size, and overlap.
pub(super) fn cover(image_sides: [usize; 2], side: usize, longer: f64) -> Vec<Tile> {
    let shown = side as f64 * image_sides[0].max(image_sides[1]) as f64 / longer;
    let [lefts, tops] = image_sides.map(|pixels| starts(pixels as f64, shown));
    let tile = |x: f64, y: f64| Tile::new(image_sides, side, [x, y], shown);
    tops.iter().flat_map(|&top| lefts.iter().map(move |&left| tile(left, top))).collect()
}

/// Tiles that show each of `places` whole, as far as one of `tiles` does; chosen greedily, the one that shows most
/// first.
pub(super) fn showing(mut tiles: Vec<Tile>, mut places: Vec<Rect>) -> Vec<Tile> {
    let mut chosen = vec![];
    loop {
        let n_shown = |tile: &Tile| places.iter().filter(|&&place| tile.shows(place)).count();
        let best = tiles.iter().enumerate().map(|(i, tile)| (n_shown(tile), std::cmp::Reverse(i))).max();
        let Some((1.., std::cmp::Reverse(best))) = best else { return chosen };
        let best = tiles.remove(best);
        places.retain(|&place| !best.shows(place));
        chosen.push(best);
    }
}

/// Where tiles begin that show `shown` of the `pixels` of an axis: as few as can be with their overlap, evenly from end to
/// end.
fn starts(pixels: f64, shown: f64) -> Vec<f64> {
    if pixels <= shown {
        return vec![(pixels - shown) / 2.0];
    }
    let n = ((pixels - shown) / (shown * (1.0 - OVERLAP))).ceil();
    (0..=n as usize).map(|i| i as f64 * (pixels - shown) / n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_every_pixel_and_overlap() {
        for pixels in [1.0, 191.0, 192.0, 193.0, 384.0, 768.0, 1000.0] {
            let starts = starts(pixels, 192.0);
            let ends: Vec<_> = starts.iter().map(|start| start + 192.0).collect();
            assert!(starts[0] <= 0.0 && *ends.last().unwrap() >= pixels, "{pixels}: {starts:?}");
            assert!(starts[1..].iter().zip(&ends).all(|(start, end)| end - start >= 48.0), "{pixels}: {starts:?}");
        }
    }

    #[test]
    fn a_picture_is_in_the_middle_of_its_tile_and_the_rest_is_black() {
        let rgba = [255; 4 * 2 * 4];
        let values = Tile::whole([4, 2], 4).values(RgbaView::new(4, 2, &rgba).unwrap());
        let reds: Vec<f32> = values.chunks_exact(3).map(|pixel| pixel[0]).collect();
        assert_eq!(reds, [[-1.0; 4], [1.0; 4], [1.0; 4], [-1.0; 4]].concat());
    }

    #[test]
    fn a_padded_picture_has_black_around_it() {
        let rgba = [255; 4 * 2 * 4];
        let values = Tile::padded([4, 2], 4, 0.5).values(RgbaView::new(4, 2, &rgba).unwrap());
        let reds: Vec<f32> = values.chunks_exact(3).map(|pixel| pixel[0]).collect();
        let black = [-1.0; 4];
        assert_eq!(reds, [black, black, [-1.0, 1.0, 1.0, -1.0], black].concat());
    }

    #[test]
    fn a_tile_around_a_place_shows_it_in_its_middle() {
        let rgba: Vec<u8> = (0..64).flat_map(|i| [10 + 4 * (i % 8) as u8, 10 + 4 * (i / 8) as u8, 0, 255]).collect();
        let image = RgbaView::new(8, 8, &rgba).unwrap();
        let seen = |centre: Point, shown: f32| {
            let values = Tile::around([8, 8], 4, centre, shown).values(image);
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
        let enlarged = Tile::around([640, 480], 192, Point { x: 320.0, y: 240.0 }, 30.0);
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
        let found = Tile::whole([640, 480], 128).to_image(face(-8.0, 16.0)).unwrap();
        assert_eq!(found.rect, Rect { x: -40.0, y: 0.0, width: 80.0, height: 80.0 });
        assert_eq!(found.key_points.unwrap().nose, Point { x: -40.0, y: 0.0 });
        // At 384×288: what reaches out of the first tile to the right is left to the second.
        let tiles = cover([640, 480], 192, 384.0);
        assert_eq!((tiles[0].part, tiles[1].part, tiles.len()), ([0, 0, 320, 320], [160, 0, 320, 320], 6));
        assert!(tiles[0].to_image(face(180.0, 0.0)).is_none() && tiles[0].to_image(face(-9.0, 0.0)).is_some());
        let found = tiles[1].to_image(face(84.0, 0.0)).unwrap();
        assert!((found.rect.x - 300.0).abs() < 1e-4, "{found:?}");
        // 384 pixels from (448, 80) on, as 192; the picture ends in their middle.
        let tile = Tile::around([640, 480], 192, Point { x: 640.0, y: 272.0 }, 384.0);
        let found = tile.to_image(face(40.0, 60.0)).unwrap();
        assert_eq!(found.rect, Rect { x: 528.0, y: 200.0, width: 32.0, height: 32.0 });
        assert!(tile.to_image(face(-9.0, 60.0)).is_none() && tile.to_image(face(40.0, 180.0)).is_none());
        assert!(tile.to_image(face(180.0, 60.0)).is_some(), "nothing is behind the picture's end");
    }

    #[test]
    fn sizes_end_where_pixels_would_be_made_up() {
        let longest = |sides| *levels(sides, 192).last().unwrap();
        for (sides, expected) in [([640, 480], 768.0), ([100, 80], 192.0), ([1000, 10], 768.0), ([2560, 1920], 3072.0)]
        {
            assert!((longest(sides) - expected).abs() < 1e-3, "{sides:?}");
        }
        assert_eq!(levels([1, 1], 192).len(), 1);
    }

    #[test]
    fn few_tiles_show_all_places_that_one_of_them_can_show() {
        let rect = |x: f32, side: f32| Rect { x, y: 100.0, width: side, height: side };
        let chosen = |places: &[Rect]| showing(cover([1280, 300], 192, 1536.0), places.to_vec());
        assert_eq!(chosen(&[]), []);
        let tiles = chosen(&[rect(10.0, 20.0), rect(60.0, 20.0), rect(1260.0, 40.0), rect(400.0, 500.0)]);
        let shown = |place: Rect| tiles.iter().filter(|tile| tile.shows(place)).count();
        assert_eq!(tiles.len(), 2, "one for the first two, and one at the border: {tiles:?}");
        assert_eq!([rect(10.0, 20.0), rect(60.0, 20.0), rect(1260.0, 40.0)].map(shown), [1, 1, 1]);
        assert_eq!(shown(rect(400.0, 500.0)), 0, "larger than a tile");
    }
}
