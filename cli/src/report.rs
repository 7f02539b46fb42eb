//! The report on a file, in JSON and in words.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use model_core::{Emotion, Prediction, Scores, Vote, Votes};
use native::{ShippedDetector, table};
use pipeline::Face;
use serde::{Serialize, Serializer};
use vision::{Quality, QualityIssue, Rect};

use crate::{predictor::ReadPhoto, video_report::VideoReport};

/// The faces in one photo or video, or why it could not be read. An entry of the JSON of `--json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum FileReport {
    /// It was searched.
    Read {
        /// The file as it was given.
        photo: String,
        /// Width of the picture that was searched, pixels.
        width: usize,
        /// Height of the picture that was searched, pixels.
        height: usize,
        /// Width of the picture in the file, upright, pixels.
        original_width: u32,
        /// Height of the picture in the file, upright, pixels.
        original_height: u32,
        /// Whether the file has more frames than the one that was searched, its first.
        animated: bool,
        /// How far the picture was turned clockwise before it was searched, as its faces are upright then, degrees.
        #[serde(skip_serializing_if = "is_zero")]
        turned: u32,
        /// Id of the weights.
        network: String,
        /// Id of the detector.
        detector: &'static str,
        /// Every face, from left to right and top to bottom.
        faces: Vec<FaceReport>,
        /// Where the annotated picture was written.
        #[serde(skip_serializing_if = "Option::is_none")]
        annotated: Option<PathBuf>,
        /// Why it could not be written.
        #[serde(skip_serializing_if = "Option::is_none")]
        annotation_error: Option<String>,
    },
    /// It is a video.
    Video(Box<VideoReport>),
    /// It could not be read.
    Failed {
        /// The file as it was given.
        photo: String,
        /// Why.
        error: String,
    },
}

/// One face.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct FaceReport {
    /// Its number, from 1, which is drawn into the annotated picture.
    pub number: usize,
    /// Where, in pixels of the picture that was searched.
    pub rect: Rect,
    /// How sure the detector is, on its own scale.
    pub score: f32,
    /// The most probable label.
    pub label: Emotion,
    /// Its probability.
    pub confidence: f32,
    /// Whether that is enough to call the face so; else it is unsure. By a network without a calibration always.
    pub is_sure: bool,
    /// Probability of every label, by name.
    #[serde(serialize_with = "by_name")]
    pub probabilities: Scores,
    /// Share of FER+'s raters expected to vote for each expression, by name; `None` if the network was not taught that.
    #[serde(serialize_with = "votes_by_name", skip_serializing_if = "Option::is_none")]
    pub votes: Option<Votes>,
    /// How well it can be seen, with the names of its issues, the worst first.
    #[serde(serialize_with = "with_issues")]
    pub quality: Quality,
}

impl FileReport {
    pub(crate) fn photo(
        photo: &Path,
        network: &str,
        detector: ShippedDetector,
        read: &ReadPhoto,
        annotated: Option<anyhow::Result<PathBuf>>,
    ) -> Self {
        let picture = &read.picture;
        let (annotated, annotation_error) = match annotated {
            Some(Ok(path)) => (Some(path), None),
            Some(Err(error)) => (None, Some(format!("{error:#}"))),
            None => (None, None),
        };
        Self::Read {
            photo: photo.display().to_string(),
            width: picture.width(),
            height: picture.height(),
            original_width: picture.original_width(),
            original_height: picture.original_height(),
            animated: picture.is_animated(),
            turned: read.turn.degrees(),
            network: network.into(),
            detector: detector.id(),
            faces: (1..).zip(&read.faces).map(|(number, face)| FaceReport::of(number, face)).collect(),
            annotated,
            annotation_error,
        }
    }

    pub(crate) fn failed(photo: &Path, error: &anyhow::Error) -> Self {
        Self::Failed { photo: photo.display().to_string(), error: format!("{error:#}") }
    }

    /// Whether the file was read, if not to its end.
    pub(crate) fn is_read(&self) -> bool {
        !matches!(self, Self::Failed { .. })
    }

    /// Whether something that was asked could not be done.
    pub(crate) fn is_failed(&self) -> bool {
        match self {
            Self::Failed { .. } => true,
            Self::Read { annotation_error, .. } => annotation_error.is_some(),
            Self::Video(report) => report.is_failed(),
        }
    }
}

impl FaceReport {
    fn of(number: usize, face: &Face) -> Self {
        let vision::Detection { rect, score, .. } = face.detection;
        let Face { prediction: Prediction { scores: probabilities, is_sure, votes, .. }, quality, .. } = *face;
        let (label, confidence) = probabilities.top();
        Self { number, rect, score, label, confidence, is_sure, probabilities, votes, quality }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference to the field")]
fn is_zero(degrees: &u32) -> bool {
    *degrees == 0
}

fn by_name<S: Serializer>(scores: &Scores, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(Emotion::ALL.map(|emotion| (emotion, scores.of(emotion))))
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn votes_by_name<S: Serializer>(votes: &Option<Votes>, serializer: S) -> Result<S::Ok, S::Error> {
    match votes {
        Some(votes) => serializer.collect_map(Vote::ALL.map(|vote| (vote, votes.of(vote)))),
        None => serializer.serialize_none(),
    }
}

fn with_issues<S: Serializer>(quality: &Quality, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct WithIssues {
        #[serde(flatten)]
        quality: Quality,
        issues: Vec<QualityIssue>,
    }
    WithIssues { quality: *quality, issues: quality.issues().collect() }.serialize(serializer)
}

/// In words, for a terminal.
impl fmt::Display for FileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (photo, faces) = match self {
            Self::Failed { photo, error } => return write!(f, "{photo}: {error}"),
            Self::Video(report) => return report.fmt(f),
            Self::Read { photo, faces, .. } => (photo, faces),
        };
        write!(f, "{photo}: {}", count(faces.len()))?;
        if let Self::Read {
            width,
            height,
            original_width,
            original_height,
            animated,
            turned,
            annotated,
            annotation_error,
            ..
        } = self
        {
            if [*width as u32, *height as u32] != [*original_width, *original_height] {
                write!(f, ", searched at {width}×{height} of {original_width}×{original_height} pixels")?;
            }
            if *animated {
                f.write_str(", in the first frame of an animation")?;
            }
            if *turned != 0 {
                write!(f, ", turned by {turned}°: its faces are upright then")?;
            }
            if !faces.is_empty() {
                write!(f, "\n{}", faces_table(faces))?;
            }
            if let Some(annotated) = annotated {
                write!(f, "\nannotated: {}", annotated.display())?;
            }
            if let Some(error) = annotation_error {
                write!(f, "\nnot annotated: {error}")?;
            }
        }
        Ok(())
    }
}

fn count(n_faces: usize) -> String {
    match n_faces {
        0 => "no face found".into(),
        1 => "1 face".into(),
        n => format!("{n} faces"),
    }
}

/// Number, label, box in the searched picture, and probabilities in per cent.
fn faces_table(faces: &[FaceReport]) -> comfy_table::Table {
    let header = [&["face", "label", "x", "y", "width", "height"], &Emotion::ALL.map(Emotion::name)[..]].concat();
    let rows = faces.iter().map(|face| {
        let Rect { x, y, width, height } = face.rect;
        let corners = [x, y, width, height].map(|pixels| format!("{pixels:.0}"));
        let shares = face.probabilities.probabilities().map(|p| format!("{:.1} %", 100.0 * p));
        [vec![face.number.to_string(), words(face)], corners.to_vec(), shares.to_vec()].concat()
    });
    table(&header, rows)
}

/// Its label, or that it has none and what it would be.
fn words(face: &FaceReport) -> String {
    if face.is_sure { face.label.to_string() } else { format!("unsure, {}?", face.label) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(faces: Vec<FaceReport>) -> FileReport {
        FileReport::Read {
            photo: "a.jpg".into(),
            width: 1280,
            height: 960,
            original_width: 4000,
            original_height: 3000,
            animated: true,
            turned: 90,
            network: "residual".into(),
            detector: ShippedDetector::HaarDefault.id(),
            faces,
            annotated: None,
            annotation_error: None,
        }
    }

    fn happy() -> FaceReport {
        let scores = Scores::from_logits([0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0]).unwrap();
        let rect = Rect { x: 10.0, y: 20.0, width: 30.0, height: 40.0 };
        FaceReport {
            number: 1,
            rect,
            score: 12.0,
            label: Emotion::Happy,
            confidence: scores.top().1,
            is_sure: true,
            probabilities: scores,
            votes: None,
            quality: Quality { side: 30.0, brightness: 0.5, sharpness: 1.0, yaw: None },
        }
    }

    #[test]
    fn json_names_the_labels_in_their_order() {
        let json = serde_json::to_string(&report(vec![happy()])).unwrap();
        assert!(
            json.contains(
                r#""number":1,"rect":{"x":10.0,"y":20.0,"width":30.0,"height":40.0},"score":12.0,"label":"happy""#
            ),
            "{json}"
        );
        let names = Emotion::ALL.map(|emotion| json.rfind(&format!("\"{emotion}\":")).unwrap());
        assert!(names.is_sorted(), "{json}");
        assert!(json.contains(r#""original_width":4000"#) && !json.contains("annotated"), "{json}");
    }

    #[test]
    fn an_unsure_face_says_so_and_what_it_would_be() {
        let face = FaceReport { is_sure: false, ..happy() };
        assert!(report(vec![face]).to_string().contains("unsure, happy?"));
        let json = serde_json::to_string(&face).unwrap();
        assert!(json.contains(r#""label":"happy""#) && json.contains(r#""is_sure":false"#), "{json}");
    }

    #[test]
    fn votes_are_named_in_the_order_of_fer_plus_where_there_are_some() {
        let votes = Votes::from_logits([0.0; 8]).unwrap();
        let json = serde_json::to_string(&FaceReport { votes: Some(votes), ..happy() }).unwrap();
        assert!(json.contains(r#""votes":{"neutral":0.125,"happiness":0.125,"#), "{json}");
        assert!(!serde_json::to_string(&happy()).unwrap().contains("votes"));
    }

    #[test]
    fn quality_comes_with_the_names_of_the_issues() {
        let quality = Quality { side: 2.0, brightness: 0.0, sharpness: 9.0, yaw: None };
        let json = serde_json::to_string(&FaceReport { quality, ..happy() }).unwrap();
        let expected = r#""quality":{"side":2.0,"brightness":0.0,"sharpness":9.0,"issues":["too_small","too_dark"]}"#;
        assert!(json.contains(expected), "{json}");
    }

    #[test]
    fn faces_are_kept_if_the_drawing_cannot_be_written() {
        let mut report = report(vec![happy()]);
        if let FileReport::Read { annotation_error, .. } = &mut report {
            *annotation_error = Some("cannot write x.png".into());
        }
        assert!(report.is_failed() && report.to_string().ends_with("not annotated: cannot write x.png"), "{report}");
        assert!(serde_json::to_string(&report).unwrap().contains("\"label\":\"happy\""));
    }

    #[test]
    fn words_say_what_was_searched_and_found() {
        let cases = [
            (
                report(vec![]),
                "a.jpg: no face found, searched at 1280×960 of 4000×3000 pixels, in the first frame of an animation, turned by 90°",
            ),
            (report(vec![happy(), happy()]), "a.jpg: 2 faces, "),
            (
                FileReport::failed(Path::new("b.png"), &anyhow::anyhow!("expected a picture")),
                "b.png: expected a picture",
            ),
        ];
        for (report, start) in cases {
            assert!(report.to_string().starts_with(start), "{report}");
        }
        let text = report(vec![happy()]).to_string();
        assert!(text.contains("99.9 %") && text.contains(" 40 "), "{text}");
    }
}
