//! Detector and classifier in their one order.

use model_core::{ClassifyError, Emotion, INPUT_SIDE, Reading, Scores, Votes};
use serde::{Deserialize, Serialize};
use vision::{Detection, FaceCrop, Flaw, Quality, RgbaView, crop};
use web_time::Instant;

use crate::{Classify, Detect, Search};

/// A face with what the network says of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// Where it is, in pixels of the analysed image.
    pub detection: Detection,
    /// How probable each apparent expression is.
    pub scores: Scores,
    /// Whether the top label is probable enough to be called so; else the face is *unsure*.
    #[serde(default = "surely")]
    pub is_sure: bool,
    /// The share of raters expected to vote for each expression, by networks that were taught that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<Votes>,
    /// How well it can be seen; `None` of a face that was stored before that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
}

/// Networks without a calibration are never unsure.
fn surely() -> bool {
    true
}

impl Face {
    /// The most probable label, if it is probable enough; `None` of a face that is *unsure*.
    pub fn label(&self) -> Option<Emotion> {
        self.is_sure.then(|| self.scores.top().0)
    }

    /// What keeps it from being read, the worst first; nothing if that was not measured.
    pub fn flaws(&self) -> impl Iterator<Item = Flaw> + use<> {
        self.quality.into_iter().flat_map(Quality::flaws)
    }

    fn new(detection: Detection, crop: &FaceCrop, Reading { scores, is_sure, votes }: Reading) -> Self {
        Self { detection, scores, is_sure, votes, quality: Some(Quality::of(&detection, crop)) }
    }
}

/// What is to be read in a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Task {
    /// The faces that a search finds.
    Search(Search),
    /// These faces, without a search: those of a frame before, moved to where they must be now.
    Follow(Vec<Detection>),
}

impl Default for Task {
    fn default() -> Self {
        Self::Search(Search::Photo)
    }
}

/// Milliseconds that each stage took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageMs {
    /// Finding the faces.
    pub detect: f64,
    /// Cutting them out, grey and resized.
    pub crop: f64,
    /// Running the network over all of them, read-back included.
    pub classify: f64,
}

/// What was found in one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Every face, the surest detection first.
    pub faces: Vec<Face>,
    /// What it cost.
    pub ms: StageMs,
}

/// Finds faces and reads their apparent expressions.
#[derive(Debug)]
pub struct Engine<D, C> {
    detector: D,
    classifier: C,
}

impl<D: Detect, C: Classify> Engine<D, C> {
    /// Assemble an engine.
    pub fn new(detector: D, classifier: C) -> Self {
        Self { detector, classifier }
    }

    /// The network in use.
    pub fn classifier(&self) -> &C {
        &self.classifier
    }

    /// Use another network from now on.
    pub fn set_classifier(&mut self, classifier: C) {
        self.classifier = classifier;
    }

    /// The faces of `image` that `task` asks for, all classified in one batch.
    pub async fn analyze(&self, image: RgbaView<'_>, task: Task) -> Result<Analysis, ClassifyError> {
        Ok(self.analyze_with_crops(image, task).await?.0)
    }

    /// As [`Engine::analyze`], and the crop of each face as the network saw it.
    pub async fn analyze_with_crops(
        &self,
        image: RgbaView<'_>,
        task: Task,
    ) -> Result<(Analysis, Vec<FaceCrop>), ClassifyError> {
        let start = Instant::now();
        let detections = match task {
            Task::Search(search) => self.detector.detect(image, search).await?,
            Task::Follow(detections) => detections,
        };
        let detected = Instant::now();
        let crops: Vec<_> = detections.iter().map(|detection| crop(image, detection, INPUT_SIDE)).collect();
        let cropped = Instant::now();
        let readings = self.classifier.classify(&crops).await?;
        let ms = StageMs {
            detect: millis(start, detected),
            crop: millis(detected, cropped),
            classify: millis(cropped, Instant::now()),
        };
        debug_assert_eq!(readings.len(), detections.len(), "one `Reading` per crop");
        let faces = detections.into_iter().zip(&crops).zip(readings);
        let faces = faces.map(|((detection, crop), reading)| Face::new(detection, crop, reading)).collect();
        Ok((Analysis { faces, ms }, crops))
    }
}

fn millis(from: Instant, to: Instant) -> f64 {
    1000.0 * to.duration_since(from).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };
    use vision::{FaceCrop, Rect};

    /// Finds the left and the right half.
    struct Halves;

    impl Detect for Halves {
        async fn detect(&self, image: RgbaView<'_>, _search: Search) -> Result<Vec<Detection>, ClassifyError> {
            let (width, height) = (image.width() as f32 / 2.0, image.height() as f32);
            let half = |x, score| Detection { rect: Rect { x, y: 0.0, width, height }, score, key_points: None };
            Ok(vec![half(0.0, 2.0), half(width, 1.0)])
        }
    }

    /// Calls bright faces happy and dark ones sad.
    struct Brightness;

    impl Classify for Brightness {
        async fn classify(&self, crops: &[FaceCrop]) -> Result<Vec<Reading>, ClassifyError> {
            let label = |crop: &FaceCrop| {
                let bright = crop.pixels().iter().filter(|&&level| level > 127).count() * 2 > crop.pixels().len();
                let mut logits = [0.0; Emotion::COUNT];
                logits[if bright { Emotion::Happy } else { Emotion::Sad } as usize] = 9.0;
                Ok(Reading { scores: Scores::from_logits(logits)?, is_sure: true, votes: None })
            };
            crops.iter().map(label).collect()
        }
    }

    fn ready<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => unreachable!("fakes never wait"),
        }
    }

    #[test]
    fn each_face_gets_the_scores_of_its_own_crop() {
        // Left half black, right half white; 8×4 pixels.
        let pixels: Vec<u8> = (0..32).flat_map(|i| [if i % 8 < 4 { 0 } else { 255 }; 4]).collect();
        let image = RgbaView::new(8, 4, &pixels).unwrap();
        let analysis = ready(Engine::new(Halves, Brightness).analyze(image, Task::default())).unwrap();
        let labels: Vec<_> = analysis.faces.iter().map(|face| (face.detection.rect.x, face.scores.top().0)).collect();
        assert_eq!(labels, [(0.0, Emotion::Sad), (4.0, Emotion::Happy)]);
    }

    #[test]
    fn each_face_gets_the_quality_of_its_own_crop() {
        // Left half black, right half grey; 8×4 pixels.
        let pixels: Vec<u8> = (0..32).flat_map(|i| [if i % 8 < 4 { 0 } else { 127 }; 4]).collect();
        let image = RgbaView::new(8, 4, &pixels).unwrap();
        let analysis = ready(Engine::new(Halves, Brightness).analyze(image, Task::default())).unwrap();
        let flaws = analysis.faces.iter().map(|face| face.flaws().collect::<Vec<_>>());
        assert!(
            flaws.eq([vec![Flaw::TooSmall, Flaw::TooDark, Flaw::Blurred], vec![Flaw::TooSmall, Flaw::Blurred]]),
            "{analysis:?}"
        );
        assert_eq!(Face { quality: None, ..analysis.faces[0] }.flaws().count(), 0);
    }

    #[test]
    fn faces_that_are_followed_are_read_where_they_are_said_to_be() {
        let image = RgbaView::new(2, 1, &[255; 8]).unwrap();
        let rect = Rect { x: 1.0, y: 0.0, width: 1.0, height: 1.0 };
        let detection = Detection { rect, score: 1.0, key_points: None };
        let analysis = ready(Engine::new(Halves, Brightness).analyze(image, Task::Follow(vec![detection]))).unwrap();
        assert_eq!(analysis.faces.iter().map(|face| face.detection).collect::<Vec<_>>(), [detection]);
    }

    #[test]
    fn an_analysis_survives_json() {
        let analysis = Analysis {
            faces: vec![Face {
                detection: Detection {
                    rect: Rect { x: 1.0, y: 2.0, width: 3.0, height: 4.0 },
                    score: 5.0,
                    key_points: None,
                },
                scores: Scores::from_logits([0.0; 7]).unwrap(),
                is_sure: false,
                votes: Some(Votes::from_logits([0.0; 8]).unwrap()),
                quality: Some(Quality { side: 3.0, brightness: 0.5, sharpness: 1.5, yaw: None }),
            }],
            ms: StageMs { detect: 1.0, crop: 2.0, classify: 3.0 },
        };
        let json = serde_json::to_string(&analysis).unwrap();
        assert_eq!(serde_json::from_str::<Analysis>(&json).unwrap(), analysis);
        let quality = json.find(",\"quality\"").unwrap();
        let older = format!("{}}}],\"ms\"{}", &json[..quality], json.split("\"ms\"").last().unwrap());
        let older: Analysis = serde_json::from_str(&older).unwrap();
        assert_eq!(older.faces, [Face { quality: None, ..analysis.faces[0] }], "one that was stored before");
    }
}
