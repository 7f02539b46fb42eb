//! `BlazeFace` as a detector: tiles of a picture in, faces out.
//!
//! ```text
//! tiles ──► model_core::BlazeFace ──► decode ──► merge
//! of the picture      anchors       faces of a tile   faces of the picture
//! ```

mod decode;
mod photo;
mod tiles;

use futures_util::future::try_join;
use model_core::{BlazeFace, BlazeRange, ClassifyError};
use vision::{Detection, RgbaView};

use crate::merge::{is_same_face, merge};
use crate::{Detect, PhotoScan, Search};
pub(crate) use photo::BlazePhoto;
use tiles::Tile;

/// Height of a near face, at least, as a share of the picture's longer side.
pub(crate) const NEAR_SIZE: f32 = 0.25;

/// Score of a smaller one, at least, if the short-range network says it and the other is not asked as well.
const MIN_SMALL_SCORE: f32 = 0.75;

/// The same if the other is asked as well: a dog's ear has 0.61, a face behind a hand 0.68.
const MIN_SMALL_SCORE_BESIDE: f32 = 0.65;

/// Probability from which on the full-range network searches again, from nearer, where it is not sure.
const MIN_DOUBTFUL_SCORE: f32 = 0.2;

/// Most re-detections of a picture: each takes the network as long as the whole picture does.
const MAX_REDETECTIONS: usize = 3;

/// Side of what a re-detection shows, in heights of the face in doubt. Faces around it are seen as well: of all faces of
/// `cargo xtask bench detector-quality` a camera's frames show 0.863, with 3 in its place 0.815 and without re-detections
/// 0.660; of those with their lower half covered 0.965, 0.965 and 0.912.
const REDETECTION_SIDE: f32 = 5.0;

/// Height of the smallest face that fills a picture, as a share of its shorter side.
const FILLING_SIZE: f32 = 0.6;

/// Score of such a face, at least: a blurred house beside a face has 0.69.
const MIN_FILLING_SCORE: f32 = 0.75;

/// Sizes at which the whole picture is searched once more for a face that fills it, as shares of a tile; black is around
/// it. `BlazeFace` was taught faces with room around them: without these views it finds a face in 0.60 of the 1,003 photos
/// of `cargo xtask bench wild`, with them in 0.985.
const PADDED_VIEWS: [f64; 2] = [0.7, 0.5];

/// Score of such a face there, at least. Chosen on `wild`, the annotated photos and those without a face together: of the
/// latter 0 of 13 have one, at 0.5 there are 3.
const MIN_PADDED_SCORE: f32 = 0.6;

/// Side of the tile in which a face is looked for where it is expected, in heights of the face: it has room to move, and is
/// as large there as the short-range network was taught.
const AROUND_SIDE: f32 = 3.0;

/// Most tiles at once: the largest maps of 32 take 38 MB on a device, and WebGPU gives a buffer 128 MiB at least.
const BATCH: usize = 32;

/// MediaPipe's face detector, in the ways that photos and frames need.
///
/// - [`Search::Near`]: the short-range network on the whole picture.
/// - [`Search::Far`]: both networks on the whole picture, the full-range one a second time, from nearer, at up to three
///   places where it is in doubt.
/// - [`Detect::detect_around`]: the short-range network around each place where a face is expected.
/// - [`Search::Photo`]: the short-range network for faces that fill the picture, and the full-range one on the whole of it;
///   then that in tiles that overlap, at sizes that grow, where smaller faces may be (`photo`).
///
/// Faces that fill the picture are also searched with room around it: in photos always, in frames where no other is found.
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
}

/// Faces that fill the picture, or nearly, which are found with room around it; a face more than once.
async fn find_filling(short: &BlazeFace, image: RgbaView<'_>) -> Result<Vec<Detection>, ClassifyError> {
    let sides = [image.width(), image.height()];
    let views = PADDED_VIEWS.map(|share| Tile::padded(sides, short.range().side(), share));
    let mut found = find(short, image, &views, MIN_PADDED_SCORE).await?;
    found.retain(|face| face.rect.height >= FILLING_SIZE * sides[0].min(sides[1]) as f32);
    Ok(found)
}

/// All faces that `net` finds with at least `min_score` in `tiles`, some tiles at once; a face many times.
async fn find(
    net: &BlazeFace,
    image: RgbaView<'_>,
    tiles: &[Tile],
    min_score: f32,
) -> Result<Vec<Detection>, ClassifyError> {
    let mut found = vec![];
    for batch in tiles.chunks(BATCH) {
        let pixels: Vec<f32> = batch.iter().flat_map(|tile| tile.values(image)).collect();
        for (tile, raw) in batch.iter().zip(&net.run(&pixels).await?) {
            let faces = decode::faces(net.range(), raw, min_score);
            found.extend(faces.into_iter().filter_map(|face| tile.to_image(face)));
        }
    }
    Ok(found)
}

/// All faces that the full-range network is sure of among `found`, and by re-detection those that neither it nor `others`
/// are sure of. `found` are its own, with [`MIN_DOUBTFUL_SCORE`] at least.
async fn redetect(
    full: &BlazeFace,
    image: RgbaView<'_>,
    found: Vec<Detection>,
    others: &[Detection],
) -> Result<Vec<Detection>, ClassifyError> {
    let (mut sure, doubtful): (Vec<_>, _) = found.into_iter().partition(|face| face.score >= min_score(full));
    let is_new = |face: &Detection| !sure.iter().chain(others).any(|other| is_same_face(other, face));
    let doubtful = merge(doubtful.into_iter().filter(is_new).collect());
    let near = |&Detection { rect, .. }: &Detection| {
        let (sides, side) = ([image.width(), image.height()], full.range().side());
        Tile::around(sides, side, rect.centre(), REDETECTION_SIDE * rect.height)
    };
    let near: Vec<_> = doubtful.iter().take(MAX_REDETECTIONS).map(near).collect();
    sure.extend(find(full, image, &near, min_score(full)).await?);
    Ok(sure)
}

fn min_score(net: &BlazeFace) -> f32 {
    decode::min_score(net.range())
}

impl Detect for BlazeDetector {
    async fn detect(&self, image: RgbaView<'_>, search: Search) -> Result<Vec<Detection>, ClassifyError> {
        if search == Search::Photo {
            let mut photo = BlazePhoto::default();
            while !photo.is_done() {
                self.search_photo(image, &mut photo).await?;
            }
            return Ok(photo.faces());
        }
        let sides = [image.width(), image.height()];
        let whole = |net: &BlazeFace| [Tile::whole(sides, net.range().side())];
        let full = self.full.as_ref().filter(|_| search == Search::Far);
        let by_short = async { find(&self.short, image, &whole(&self.short), min_score(&self.short)).await };
        let by_full = async {
            match full {
                Some(full) => find(full, image, &whole(full), MIN_DOUBTFUL_SCORE).await,
                None => Ok(vec![]),
            }
        };
        // Both at once: a GPU computes one while the other is read back.
        let (mut found, found_by_full) = try_join(by_short, by_full).await?;
        let longer = sides[0].max(sides[1]) as f32;
        let min_small_score = if full.is_some() { MIN_SMALL_SCORE_BESIDE } else { MIN_SMALL_SCORE };
        found.retain(|face| face.rect.height >= NEAR_SIZE * longer || face.score >= min_small_score);
        if let Some(full) = full {
            found.extend(redetect(full, image, found_by_full, &found).await?);
        }
        if found.is_empty() {
            found.extend(find_filling(&self.short, image).await?);
        }
        Ok(merge(found))
    }

    async fn detect_around(
        &self,
        image: RgbaView<'_>,
        expected: &[Detection],
    ) -> Result<Vec<Detection>, ClassifyError> {
        let sides = [image.width(), image.height()];
        let side = self.short.range().side();
        let around = |face: &Detection| Tile::around(sides, side, face.rect.centre(), AROUND_SIDE * face.rect.height);
        let tiles: Vec<_> = expected.iter().map(around).collect();
        let mut found = merge(find(&self.short, image, &tiles, min_score(&self.short)).await?);
        // A neighbour who is seen at the border of a tile is left to a search.
        found.retain(|face| expected.iter().any(|other| is_same_face(other, face)));
        Ok(found)
    }

    async fn search_step(&self, image: RgbaView<'_>, scan: &mut PhotoScan) -> Result<(), ClassifyError> {
        self.search_photo(image, &mut scan.blaze).await?;
        scan.take_blaze();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
