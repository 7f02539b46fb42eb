//! The state of the page, as its elements show it.

use serde::Deserialize;

/// Reads every element of the contract in one call, so that its parts belong together.
pub(crate) const SNAPSHOT: &str = include_str!("snapshot.js");

/// The state that the page shows at one moment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The device and how far it is.
    pub device: Option<DeviceState>,
    /// The detector and how far it is.
    pub detector: Option<DetectorState>,
    /// The box for eyes, nose, mouth and ears.
    pub key_points: Toggle,
    /// The current activity, in words.
    pub status: String,
    /// Title, detail and advice of each problem.
    pub problems: Vec<String>,
    /// Something to know that needs no action.
    pub notice: Option<String>,
    /// The faces, in the order of their rows.
    pub faces: Vec<Face>,
    /// The seven probabilities of the selected face.
    pub probabilities: Vec<Probability>,
    /// How many of ten raters are expected to vote for each of eight expressions; none by a network that was not taught
    /// that.
    pub votes: Vec<Vote>,
    /// How far verifying is: `none`, `running`, `failed`, `verified` or `differs`.
    pub verification: String,
    /// The result on each device.
    pub verified: Vec<Verified>,
    /// The seven shares since start, and those of unsure and poor faces and of no face.
    pub shares: Vec<Share>,
    /// Width and height of the analysed picture.
    pub analysis_size: Option<[u32; 2]>,
    /// The network, device and detector that read its faces.
    pub read_by: Option<ReadBy>,
    /// Whether the page says that there is no face.
    pub has_no_face: bool,
    /// Analysed frames per second.
    pub fps: Option<f64>,
    /// Whether something is being fetched.
    pub is_loading: bool,
    /// Whether the camera is on, as far as the page says.
    pub has_camera: bool,
}

/// `device-state`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DeviceState {
    /// `cpu` or `webgpu`.
    pub device: String,
    /// `loading`, `ready` or `failed`.
    pub state: String,
    /// `ferrum`, `small`, `residual` or `unet`.
    pub network: String,
    /// The text that a person reads.
    pub text: String,
}

/// `detector-state`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DetectorState {
    /// `loading`, `ready` or `stand-in`.
    pub state: String,
    /// `blazeface` or `haar`.
    pub kind: String,
    /// Whether small and far faces are found: `near` (not yet), `coming`, `full` or `failed`.
    pub range: String,
    /// The text that a person reads.
    pub text: String,
}

/// A checkbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Toggle {
    /// Whether it is set.
    pub checked: bool,
    /// Whether it cannot be changed.
    pub disabled: bool,
}

/// `analysis-size`: what the picture on the stage was read by, which may be another than is ready now.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadBy {
    /// `ferrum`, `small`, `residual` or `unet`.
    pub network: String,
    /// `cpu` or `webgpu`.
    pub device: String,
    /// `blazeface` or `haar`.
    pub detector: String,
    /// Whether that finds small and far faces.
    pub full_range: bool,
}

/// `face-row`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Face {
    /// x, y, width, height in pixels of the analysed picture.
    pub rect: [f64; 4],
    /// Number of the person, of a camera's face.
    pub id: Option<u64>,
    /// The label; that which an unsure face would have.
    pub label: String,
    /// Its probability.
    pub confidence: f64,
    /// Whether that is enough; else the face is shown as unsure.
    pub sure: bool,
    /// Whether its probabilities are the ones shown.
    pub selected: bool,
}

/// `probability`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Probability {
    /// The label.
    pub emotion: String,
    /// 0 to 1.
    pub value: f64,
}

/// `vote`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Vote {
    /// FER+'s word for the expression.
    pub vote: String,
    /// Number of raters, of ten.
    pub value: f64,
}

/// `verified`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Verified {
    /// `cpu` or `webgpu`.
    pub device: String,
    /// The greatest difference from the stored answers.
    pub difference: f64,
    /// Milliseconds a face.
    pub ms: f64,
    /// Milliseconds of these until the CPU waits.
    pub submit_ms: f64,
    /// Whether the difference is no more than rounding.
    pub agrees: bool,
}

/// `share-row`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Share {
    /// The label, or `unsure`, `poor-quality` or `no-face`.
    pub emotion: String,
    /// How many faces had it since start.
    pub count: u64,
    /// For how long, seconds.
    pub secs: f64,
    /// Its part of the time, 0 to 1.
    pub relative: f64,
}

impl Share {
    /// Whether it says something of an expression: a label, or unsure.
    pub fn is_read(&self) -> bool {
        !["poor-quality", "no-face"].contains(&self.emotion.as_str())
    }
}

impl Face {
    /// Whether its box is `rect`, but for `atol` pixels.
    pub fn is_at(&self, rect: [f64; 4], atol: f64) -> bool {
        self.rect.iter().zip(rect).all(|(a, b)| (a - b).abs() <= atol)
    }

    /// Area of the overlap with `other` by the area of both together.
    pub fn iou(&self, other: [f64; 4]) -> f64 {
        iou(self.rect, other)
    }
}

/// Area of the overlap of two rectangles, each left, top, width and height, by the area of both together.
pub fn iou([x, y, width, height]: [f64; 4], other: [f64; 4]) -> f64 {
    let overlap = |a: f64, a_size: f64, b: f64, b_size: f64| (a + a_size).min(b + b_size) - a.max(b);
    let both = overlap(x, width, other[0], other[2]).max(0.0) * overlap(y, height, other[1], other[3]).max(0.0);
    both / (width * height + other[2] * other[3] - both)
}

impl Snapshot {
    /// Whether faces can be read.
    pub fn is_ready(&self) -> bool {
        self.device.as_ref().is_some_and(|device| device.state == "ready")
    }

    /// Whether faces are read on `device` (`cpu` or `webgpu`).
    pub fn is_ready_on(&self, device: &str) -> bool {
        self.is_ready() && self.device.as_ref().is_some_and(|state| state.device == device)
    }

    /// Whether faces are read by `network`.
    pub fn is_ready_with(&self, network: &str) -> bool {
        self.is_ready() && self.device.as_ref().is_some_and(|state| state.network == network)
    }

    /// Whether a picture of this size was analysed and nothing is being read any more.
    pub fn has_read(&self, size: [u32; 2]) -> bool {
        self.analysis_size == Some(size) && !self.status.starts_with("Reading")
    }

    /// Whether the picture that is shown was read on `device`.
    pub fn was_read_on(&self, device: &str) -> bool {
        self.read_by.as_ref().is_some_and(|by| by.device == device)
    }

    /// Whether the picture that is shown was read by `network`.
    pub fn was_read_with(&self, network: &str) -> bool {
        self.read_by.as_ref().is_some_and(|by| by.network == network)
    }

    /// Whether faces are found by `detector` (`blazeface` or `haar`).
    pub fn detects_by(&self, detector: &str) -> bool {
        self.detector.as_ref().is_some_and(|state| state.kind == detector)
    }

    /// Whether the net for small and far faces is `near`, `coming`, `full` or `failed`.
    pub fn has_range(&self, range: &str) -> bool {
        self.detector.as_ref().is_some_and(|state| state.range == range)
    }

    /// Whether the faces of the picture that is shown were found by `detector`.
    pub fn was_found_by(&self, detector: &str) -> bool {
        self.read_by.as_ref().is_some_and(|by| by.detector == detector)
    }

    /// Index of the selected face.
    pub fn selected(&self) -> Option<usize> {
        self.faces.iter().position(|face| face.selected)
    }

    /// Whether a problem says all of `words`.
    pub fn has_problem(&self, words: &[&str]) -> bool {
        self.problems.iter().any(|problem| words.iter().all(|word| problem.contains(word)))
    }

    /// Whether the page says in every place that there is no face.
    pub fn says_no_face(&self) -> bool {
        self.faces.is_empty() && self.has_no_face && self.status.starts_with("No face found")
    }

    /// How many faces were read since start.
    pub fn total_count(&self) -> u64 {
        self.shares.iter().filter(|share| share.is_read()).map(|share| share.count).sum()
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Result;
    use serde_json::json;

    use super::*;

    #[test]
    fn overlap_of_rectangles() {
        let rect = [0.0, 0.0, 10.0, 10.0];
        let face = Face { rect, id: None, label: "happy".into(), confidence: 1.0, sure: true, selected: true };
        let cases = [
            ([0.0, 0.0, 10.0, 10.0], 1.0),
            ([5.0, 0.0, 10.0, 10.0], 1.0 / 3.0),
            ([10.0, 0.0, 10.0, 10.0], 0.0),
            ([20.0, 20.0, 5.0, 5.0], 0.0),
        ];
        for (other, expected) in cases {
            assert!((face.iou(other) - expected).abs() < 1e-12, "{other:?}");
        }
        assert!(face.is_at([0.1, 0.0, 10.0, 9.9], 0.2) && !face.is_at([0.0, 0.3, 10.0, 10.0], 0.2));
    }

    #[test]
    fn a_snapshot_reads_as_the_script_writes_it() -> Result<()> {
        let shown: Snapshot = serde_json::from_value(json!({
            "device": { "device": "cpu", "state": "ready", "network": "small", "text": "CPU" },
            "status": "1 face", "problems": ["No", "Cut off"], "notice": null, "analysisSize": [512, 512], "fps": null,
            "detector": { "state": "ready", "kind": "blazeface", "range": "near", "text": "BlazeFace" },
            "keyPoints": { "checked": true, "disabled": false },
            "readBy": { "network": "small", "device": "webgpu", "detector": "haar", "fullRange": true },
            "faces": [{ "rect": [1, 2, 3, 4], "id": null, "label": "happy", "confidence": 0.9, "sure": false,
                "selected": true }],
            "probabilities": [{ "emotion": "happy", "value": 0.9 }],
            "votes": [{ "vote": "contempt", "value": 2.5 }], "verification": "verified",
            "verified": [{ "device": "cpu", "difference": 0.5, "ms": 4.0, "submit_ms": 1.0, "agrees": false }],
            "shares": [{ "emotion": "happy", "count": 3, "secs": 1.5, "relative": 1 },
                { "emotion": "no-face", "count": 4, "secs": 1, "relative": 0.4 }],
            "isLoading": false, "hasCamera": false, "hasNoFace": false,
        }))?;
        assert!(shown.is_ready_on("cpu") && !shown.is_ready_on("webgpu"));
        assert!(shown.is_ready_with("small") && !shown.is_ready_with("unet"));
        assert!(shown.has_read([512, 512]) && !shown.has_read([512, 511]));
        assert!(shown.was_read_on("webgpu") && !shown.was_read_on("cpu"));
        assert!(shown.was_read_with("small") && !shown.was_read_with("unet"));
        assert!(shown.detects_by("blazeface") && shown.has_range("near") && shown.was_found_by("haar"));
        assert!(!shown.faces[0].sure && shown.votes[0].vote == "contempt" && !shown.verified[0].agrees);
        assert!(shown.has_problem(&["Cut", "off"]) && !shown.has_problem(&["No", "off"]));
        assert_eq!((shown.total_count(), shown.selected(), shown.faces[0].rect[3]), (3, Some(0), 4.0));
        Ok(())
    }
}
