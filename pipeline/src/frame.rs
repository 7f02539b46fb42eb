//! A frame of a camera or a video: the work to be done with it, and the result.

use model_core::Architecture;
use serde::{Deserialize, Serialize};
use vision::Detection;

use crate::{Analysis, Search};

/// The work to be done with a frame. [`Session::plan`](crate::Session::plan) decides it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FrameTask {
    /// Read the faces that a search finds.
    Search(Search),
    /// Read the faces that are still near where they are expected, and those that a search finds besides.
    SearchAround {
        /// Faces of a frame before, moved to where they must be now.
        expected: Vec<Detection>,
        /// The search to make as well; `None` makes one for far faces if one of `expected` is not found again.
        search: Option<Search>,
    },
    /// Read these faces: those of a frame before, their boxes moved on by the motion model. No detector runs.
    Follow(Vec<Detection>),
}

/// The result of a frame, for [`Session::push`](crate::Session::push).
#[derive(Clone, Debug, PartialEq)]
pub struct FrameReport {
    /// When the frame was seen, seconds on the source's clock.
    pub time_secs: f64,
    /// The work that was done with it.
    pub task: FrameTask,
    /// The network that read its faces.
    pub network: Architecture,
    /// The faces that were found.
    pub analysis: Analysis,
}
