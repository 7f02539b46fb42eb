//! The squares of a picture that a network reads, and the way back.

use vision::{Detection, KeyPoints, Point, Rect, RgbaView, resize};

/// How far the squares of a level overlap, at least, as a share of their side: a face of a quarter of it is whole in one
/// of them. Larger ones are whole in a square of the level above.
const OVERLAP: f64 = 0.25;

/// From a level to the next, the picture grows by this.
const GROWTH: f64 = 2.0;

/// How far a level may be larger than the picture itself: beyond, pixels are made up.
const MAX_ENLARGEMENT: f64 = 1.5;

/// Most squares of all levels together: a picture of 4096×3072 pixels has its longer side at 3072 with them. One takes
/// some 15 ms.
const MAX_SQUARES: usize = 400;

/// The picture at one size, and the squares that cover it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Level {
    /// Of a square, pixels.
    side: usize,
    /// Width and height of the whole picture at this size, pixels.
    sides: [usize; 2],
    /// Width and height of the picture itself.
    image_sides: [usize; 2],
    /// Left and top of each square in the picture at this size; negative where the picture is smaller than a square.
    pub(super) squares: Vec<[isize; 2]>,
}

impl Level {
    /// A picture of `image_sides` pixels whole in one square, in its middle.
    pub(super) fn whole(image_sides: [usize; 2], side: usize) -> Self {
        Self::new(image_sides, side, side as f64)
    }

    /// One square of a picture of `image_sides` pixels, that shows `shown` pixels of it each way around `centre`.
    pub(super) fn around(image_sides: [usize; 2], side: usize, centre: Point, shown: f32) -> Self {
        let scale = f64::from(side as f32 / shown.max(1.0)).min(MAX_ENLARGEMENT);
        let start = |at: f32, pixels: usize| {
            (f64::from(at.clamp(0.0, pixels as f32)) * scale - side as f64 / 2.0).round() as isize
        };
        let square = [start(centre.x, image_sides[0]), start(centre.y, image_sides[1])];
        let longer = image_sides[0].max(image_sides[1]) as f64 * scale;
        Self { squares: vec![square], ..Self::new(image_sides, side, longer) }
    }

    /// With the longer side of the picture at `longer` pixels.
    fn new(image_sides: [usize; 2], side: usize, longer: f64) -> Self {
        let scale = longer / image_sides[0].max(image_sides[1]) as f64;
        let sides = image_sides.map(|pixels| ((pixels as f64 * scale).round() as usize).max(1));
        let [lefts, tops] = sides.map(|pixels| starts(pixels, side));
        let squares = tops.iter().flat_map(|&top| lefts.iter().map(move |&left| [left, top])).collect();
        Self { side, sides, image_sides, squares }
    }

    /// Up to `n` squares at a time, with what they show of `image`.
    pub(super) fn batches(&self, image: RgbaView<'_>, n: usize) -> impl Iterator<Item = (&[[isize; 2]], Vec<f32>)> {
        let [width, height] = self.sides;
        let rgba = resize(image, width, height);
        self.squares.chunks(n).map(move |squares| (squares, self.cut(squares, &rgba)))
    }

    /// What `squares` show of the picture at this size.
    ///
    /// # Shapes
    /// → `[squares, side, side, 3]`, -1 to 1; black where there is no picture.
    fn cut(&self, squares: &[[isize; 2]], rgba: &[u8]) -> Vec<f32> {
        let [width, height] = self.sides;
        let len = self.side * self.side * 3;
        let mut values = vec![-1.0; squares.len() * len];
        for (&[left, top], values) in squares.iter().zip(values.chunks_exact_mut(len)) {
            let [columns, rows] = [(left, width), (top, height)]
                .map(|(start, n)| (start.max(0) as usize, (start + self.side as isize).min(n as isize) as usize));
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
        }
        values
    }

    /// A face in pixels of a square as one in pixels of the image; `None` if it reaches beyond a border of the square
    /// behind which the picture goes on: another square has more of it.
    pub(super) fn to_image(&self, &[left, top]: &[isize; 2], face: Detection) -> Option<Detection> {
        let rect = face.rect;
        let reaches = |start: f32, length: f32, origin: isize, pixels: usize| {
            let (side, end) = (self.side as f32, origin + self.side as isize);
            (start < 0.0 && origin > 0) || (start + length > side && end < pixels as isize)
        };
        if reaches(rect.x, rect.width, left, self.sides[0]) || reaches(rect.y, rect.height, top, self.sides[1]) {
            return None;
        }
        let [across, down] = [0, 1].map(|axis| self.image_sides[axis] as f32 / self.sides[axis] as f32);
        let point = |Point { x, y }| Point { x: (x + left as f32) * across, y: (y + top as f32) * down };
        let Point { x, y } = point(Point { x: rect.x, y: rect.y });
        let rect = Rect { x, y, width: rect.width * across, height: rect.height * down };
        let key_points = face.key_points.map(|points| KeyPoints::from_array(points.to_array().map(point)));
        Some(Detection { rect, key_points, ..face })
    }
}

/// The whole picture, then in squares at twice the size of the level before, as far as its pixels go.
pub(super) fn pyramid(image_sides: [usize; 2], side: usize) -> Vec<Level> {
    let longest = image_sides[0].max(image_sides[1]) as f64 * MAX_ENLARGEMENT;
    let mut levels = vec![Level::whole(image_sides, side)];
    let mut longer = side as f64 * GROWTH;
    while longer <= longest {
        let level = Level::new(image_sides, side, longer);
        if levels.iter().map(|level| level.squares.len()).sum::<usize>() + level.squares.len() > MAX_SQUARES {
            break;
        }
        levels.push(level);
        longer *= GROWTH;
    }
    levels
}

/// Where squares begin on an axis of `pixels`: as few as can be with their overlap, evenly from end to end.
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
    fn squares_cover_every_pixel_and_overlap() {
        for pixels in [1, 191, 192, 193, 384, 768, 1000] {
            let starts = starts(pixels, 192);
            let ends: Vec<_> = starts.iter().map(|start| start + 192).collect();
            assert!(starts[0] <= 0 && *ends.last().unwrap() >= pixels as isize, "{pixels}: {starts:?}");
            assert!(starts[1..].iter().zip(&ends).all(|(start, end)| end - start >= 48), "{pixels}: {starts:?}");
        }
    }

    #[test]
    fn a_picture_is_in_the_middle_of_its_square_and_the_rest_is_black() {
        let rgba = [255; 4 * 2 * 4];
        let level = Level::whole([4, 2], 4);
        let (_, values) = level.batches(RgbaView::new(4, 2, &rgba).unwrap(), 9).next().unwrap();
        let reds: Vec<f32> = values.chunks_exact(3).map(|pixel| pixel[0]).collect();
        assert_eq!(reds, [[-1.0; 4], [1.0; 4], [1.0; 4], [-1.0; 4]].concat());
    }

    #[test]
    fn a_square_around_a_place_shows_it_in_its_middle() {
        let rgba: Vec<u8> = (0..64).flat_map(|i| [4 * (i % 8) as u8, 4 * (i / 8) as u8, 0, 255]).collect();
        let image = RgbaView::new(8, 8, &rgba).unwrap();
        let first = |centre: Point, shown: f32| {
            let level = Level::around([8, 8], 4, centre, shown);
            let (_, values) = level.batches(image, 9).next().unwrap();
            [0, 1].map(|color| ((values[color] + 1.0) * 127.5).round())
        };
        assert_eq!(first(Point { x: 5.0, y: 6.0 }, 4.0), [12.0, 16.0], "columns 3 to 6, rows 4 to 7");
        assert_eq!(first(Point { x: 4.0, y: 4.0 }, 8.0), [3.0, 3.0], "everything, at half its size");
        assert_eq!(first(Point { x: -90.0, y: 900.0 }, 4.0), [0.0, 24.0], "no farther than the border");
        for strange in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -4.0, 0.0] {
            first(Point { x: strange, y: strange }, strange);
        }
    }

    #[test]
    fn batches_are_of_so_many_squares_and_of_all() {
        let rgba = vec![0; 4 * 640 * 480];
        let level = pyramid([640, 480], 192).remove(1);
        let batches = level.batches(RgbaView::new(640, 480, &rgba).unwrap(), 4);
        let lengths: Vec<_> = batches.map(|(squares, values)| (squares.len(), values.len())).collect();
        assert_eq!(lengths, [(4, 4 * 192 * 192 * 3), (2, 2 * 192 * 192 * 3)]);
    }

    #[test]
    fn a_face_goes_back_to_where_it_is_in_the_image() {
        let face = |x: f32, y: f32| {
            let rect = Rect { x, y, width: 16.0, height: 16.0 };
            let key_points = Some(KeyPoints::from_array([Point { x, y }; 6]));
            Detection { rect, score: 0.9, key_points }
        };
        // 640×480 as 128×96 in a square of 128: five pixels for one, from 16 rows below the top.
        let level = Level::whole([640, 480], 128);
        let found = level.to_image(&level.squares[0], face(-8.0, 16.0)).unwrap();
        assert_eq!(found.rect, Rect { x: -40.0, y: 0.0, width: 80.0, height: 80.0 });
        assert_eq!(found.key_points.unwrap().nose, Point { x: -40.0, y: 0.0 });
        // At 384×288: what reaches out of the first square to the right is left to the second.
        let level = pyramid([640, 480], 192).remove(1);
        let [first, second] = [0, 1].map(|i| level.squares[i]);
        assert_eq!((first, second, level.squares.len()), ([0, 0], [96, 0], 6));
        assert!(
            level.to_image(&first, face(180.0, 0.0)).is_none() && level.to_image(&first, face(-9.0, 0.0)).is_some()
        );
        let found = level.to_image(&second, face(84.0, 0.0)).unwrap();
        assert!((found.rect.x - 300.0).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn a_pyramid_ends_where_pixels_would_be_made_up_or_squares_too_many() {
        let longest = |sides| pyramid(sides, 192).last().unwrap().sides[0];
        for (sides, expected) in [([640, 480], 768), ([100, 80], 192), ([1000, 10], 768), ([1100, 10], 1536)] {
            assert_eq!(longest(sides), expected, "{sides:?}");
        }
        let levels = pyramid([60_000, 60_000], 192);
        assert!(levels.iter().map(|level| level.squares.len()).sum::<usize>() <= MAX_SQUARES);
        assert_eq!(pyramid([1, 1], 192).len(), 1);
    }
}
