//! The Viola–Jones face detector, with the very rectangles of OpenCV 4.14's `CascadeClassifier::detectMultiScale`.
//!
//! P. Viola, M. Jones, *Rapid object detection using a boosted cascade of simple features*, CVPR 2001. A cascade is
//! read from the XML files that OpenCV ships; the steps from a picture to faces are the files of this module:
//!
//! ```text
//! xml ──► model                                  once
//! pyramid ── resize ──► integral ──► scan        for each size of window: the picture shrinks, the window does not
//!                                     ├─ lanes       eight windows at once, where they agree with
//!                                     └─ evaluate    one window, exactly as OpenCV counts
//! group ──► faces
//! ```
//!
//! Names in back-quotes that are not in this crate are OpenCV's, in `modules/objdetect/src/cascadedetect.{cpp,hpp}`
//! unless another file is named.

mod evaluate;
mod group;
mod integral;
mod lanes;
mod model;
mod pyramid;
mod resize;
mod scan;
mod xml;

use thiserror::Error;

use crate::{Detection, GreyView, IntRect, RgbaView, grey};
use group::Group;
use scan::Scanner;

/// Why there is no detector.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CascadeError {
    /// The text is not XML.
    #[error("expected a cascade as OpenCV writes it, got no XML ({0})")]
    Xml(String),
    /// The XML is not a cascade of upright Haar features.
    #[error("line {line} of the cascade: expected {expected}, got {actual}")]
    Invalid {
        /// Where, from 1.
        line: u32,
        /// The element or value that should be there.
        expected: String,
        /// The text that is there, cut to 80 characters.
        actual: String,
    },
    /// [`CascadeConfig::scale_factor`] is out of range.
    #[error("expected a scale factor from {} to {}, got {actual}", CascadeConfig::SCALE_FACTORS.start(), CascadeConfig::SCALE_FACTORS.end())]
    ScaleFactor {
        /// The given factor.
        actual: f64,
    },
}

/// How a picture is searched. The default is that of the study which this project grew from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CascadeConfig {
    /// Factor from one size of window to the next, in 1.01..=10. Default 1.1; smaller finds more and takes longer.
    pub scale_factor: f64,
    /// How many windows must agree beyond the first. Default 5; fewer gives more faces, and more that are none. 0 gives
    /// every window by itself.
    pub min_neighbors: u32,
    /// Side of the smallest window, pixels. Default 30; the time grows with the square of what is smaller.
    pub min_size: usize,
}

impl CascadeConfig {
    /// Below, there are thousands of window sizes; above, faces are missed between two of them.
    const SCALE_FACTORS: std::ops::RangeInclusive<f64> = 1.01..=10.0;

    fn check(&self) -> Result<(), CascadeError> {
        let actual = self.scale_factor;
        if Self::SCALE_FACTORS.contains(&actual) { Ok(()) } else { Err(CascadeError::ScaleFactor { actual }) }
    }
}

impl Default for CascadeConfig {
    fn default() -> Self {
        Self { scale_factor: 1.1, min_neighbors: 5, min_size: 30 }
    }
}

/// A trained cascade.
#[derive(Clone, Debug)]
pub struct Cascade {
    model: model::Model,
}

impl Cascade {
    /// The cascade in the text of one of OpenCV's XML files (the form since OpenCV 2.4: `opencv-cascade-classifier`).
    pub fn from_xml(text: &str) -> Result<Self, CascadeError> {
        Ok(Self { model: xml::read(text)? })
    }

    /// Every window that passes all stages, in pixels of `image`.
    fn find_windows(&self, image: GreyView<'_>, config: &CascadeConfig) -> Vec<IntRect> {
        let mut windows = Vec::new();
        let mut scanner: Option<Scanner> = None;
        for layer in pyramid::layers(&self.model, (image.width(), image.height()), config) {
            // Layers shrink: what is laid out for the first of a step has room for all that follow.
            let scanner = match &mut scanner {
                Some(scanner) if scanner.step() == layer.step => scanner,
                other => other.insert(Scanner::new(&self.model, layer.width, layer.step)),
            };
            let pixels = resize::resize(image, layer.width, layer.height);
            let pixels =
                GreyView::new(layer.width, layer.height, &pixels).expect("resize gives a pixel for each asked");
            scanner.scan(pixels, |x, y| windows.push(layer.window_in_image(x, y)));
        }
        windows
    }
}

/// A cascade with its settings.
#[derive(Clone, Debug)]
pub struct HaarDetector {
    cascade: Cascade,
    config: CascadeConfig,
}

impl HaarDetector {
    /// A detector, unless `config` is out of range.
    pub fn new(cascade: Cascade, config: CascadeConfig) -> Result<Self, CascadeError> {
        config.check()?;
        Ok(Self { cascade, config })
    }

    /// The faces in `image`, the surest first, and those that are as sure in OpenCV's order: smallest windows first. The
    /// score is the number of windows that agreed. All sides are whole pixels.
    #[expect(clippy::missing_panics_doc, reason = "`grey` gives a byte for each pixel")]
    pub fn detect(&self, image: RgbaView<'_>) -> Vec<Detection> {
        let pixels = grey(image.data());
        let view = GreyView::new(image.width(), image.height(), &pixels).expect("a grey byte for each RGBA pixel");
        let mut groups = group::group(&self.cascade.find_windows(view, &self.config), self.config.min_neighbors);
        groups.sort_by_key(|group| std::cmp::Reverse(group.n_windows));
        let detection =
            |group: &Group| Detection { rect: group.rect.into(), score: group.n_windows as f32, key_points: None };
        groups.iter().map(detection).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rect;

    /// One stump over a 4×4 window: right half brighter than left half.
    const TOY: &str = include_str!("../tests/data/toy_cascade.xml");
    /// Where the picture has its only contrast.
    const EDGE: Rect = Rect { x: 16.0, y: 10.0, width: 8.0, height: 8.0 };

    /// 40×30 grey pixels as RGBA, flat but for a square that is black on the left and white on the right.
    fn picture() -> Vec<u8> {
        let mut pixels = vec![100; 40 * 30];
        for row in pixels.chunks_exact_mut(40).skip(10).take(8) {
            row[16..20].fill(0);
            row[20..24].fill(255);
        }
        pixels.into_iter().flat_map(|grey| [grey, grey, grey, 255]).collect()
    }

    /// Faces that the cascade `xml` finds in [`picture`].
    fn detections(xml: &str, min_size: usize, min_neighbors: u32) -> Vec<Detection> {
        let config = CascadeConfig { min_neighbors, min_size, ..CascadeConfig::default() };
        let cascade = Cascade::from_xml(xml).expect("a cascade");
        let detector = HaarDetector::new(cascade, config).expect("valid settings");
        detector.detect(RgbaView::new(40, 30, &picture()).expect("40×30 pixels"))
    }

    #[test]
    fn an_edge_is_found_where_it_is_and_nowhere_else() {
        let detections = detections(TOY, 8, 1);
        let overlaps: Vec<f32> = detections.iter().map(|found| found.rect.iou(EDGE)).collect();
        assert!(overlaps.iter().any(|&iou| iou > 0.5) && overlaps.iter().all(|&iou| iou > 0.0), "{detections:?}");
    }

    #[test]
    fn trees_too_large_for_lanes_give_the_same() {
        // Six nodes that all ask what the one stump asks.
        let chain = "1 -1 0 1. 2 -1 0 1. 3 -1 0 1. 4 -1 0 1. 5 -1 0 1. 0 -1 0 1.";
        let [stump, tree] = [TOY, &TOY.replace("0 -1 0 1.0", chain)].map(|xml| detections(xml, 4, 0));
        assert!(!stump.is_empty());
        assert_eq!(stump, tree);
    }

    #[test]
    fn the_best_face_comes_first() {
        let detections = detections(TOY, 4, 1);
        assert!(detections.len() > 1 && detections.is_sorted_by(|a, b| a.score >= b.score), "{detections:?}");
    }

    #[test]
    fn pictures_without_room_for_a_window_have_no_face() {
        let cascade = Cascade::from_xml(TOY).expect("the toy cascade");
        let detector = HaarDetector::new(cascade, CascadeConfig::default()).expect("the default settings");
        for (width, height) in [(1, 1), (3, 99), (99, 3), (29, 29)] {
            let pixels = vec![0; 4 * width * height];
            let view = RgbaView::new(width, height, &pixels).expect("a picture");
            assert_eq!(detector.detect(view), [], "{width}×{height}");
        }
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let cascade = Cascade::from_xml(TOY).expect("the toy cascade");
        for scale_factor in [1.0, 0.0, -1.1, 11.0, f64::NAN, f64::INFINITY] {
            let config = CascadeConfig { scale_factor, ..CascadeConfig::default() };
            let Err(error) = HaarDetector::new(cascade.clone(), config) else { panic!("{scale_factor} was taken") };
            assert!(error.to_string().starts_with("expected a scale factor from 1.01 to 10, got"), "{error}");
        }
    }
}
