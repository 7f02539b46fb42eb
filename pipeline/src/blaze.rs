//! `BlazeFace` as a detector: squares of a picture in, faces out.
//!
//! ```text
//! squares ──► model_core::BlazeFace ──► decode ──► merge
//! of the picture      anchors       faces of a square   faces of the picture
//! ```

mod decode;
mod merge;
mod squares;

use model_core::{BlazeFace, BlazeRange, ClassifyError};
use vision::{Detection, RgbaView};

use crate::{Detect, Search};
use squares::Level;

/// MediaPipe's face detector, in the ways that photos and frames need.
///
/// - [`Search::Near`]: the short-range network on the whole picture.
/// - [`Search::Far`]: the full-range network on the whole picture.
/// - [`Search::Photo`]: the full-range network on the picture at several sizes, in squares that overlap.
///
/// Without the full-range network, which is five times as large, the short-range one does all of them on the whole
/// picture.
#[derive(Debug)]
pub struct BlazeDetector {
    short: BlazeFace,
    full: Option<BlazeFace>,
}

impl BlazeDetector {
    /// With the short-range network alone.
    ///
    /// # Panics
    /// If `short` is the other network: a bug of the caller.
    pub fn new(short: BlazeFace) -> Self {
        assert_eq!(short.range(), BlazeRange::Short);
        Self { short, full: None }
    }

    /// Use the full-range network as well.
    ///
    /// # Panics
    /// If `full` is the other network: a bug of the caller.
    pub fn add_full(&mut self, full: BlazeFace) {
        assert_eq!(full.range(), BlazeRange::Full);
        self.full = Some(full);
    }

    /// Whether the full-range network is there.
    pub fn has_full(&self) -> bool {
        self.full.is_some()
    }

    /// What `net` finds in all squares of `levels`, one batch for each.
    async fn find(
        &self,
        net: &BlazeFace,
        image: RgbaView<'_>,
        levels: Vec<Level>,
    ) -> Result<Vec<Detection>, ClassifyError> {
        let mut found = vec![];
        for level in levels {
            let raw = net.run(&level.cut(image)).await?;
            for (square, raw) in level.squares.iter().zip(&raw) {
                let faces = decode::faces(net.range(), raw);
                found.extend(faces.into_iter().filter_map(|face| level.to_image(square, face)));
            }
        }
        Ok(merge::merge(found))
    }
}

impl Detect for BlazeDetector {
    async fn detect(&self, image: RgbaView<'_>, search: Search) -> Result<Vec<Detection>, ClassifyError> {
        let sides = [image.width(), image.height()];
        let net = self.full.as_ref().filter(|_| search != Search::Near).unwrap_or(&self.short);
        let side = net.range().side();
        let levels = match (search, net.range()) {
            (Search::Photo, BlazeRange::Full) => squares::pyramid(sides, side),
            _ => vec![Level::whole(sides, side)],
        };
        self.find(net, image, levels).await
    }
}
