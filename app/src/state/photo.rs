//! A photo on the stage.

use std::rc::Rc;

use crate::display::DisplayFace;

/// What was found in a photo. Its pixels are on the canvas, not here.
pub(crate) use crate::protocol::Photo as Shown;

/// A photo on the stage.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Photo {
    /// Name of the file.
    pub name: String,
    /// Whether an answer is awaited.
    pub is_reading: bool,
    /// What was found, by the last answer.
    pub shown: Option<Rc<Shown>>,
    /// Which face is selected.
    pub selected: usize,
}

impl Photo {
    pub(super) fn chosen(name: String) -> Self {
        Self { name, is_reading: true, shown: None, selected: 0 }
    }

    pub(super) fn reread(&mut self) {
        self.is_reading = true;
    }

    /// The selection stays if the picture is the same.
    pub(super) fn show(&mut self, shown: Rc<Shown>) {
        let n_faces = self.shown.as_ref().map(|shown| shown.analysis.faces.len());
        if n_faces != Some(shown.analysis.faces.len()) {
            self.selected = 0;
        }
        self.is_reading = false;
        self.shown = Some(shown);
    }

    pub(super) fn select(&mut self, face_idx: usize) {
        if self.shown.as_ref().is_some_and(|shown| face_idx < shown.analysis.faces.len()) {
            self.selected = face_idx;
        }
    }
}

impl Shown {
    /// The faces as they are shown.
    pub(crate) fn display(&self) -> Vec<DisplayFace> {
        self.analysis.faces.iter().map(DisplayFace::from).collect()
    }

    /// What a person should know of how the file was read.
    pub fn notes(&self) -> Vec<String> {
        let Self { width, height, original_width, original_height, .. } = self;
        let is_scaled = (width, height) != (original_width, original_height);
        let scaled = is_scaled.then(|| format!("Scaled from {original_width}×{original_height} to {width}×{height}"));
        let animated = self.animated.then(|| "Animated file, its first frame is shown".to_owned());
        scaled.into_iter().chain(animated).collect()
    }
}

#[cfg(test)]
impl Shown {
    /// A picture with `n_faces` faces, every label equally probable.
    pub(crate) fn of_faces(n_faces: usize) -> Self {
        let detection = vision::Detection { rect: vision::Rect::default(), score: 1.0, key_points: None };
        let scores = model_core::Scores::from_logits([0.0; 7]).expect("finite");
        let reading = model_core::Reading { scores, label_head: None, is_sure: true, votes: None };
        let quality = vision::Quality { side: 48.0, brightness: 0.5, sharpness: 1.0, yaw: None };
        Self {
            analysis: pipeline::Analysis {
                faces: vec![pipeline::Face { detection, reading, quality }; n_faces],
                ms: pipeline::StageMs::default(),
            },
            crops: vec![crate::protocol::GreyBytes::default(); n_faces],
            width: 64,
            height: 48,
            original_width: 64,
            original_height: 48,
            animated: false,
            decode_ms: 0.0,
            detector: crate::detector::DetectorInUse { kind: crate::detector::DetectorKind::Haar, full_range: true },
            network: model_core::Architecture::Small,
            device: model_core::DeviceKind::Cpu,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_face_that_is_there_can_be_selected() {
        let mut photo = Photo::chosen("a".into());
        for (shown, wish, expected) in [(None, 1, 0), (Some(3), 2, 2), (Some(3), 3, 2), (Some(1), 1, 0)] {
            if let Some(n_faces) = shown {
                photo.show(Shown::of_faces(n_faces).into());
            }
            photo.select(wish);
            assert_eq!(photo.selected, expected, "{shown:?} {wish}");
        }
    }

    #[test]
    fn scaling_and_animation_are_told() {
        let plain = Shown::of_faces(0);
        let scaled = Shown { original_width: 6400, original_height: 4800, ..plain.clone() };
        let animated = Shown { animated: true, ..scaled.clone() };
        let notes = [&plain, &scaled, &animated].map(Shown::notes);
        assert_eq!([notes[0].len(), notes[1].len(), notes[2].len()], [0, 1, 2]);
        assert_eq!(notes[2][0], "Scaled from 6400×4800 to 64×48");
    }
}
