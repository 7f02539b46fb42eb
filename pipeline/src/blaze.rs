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

/// Height of a near face, at least, as a share of the picture's longer side.
pub(crate) const NEAR_SIZE: f32 = 0.25;

/// Score of a smaller one, at least, if the short-range network says it and the other is not asked as well.
const MIN_SMALL_SCORE: f32 = 0.75;

/// The same if the other is asked as well: a dog's ear has 0.61, a face behind a hand 0.68.
const MIN_SMALL_SCORE_BESIDE: f32 = 0.65;

/// Height of the smallest face that fills a picture, as a share of its shorter side.
const FILLING_SIZE: f32 = 0.6;

/// Most squares at once: the largest maps of 32 take 38 MB on a device, and WebGPU gives a buffer 128 MiB at least.
const BATCH: usize = 32;

/// MediaPipe's face detector, in the ways that photos and frames need.
///
/// - [`Search::Near`]: the short-range network on the whole picture.
/// - [`Search::Far`]: both networks on the whole picture.
/// - [`Search::Photo`]: the full-range network on the picture at several sizes, in squares that overlap, and the
///   short-range one for faces that fill it, of which the other sees parts.
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

    /// What `net` finds in all squares of `levels`, some at once; a face many times.
    async fn find(
        &self,
        net: &BlazeFace,
        image: RgbaView<'_>,
        levels: Vec<Level>,
    ) -> Result<Vec<Detection>, ClassifyError> {
        let mut found = vec![];
        for level in levels {
            for (squares, pixels) in level.batches(image, BATCH) {
                let raw = net.run(&pixels).await?;
                for (square, raw) in squares.iter().zip(&raw) {
                    let faces = decode::faces(net.range(), raw);
                    found.extend(faces.into_iter().filter_map(|face| level.to_image(square, face)));
                }
            }
        }
        Ok(found)
    }
}

impl Detect for BlazeDetector {
    async fn detect(&self, image: RgbaView<'_>, search: Search) -> Result<Vec<Detection>, ClassifyError> {
        let sides = [image.width(), image.height()];
        let whole = |net: &BlazeFace| vec![Level::whole(sides, net.range().side())];
        let mut found = self.find(&self.short, image, whole(&self.short)).await?;
        let [longer, shorter] = [sides[0].max(sides[1]), sides[0].min(sides[1])].map(|side| side as f32);
        let has_both = search == Search::Far && self.full.is_some();
        let min_score = if has_both { MIN_SMALL_SCORE_BESIDE } else { MIN_SMALL_SCORE };
        found.retain(|face| face.rect.height >= NEAR_SIZE * longer || face.score >= min_score);
        match (search, &self.full) {
            (Search::Near, _) | (_, None) => {}
            (Search::Far, Some(full)) => found.extend(self.find(full, image, whole(full)).await?),
            (Search::Photo, Some(full)) => {
                found.retain(|face| face.rect.height >= FILLING_SIZE * shorter);
                found.extend(self.find(full, image, squares::pyramid(sides, full.range().side())).await?);
            }
        }
        Ok(merge::merge(found))
    }
}
