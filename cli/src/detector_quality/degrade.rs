//! Photos as they should not be: tilted, dark, with a mask.

use vision::{Point, Rect};

use super::annotations::Photo;

/// A change for the worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Degradation {
    Clean,
    /// Turned about its middle, radians; what comes from outside is black. Faces that leave the photo do not count.
    Tilted(&'static str, f32),
    /// A fifth of the light, with the noise of a sensor in the dark.
    Dark,
    /// The lower half of each face has its own mean colour, as behind a hand.
    Covered,
}

/// Share of the light that is left.
const LIGHT: f32 = 0.2;

/// Share of a face that must be left in a photo that was turned.
const MIN_INSIDE: f32 = 0.8;

/// Standard deviation of the noise, of 255.
const NOISE: f32 = 4.0;

impl Degradation {
    pub(super) const ALL: [Self; 5] = [
        Self::Clean,
        Self::Tilted("30°", std::f32::consts::FRAC_PI_6),
        Self::Tilted("45°", std::f32::consts::FRAC_PI_4),
        Self::Dark,
        Self::Covered,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Tilted(name, _) => name,
            Self::Dark => "dark",
            Self::Covered => "covered",
        }
    }

    /// The photo, and where its faces are then.
    pub(super) fn apply(self, photo: &Photo) -> (Photo, Vec<Rect>) {
        let mut degraded = photo.clone();
        match self {
            Self::Clean => {}
            Self::Tilted(_, angle) => tilt(photo, angle, &mut degraded),
            Self::Dark => darken(&mut degraded.rgba),
            Self::Covered => photo.faces.iter().for_each(|face| cover(&mut degraded, face)),
        }
        let faces = degraded.faces.clone();
        (degraded, faces)
    }
}

/// Faces keep their size; their centres turn.
fn tilt(photo: &Photo, angle: f32, to: &mut Photo) {
    let (sin, cos) = angle.sin_cos();
    let frame = Rect { x: 0.0, y: 0.0, width: photo.width as f32, height: photo.height as f32 };
    let middle @ Point { x: cx, y: cy } = frame.centre();
    for (i, pixel) in to.rgba.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let [x, y] = [(i % photo.width) as f32 + 0.5 - cx, (i / photo.width) as f32 + 0.5 - cy];
        *pixel = between(photo, cos * x + sin * y + cx - 0.5, cos * y - sin * x + cy - 0.5);
    }
    for face in &mut to.faces {
        let away = face.centre() - middle;
        let turned = Point { x: cos * away.x - sin * away.y, y: cos * away.y + sin * away.x };
        *face = Rect::around(middle + turned, face.width, face.height);
    }
    to.faces.retain(|face| face.shared(frame) > MIN_INSIDE * face.area());
}

/// The colour between four pixels; black outside.
fn between(photo: &Photo, x: f32, y: f32) -> [u8; 4] {
    let (left, top) = (x.floor(), y.floor());
    let at = |x: f32, y: f32| -> [f32; 3] {
        let inside = (0.0..photo.width as f32).contains(&x) && (0.0..photo.height as f32).contains(&y);
        let start = (y.max(0.0) as usize * photo.width + x.max(0.0) as usize) * 4;
        std::array::from_fn(|color| if inside { f32::from(photo.rgba[start + color]) } else { 0.0 })
    };
    let mix = |a: [f32; 3], b: [f32; 3], share: f32| -> [f32; 3] {
        std::array::from_fn(|color| a[color] + (b[color] - a[color]) * share)
    };
    let [above, below] = [top, top + 1.0].map(|y| mix(at(left, y), at(left + 1.0, y), x - left));
    let [red, green, blue] = mix(above, below, y - top).map(|level| level.round() as u8);
    [red, green, blue, 255]
}

fn darken(rgba: &mut [u8]) {
    let mut state = 0x2545_F491_u32;
    let mut noise = || {
        // Marsaglia 2003, Xorshift RNGs; the sum of four is nearly normal, with a variance of four twelfths.
        let uniform = |state: &mut u32| {
            *state ^= *state << 13;
            *state ^= *state >> 17;
            *state ^= *state << 5;
            (*state >> 8) as f32 / (1 << 24) as f32
        };
        ((0..4).map(|_| uniform(&mut state)).sum::<f32>() - 2.0) * 3.0_f32.sqrt() * NOISE
    };
    for [colors @ .., _] in rgba.as_chunks_mut::<4>().0 {
        for level in colors {
            *level = (f32::from(*level) * LIGHT + noise()).round().clamp(0.0, 255.0) as u8;
        }
    }
}

fn cover(photo: &mut Photo, face: &Rect) {
    let range = |start: f32, length: f32, n: usize| {
        (start.max(0.0) as usize).min(n)..((start + length).max(0.0) as usize).min(n)
    };
    let columns = range(face.x, face.width, photo.width);
    let rows = range(face.y + face.height / 2.0, face.height / 2.0, photo.height);
    let width = photo.width;
    let starts: Vec<usize> = rows.flat_map(|y| columns.clone().map(move |x| 4 * (y * width + x))).collect();
    let sum = |color: usize| starts.iter().map(|start| f32::from(photo.rgba[start + color])).sum::<f32>();
    let mean: [u8; 4] = std::array::from_fn(|color| (sum(color) / starts.len().max(1) as f32).round() as u8);
    for start in starts {
        photo.rgba[start..start + 4].copy_from_slice(&mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo() -> Photo {
        let mut rgba = [100, 100, 100, 255].repeat(40 * 40);
        rgba[(20 * 40 + 30) * 4 + 1] = 250;
        let faces = vec![Rect { x: 26.0, y: 16.0, width: 9.0, height: 9.0 }];
        Photo { width: 40, height: 40, rgba, faces, ignored: vec![] }
    }

    #[test]
    fn a_face_turns_with_its_photo_and_one_that_leaves_it_does_not_count() {
        let (_, faces) = Degradation::Tilted("90°", std::f32::consts::FRAC_PI_2).apply(&photo());
        // The middle of the face, ten and a half to the right of the photo's middle, is now as far below it.
        let middle = [faces[0].x + 4.5, faces[0].y + 4.5];
        assert!((middle[0] - 19.5).abs() < 1e-3 && (middle[1] - 30.5).abs() < 1e-3, "{middle:?}");
        let in_the_corner = Photo { faces: vec![Rect { x: 31.0, y: 31.0, width: 9.0, height: 9.0 }], ..photo() };
        let (degraded, faces) = Degradation::Tilted("45°", std::f32::consts::FRAC_PI_4).apply(&in_the_corner);
        assert!(faces.is_empty() && degraded.rgba.chunks(4).filter(|pixel| pixel[0] == 0).count() > 200, "{faces:?}");
        let (clean, _) = Degradation::Tilted("0°", 0.0).apply(&photo());
        assert_eq!(clean.rgba, photo().rgba);
    }

    #[test]
    fn dark_is_dark_and_covered_is_half() {
        let mean = |photo: &Photo| photo.rgba.chunks(4).map(|pixel| f32::from(pixel[1])).sum::<f32>() / 1600.0;
        let (dark, _) = Degradation::Dark.apply(&photo());
        assert!((mean(&dark) - 20.0).abs() < 1.0, "{}", mean(&dark));
        let (covered, _) = Degradation::Covered.apply(&photo());
        // The bright pixel is one of 9×5: (44·100 + 250) / 45.
        assert_eq!(covered.rgba.chunks(4).filter(|pixel| pixel[1] == 103).count(), 9 * 5);
    }
}
