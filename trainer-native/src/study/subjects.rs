//! Faces to look at: FER2013's own where the report stays here, others where it is passed on.

use anyhow::{Context, Result};
use model_core::{Device, Emotion, INPUT_SIDE};
use native::ShippedDetector;
use pipeline::{Detect, Search};
use vision::{DecodeLimits, crop, decode};

use super::{
    look::Subject,
    picture::{Maps, Picture},
};
use crate::data::Split;

/// Photos that may be passed on, and what they are of.
pub(super) const SHIPPED: [(&[u8], &str); 2] = [
    (include_bytes!("../../../www/samples/astronaut.png"), "Astronaut Eileen Collins (NASA, public domain)"),
    (include_bytes!("../../assets/obama.jpg"), "President Barack Obama (US government portrait, public domain)"),
];

/// The first picture of each label in `split`.
pub(super) fn samples(split: &Split) -> Result<Vec<Picture>> {
    let first = |label| (0..split.len()).find(|&i| split.label(i) == label).map(|i| (label, i));
    let picture = |(label, i): (Emotion, usize)| {
        let levels: Vec<f32> = split.face(i).iter().map(|&level| f32::from(level)).collect();
        Maps { values: &levels, width: INPUT_SIDE, height: INPUT_SIDE }.levels(label.name())
    };
    Emotion::ALL.into_iter().filter_map(first).map(picture).collect()
}

/// The first happy and the first surprised face of `split`; the first of others where it has none.
pub(super) fn of_data(split: &Split) -> Vec<Subject> {
    let first = |label: Emotion| (0..split.len()).find(|&i| split.label(i) == label);
    let subject = |i: usize| Subject {
        source: format!("picture {} of PublicTest, labelled {}", i + 1, split.label(i)),
        face: split.face(i).to_vec(),
    };
    let indices = [first(Emotion::Happy).unwrap_or(0), first(Emotion::Surprise).unwrap_or(0)];
    indices.into_iter().filter(|&i| i < split.len()).map(subject).collect()
}

/// The faces in photos that may be passed on, as the page finds and cuts them.
pub fn shipped() -> Result<Vec<Subject>> {
    let detector = ShippedDetector::HaarDefault.open(&Device::flex())?;
    let subject = |(photo, source): (&[u8], &str)| {
        let picture = decode(photo, DecodeLimits::default())?;
        let detections = pollster::block_on(detector.detect(picture.view(), Search::Photo))?;
        let face =
            detections.first().with_context(|| format!("expected a face in the picture of {source}, found none"))?;
        let face = crop(picture.view(), face, INPUT_SIDE).pixels().to_vec();
        Ok(Subject { source: source.into(), face })
    };
    SHIPPED.into_iter().map(subject).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_photo_that_is_shipped_gives_a_face() {
        let subjects = shipped().unwrap();
        assert_eq!(subjects.len(), SHIPPED.len());
        assert!(subjects.iter().all(|subject| subject.face.len() == INPUT_SIDE * INPUT_SIDE));
    }

    #[test]
    fn faces_of_the_data_are_the_first_of_two_labels() {
        let mut split = Split::default();
        for label in [Emotion::Sad, Emotion::Surprise, Emotion::Happy, Emotion::Happy] {
            split.push(&vec![label as u8; INPUT_SIDE * INPUT_SIDE], label);
        }
        let sources: Vec<_> = of_data(&split).into_iter().map(|subject| subject.source).collect();
        assert_eq!(sources, ["picture 3 of PublicTest, labelled happy", "picture 2 of PublicTest, labelled surprise"]);
        assert_eq!(samples(&split).unwrap().len(), 3);
        assert!(of_data(&Split::default()).is_empty());
    }
}
