//! Faces as a detector finds them.

use serde::{Deserialize, Serialize};

use crate::{Point, Rect};

/// A face found in an image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Where, in pixels of the image that was searched.
    pub rect: Rect,
    /// How sure the detector is, on its own scale (cascade: number of overlapping windows that agreed; BlazeFace: 0 to
    /// 1). Higher is surer.
    pub score: f32,
    /// Parts of the face, if the detector finds them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_points: Option<KeyPoints>,
}

/// The six parts of a face that BlazeFace finds, in image space. Right and left are the person's own, so that the right
/// eye of an upright face is on the left of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyPoints {
    /// Centre of the eye.
    pub right_eye: Point,
    /// Centre of the eye.
    pub left_eye: Point,
    /// Tip of the nose.
    pub nose: Point,
    /// Centre of the mouth.
    pub mouth: Point,
    /// Tragion: where the upper end of the ear's small flap is.
    pub right_ear: Point,
    /// Tragion.
    pub left_ear: Point,
}

impl KeyPoints {
    /// Key points in BlazeFace's order.
    pub fn from_array([right_eye, left_eye, nose, mouth, right_ear, left_ear]: [Point; 6]) -> Self {
        Self { right_eye, left_eye, nose, mouth, right_ear, left_ear }
    }

    /// How far the face is turned clockwise in the picture, by its eyes, radians: 0 if it is upright.
    pub fn roll(&self) -> f32 {
        let Self { right_eye, left_eye, .. } = self;
        (left_eye.y - right_eye.y).atan2(left_eye.x - right_eye.x)
    }

    /// All of them, in BlazeFace's order.
    pub fn to_array(self) -> [Point; 6] {
        [self.right_eye, self.left_eye, self.nose, self.mouth, self.right_ear, self.left_ear]
    }
}
