//! Pictures that are no faces, to try the study on.

use model_core::Emotion;

use crate::data::{FACE_LEN, Fer2013, SIDE, Split};

/// 420 pictures to train on and 70 in each test split, of which a tenth are copies of the former: noise of a fixed
/// generator, with a bright bar whose place is the label.
pub fn generated() -> Fer2013 {
    let mut noise = Noise(1);
    let training = noise.split(420);
    let mut test = || {
        let mut split = noise.split(63);
        (0..7).for_each(|i| split.push(training.face(i), training.label(i)));
        split
    };
    let (public_test, private_test) = (test(), test());
    Fer2013 { training, public_test, private_test, ..Fer2013::default() }
}

/// Numerical Recipes' linear congruential generator.
struct Noise(u32);

impl Noise {
    fn level(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 25) as u8
    }

    fn split(&mut self, n: usize) -> Split {
        let mut split = Split::default();
        for i in 0..n {
            let label = i % Emotion::COUNT;
            let is_bar = |pixel: usize| pixel / SIDE / (SIDE / Emotion::COUNT) == label;
            let face: Vec<u8> = (0..FACE_LEN).map(|pixel| self.level() + if is_bar(pixel) { 120 } else { 0 }).collect();
            split.push(&face, Emotion::ALL[label]);
        }
        split
    }
}
