//! A photo on the stage.

use std::rc::Rc;

use vision::Turn;

use crate::display::DisplayFace;
pub(crate) use crate::protocol::AnalyzedPhoto;

/// A photo on the stage.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Photo {
    /// Name of the file.
    pub name: String,
    /// Whether the first answer is awaited.
    pub is_reading: bool,
    /// Whether a person stopped the search for small faces.
    pub is_stopped: bool,
    /// The result, by the last answer.
    pub shown: Option<Rc<AnalyzedPhoto>>,
    /// Index of the selected face.
    pub selected: usize,
}

/// From which overlap on a face is the one that was selected before.
const MIN_SAME: f32 = 0.3;

impl Photo {
    pub(super) fn chosen(name: String) -> Self {
        Self { name, is_reading: true, is_stopped: false, shown: None, selected: 0 }
    }

    pub(super) fn reread(&mut self) {
        (self.is_reading, self.is_stopped) = (true, false);
    }

    pub(super) fn stop(&mut self) {
        self.is_stopped = true;
    }

    /// The share of the search that is done, while it goes on.
    pub(crate) fn progress(&self) -> Option<f32> {
        let shown = self.shown.as_ref().filter(|shown| !self.is_stopped && !shown.is_done())?;
        Some(shown.progress)
    }

    /// The selected face stays selected, wherever it stands among those that were found since.
    pub(super) fn show(&mut self, shown: Rc<AnalyzedPhoto>) {
        let rect = |shown: &AnalyzedPhoto, idx: usize| shown.analysis.faces.get(idx).map(|face| face.detection.rect);
        let before = self.shown.as_ref().and_then(|before| rect(before, self.selected));
        let overlap = |idx: &usize| before.zip(rect(&shown, *idx)).map_or(0.0, |(before, now)| before.iou(now));
        let same = (0..shown.analysis.faces.len()).max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
        self.selected = same.filter(|idx| overlap(idx) > MIN_SAME).unwrap_or_default();
        self.is_reading = false;
        self.shown = Some(shown);
    }

    pub(super) fn select(&mut self, face_idx: usize) {
        if self.shown.as_ref().is_some_and(|shown| face_idx < shown.analysis.faces.len()) {
            self.selected = face_idx;
        }
    }
}

impl AnalyzedPhoto {
    /// The faces as they are shown.
    pub(crate) fn display(&self) -> Vec<DisplayFace> {
        self.analysis.faces.iter().map(DisplayFace::from).collect()
    }

    /// Notes for the person on how the file was read.
    pub fn notes(&self) -> Vec<String> {
        let Self { width, height, original_width, original_height, .. } = self;
        let is_scaled = (width, height) != (original_width, original_height);
        let scaled = is_scaled.then(|| format!("Scaled from {original_width}×{original_height} to {width}×{height}"));
        let animated = self.animated.then(|| "Animated file, its first frame is shown".to_owned());
        let decoded = self.by_browser.as_ref().map(|kind| format!("Decoded by the browser: {kind}"));
        let turned = (self.turn != Turn::None).then(|| format!("Turned by {}°", self.turn.degrees()));
        scaled.into_iter().chain(animated).chain(decoded).chain(turned).collect()
    }
}

#[cfg(test)]
impl AnalyzedPhoto {
    /// A picture with `n_faces` faces, every label equally probable.
    pub(crate) fn of_faces(n_faces: usize) -> Self {
        let rect = |i: usize| vision::Rect { x: 20.0 * i as f32, y: 0.0, width: 10.0, height: 10.0 };
        let detection = |i| vision::Detection { rect: rect(i), score: 1.0, key_points: None };
        let scores = model_core::Scores::from_logits([0.0; 7]).expect("finite");
        let prediction = model_core::Prediction { scores, label_head: None, is_sure: true, votes: None };
        let quality = vision::Quality { side: 48.0, brightness: 0.5, sharpness: 1.0, yaw: None };
        Self {
            analysis: pipeline::Analysis {
                faces: (0..n_faces).map(|i| pipeline::Face { detection: detection(i), prediction, quality }).collect(),
                ms: pipeline::StageMs::default(),
            },
            crops: vec![crate::protocol::GreyBytes::default(); n_faces],
            width: 64,
            height: 48,
            original_width: 64,
            original_height: 48,
            animated: false,
            decode_ms: 0.0,
            by_browser: None,
            turn: Turn::None,
            progress: 1.0,
            read_by: crate::protocol::ReadBy {
                detector: crate::detector::DetectorInUse {
                    kind: crate::detector::DetectorKind::Haar,
                    full_range: true,
                },
                network: model_core::Architecture::Small,
                device: model_core::DeviceKind::Cpu,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_face_that_is_there_can_be_selected() {
        let mut photo = Photo::chosen("a".into());
        for (shown, face_idx, expected) in [(None, 1, 0), (Some(3), 2, 2), (Some(3), 3, 2), (Some(1), 1, 0)] {
            if let Some(n_faces) = shown {
                photo.show(AnalyzedPhoto::of_faces(n_faces).into());
            }
            photo.select(face_idx);
            assert_eq!(photo.selected, expected, "{shown:?} {face_idx}");
        }
    }

    #[test]
    fn the_selected_face_stays_selected_while_others_join() {
        let mut photo = Photo::chosen("a".into());
        let part = AnalyzedPhoto { progress: 0.5, ..AnalyzedPhoto::of_faces(2) };
        photo.show(part.clone().into());
        photo.select(1);
        assert_eq!(photo.progress(), Some(0.5));
        let mut all = AnalyzedPhoto::of_faces(3);
        all.analysis.faces.rotate_left(1);
        photo.show(all.into());
        assert_eq!((photo.selected, photo.progress()), (0, None));
        photo.show(part.into());
        photo.stop();
        assert_eq!(photo.progress(), None, "a person stopped it");
        photo.reread();
        assert_eq!(photo.progress(), Some(0.5));
    }

    #[test]
    fn scaling_and_animation_are_told() {
        let plain = AnalyzedPhoto::of_faces(0);
        let scaled = AnalyzedPhoto { original_width: 6400, original_height: 4800, ..plain.clone() };
        let animated = AnalyzedPhoto { animated: true, ..scaled.clone() };
        let notes = [&plain, &scaled, &animated].map(AnalyzedPhoto::notes);
        assert_eq!([notes[0].len(), notes[1].len(), notes[2].len()], [0, 1, 2]);
        let by_browser = Some("a picture in AVIF format".to_owned());
        let avif = AnalyzedPhoto { by_browser, turn: Turn::Quarter, ..plain };
        assert_eq!(avif.notes(), ["Decoded by the browser: a picture in AVIF format", "Turned by 90°"]);
        assert_eq!(notes[2][0], "Scaled from 6400×4800 to 64×48");
    }
}
