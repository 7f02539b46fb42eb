//! Runs the face detector, then the classifier on each face it found.

use model_core::{ClassifyError, INPUT_SIDE, Prediction};
use serde::{Deserialize, Serialize};
use vision::{Detection, FaceCrop, Quality, RgbaView, crop};
use web_time::Instant;

use crate::{Classify, Detect, Face, FrameTask, Search, merge::is_same_face};

/// Milliseconds that each stage took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageMs {
    /// Finding the faces.
    pub detect: f64,
    /// Aligning, cropping and resizing to [`INPUT_SIDE`]² grey levels.
    pub crop: f64,
    /// Running the network over all of them, read-back included.
    pub classify: f64,
}

/// The faces that were found in one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// One face per detection, in their order: descending score after a search, the given one for
    /// [`FrameTask::Follow`].
    pub faces: Vec<Face>,
    /// The cost of each stage.
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

    /// Every face of the photo `image`, however small, and the crop of each as the network saw it: [`INPUT_SIDE`]² grey
    /// levels.
    ///
    /// All faces are classified in one batch. [`PhotoSearch`](crate::PhotoSearch) does the same step by step, and turns
    /// photos that lie on their side.
    ///
    /// # Errors
    /// If the device fails, or a network gives what is not a number.
    pub async fn analyze_image(&self, image: RgbaView<'_>) -> Result<(Analysis, Vec<FaceCrop>), ClassifyError> {
        self.search(image, Search::Photo).await
    }

    /// The faces of the frame `image` that `task` asks for, and the crop of each as the network saw it: [`INPUT_SIDE`]²
    /// grey levels.
    ///
    /// All faces are classified in one batch.
    ///
    /// # Errors
    /// If the device fails, or a network gives what is not a number.
    pub async fn analyze_frame(
        &self,
        image: RgbaView<'_>,
        task: &FrameTask,
    ) -> Result<(Analysis, Vec<FaceCrop>), ClassifyError> {
        match task {
            FrameTask::Search(search) => self.search(image, *search).await,
            FrameTask::SearchAround { expected, search } => {
                let start = Instant::now();
                let detections = self.detect_around(image, expected, *search).await?;
                self.read(image, &detections, millis(start, Instant::now())).await
            }
            FrameTask::Follow(detections) => self.read(image, detections, 0.0).await,
        }
    }

    /// Detections near `expected`, and those of `search` that overlap none of them, in descending score. Without
    /// `search`, a [`Search::Far`] is made only if an expected face is lost.
    async fn detect_around(
        &self,
        image: RgbaView<'_>,
        expected: &[Detection],
        search: Option<Search>,
    ) -> Result<Vec<Detection>, ClassifyError> {
        let mut found = self.detector.detect_around(image, expected).await?;
        // One detection may overlap two expected faces, hence also by count.
        let is_there = |face: &Detection| found.iter().any(|other| is_same_face(other, face));
        let is_lost = found.len() < expected.len() || !expected.iter().all(is_there);
        if let Some(search) = search.or(is_lost.then_some(Search::Far)) {
            let mut others = self.detector.detect(image, search).await?;
            others.retain(|face| !found.iter().any(|other| is_same_face(other, face)));
            found.extend(others);
            found.sort_by(|a, b| b.score.total_cmp(&a.score));
        }
        Ok(found)
    }

    async fn search(&self, image: RgbaView<'_>, search: Search) -> Result<(Analysis, Vec<FaceCrop>), ClassifyError> {
        let start = Instant::now();
        let detections = self.detector.detect(image, search).await?;
        self.read(image, &detections, millis(start, Instant::now())).await
    }

    /// The face detector.
    pub(crate) fn detector(&self) -> &D {
        &self.detector
    }

    /// Crop and classify the faces at `detections`, which were found in `detect_ms`.
    pub(crate) async fn read(
        &self,
        image: RgbaView<'_>,
        detections: &[Detection],
        detect_ms: f64,
    ) -> Result<(Analysis, Vec<FaceCrop>), ClassifyError> {
        let start = Instant::now();
        let crops: Vec<_> = detections.iter().map(|detection| crop(image, detection, INPUT_SIDE)).collect();
        let cropped = Instant::now();
        let predictions = self.classifier.classify(&crops).await?;
        let ms = StageMs { detect: detect_ms, crop: millis(start, cropped), classify: millis(cropped, Instant::now()) };
        debug_assert_eq!(predictions.len(), detections.len(), "one `Prediction` per crop");
        let face = |((&detection, crop), prediction): ((_, _), Prediction)| {
            let quality = Quality::of(&detection, crop);
            let is_sure = prediction.is_sure && quality.allows_sure_label();
            Face { detection, prediction: Prediction { is_sure, ..prediction }, quality }
        };
        let faces = detections.iter().zip(&crops).zip(predictions).map(face).collect();
        Ok((Analysis { faces, ms }, crops))
    }
}

pub(crate) fn millis(from: Instant, to: Instant) -> f64 {
    1000.0 * to.duration_since(from).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::{Emotion, Prediction, Scores, Votes};
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };
    use vision::{QualityIssue, Rect};

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
        async fn classify(&self, crops: &[FaceCrop]) -> Result<Vec<Prediction>, ClassifyError> {
            let label = |crop: &FaceCrop| {
                let bright = crop.pixels().iter().filter(|&&level| level > 127).count() * 2 > crop.pixels().len();
                let mut logits = [0.0; Emotion::COUNT];
                logits[if bright { Emotion::Happy } else { Emotion::Sad } as usize] = 9.0;
                Ok(Prediction { scores: Scores::from_logits(logits)?, label_head: None, is_sure: true, votes: None })
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
    fn each_face_gets_the_scores_and_the_quality_of_its_own_crop() {
        let of = |face: &Face| (face.detection.rect.x, face.label(), face.quality.issues().collect::<Vec<_>>());
        let [small, dark, blurred] = [QualityIssue::TooSmall, QualityIssue::TooDark, QualityIssue::Blurred];
        let faces_of = |height: usize| {
            // Left half black, right half grey.
            let width = 2 * height;
            let pixels: Vec<u8> =
                (0..width * height).flat_map(|i| [if i % width < height { 0 } else { 128 }; 4]).collect();
            let image = RgbaView::new(width, height, &pixels).unwrap();
            let (analysis, crops) = ready(Engine::new(Halves, Brightness).analyze_image(image)).unwrap();
            (analysis.faces.iter().map(of).collect::<Vec<_>>(), crops)
        };
        let (faces, crops) = faces_of(16);
        let expected =
            [(0.0, Some(Emotion::Sad), vec![small, dark, blurred]), (16.0, Some(Emotion::Happy), vec![small, blurred])];
        assert_eq!(faces, expected);
        assert!(faces_of(15).0.iter().all(|(_, label, _)| label.is_none()), "none of fewer pixels is sure");
        assert_eq!(crops.iter().map(|crop| crop.pixels()[0]).collect::<Vec<_>>(), [0, 128]);
    }

    #[test]
    fn a_frame_is_searched_or_its_faces_are_read_where_they_are_said_to_be() {
        let image = RgbaView::new(2, 1, &[255; 8]).unwrap();
        let rect = Rect { x: 0.5, y: 0.0, width: 1.0, height: 1.0 };
        let detection = Detection { rect, score: 1.0, key_points: None };
        let cases = [(FrameTask::Search(Search::Near), 2), (FrameTask::Follow(vec![detection]), 1)];
        for (task, n_faces) in cases {
            let (analysis, crops) = ready(Engine::new(Halves, Brightness).analyze_frame(image, &task)).unwrap();
            assert_eq!((analysis.faces.len(), crops.len()), (n_faces, n_faces), "{task:?}");
            let is_followed = analysis.faces[0].detection == detection && analysis.ms.detect == 0.0;
            assert_eq!(is_followed, n_faces == 1, "{analysis:?}");
        }
    }

    #[test]
    fn a_face_that_is_not_found_again_is_searched_for() {
        /// Finds the left half again, if it is expected.
        struct Left;
        impl Detect for Left {
            async fn detect(&self, image: RgbaView<'_>, search: Search) -> Result<Vec<Detection>, ClassifyError> {
                Halves.detect(image, search).await
            }

            async fn detect_around(
                &self,
                _image: RgbaView<'_>,
                expected: &[Detection],
            ) -> Result<Vec<Detection>, ClassifyError> {
                Ok(expected
                    .iter()
                    .filter(|face| face.rect.x < 1.0)
                    .map(|face| Detection { score: 0.5, ..*face })
                    .collect())
            }
        }
        let image = RgbaView::new(2, 1, &[255; 8]).unwrap();
        let half = |x| Detection { rect: Rect { x, y: 0.0, width: 1.0, height: 1.0 }, score: 1.0, key_points: None };
        let cases = [
            (vec![half(0.0)], None, vec![(0.0, 0.5)]),
            (vec![half(0.0)], Some(Search::Near), vec![(1.0, 1.0), (0.0, 0.5)]),
            (vec![half(0.0), half(1.0)], None, vec![(1.0, 1.0), (0.0, 0.5)]),
            (vec![half(1.0)], None, vec![(0.0, 2.0), (1.0, 1.0)]),
        ];
        for (expected, search, found) in cases {
            let task = FrameTask::SearchAround { expected, search };
            let (analysis, _) = ready(Engine::new(Left, Brightness).analyze_frame(image, &task)).unwrap();
            let faces: Vec<_> =
                analysis.faces.iter().map(|Face { detection, .. }| (detection.rect.x, detection.score)).collect();
            assert_eq!(faces, found, "{task:?}");
        }
    }

    #[test]
    fn an_analysis_survives_json() {
        let rect = Rect { x: 1.0, y: 2.0, width: 3.0, height: 4.0 };
        let analysis = Analysis {
            faces: vec![Face {
                detection: Detection { rect, score: 5.0, key_points: None },
                prediction: Prediction {
                    scores: Scores::from_logits([0.0; 7]).unwrap(),
                    label_head: None,
                    is_sure: false,
                    votes: Some(Votes::from_logits([0.0; 8]).unwrap()),
                },
                quality: Quality { side: 3.0, brightness: 0.5, sharpness: 1.5, yaw: None },
            }],
            ms: StageMs { detect: 1.0, crop: 2.0, classify: 3.0 },
        };
        let json = serde_json::to_string(&analysis).unwrap();
        assert_eq!(serde_json::from_str::<Analysis>(&json).unwrap(), analysis);
    }
}
