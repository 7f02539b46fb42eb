//! The search of a photo, step by step: near faces first, then ever smaller ones, where there may be some.

use model_core::ClassifyError;
use vision::{Detection, Rect, RgbaView};

use super::{BlazeDetector, FILLING_SIZE, MIN_FILLING_SCORE, MIN_SMALL_SCORE, NEAR_SIZE, REDETECTION_SIDE};
use super::{MAX_REDETECTIONS, tiles::Tile};
use super::{find, find_filling, min_score, tiles};
use crate::merge::{is_same_face, merge};

/// Score from which on a place is looked at from nearer, if it is not sure to be a face. On 111 annotated photos at
/// 640×480 pixels 0.32 of the tiles are read then, and as many faces are found as by all of them (325 of 329, 4 others
/// for 2); at 0.05 it is 0.25, and one face is lost.
const MIN_PLACE_SCORE: f32 = 0.04;

/// Height of a face in a tile, pixels, up to which it is looked at from nearer although it is sure: its box is rough.
const MAX_ROUGH_HEIGHT: f32 = 16.0;

/// Most places that are looked at from nearer, the surest first: more are not faces but leaves.
const MAX_PLACES: usize = 200;

/// Tiles of a step: some 100 ms in the page.
const STEP: usize = 8;

/// A search, as far as it has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlazePhoto {
    /// Whether the whole picture was searched.
    has_begun: bool,
    /// Detections so far; a face may be there many times.
    found: Vec<Detection>,
    /// Places of the level that is read now that may be a face.
    doubtful: Vec<Detection>,
    /// Faces of this level whose boxes are rough.
    rough: Vec<Detection>,
    /// Tiles of this level that are not read yet.
    waiting: Vec<Tile>,
    /// How many tiles this level has, and how many levels were read to their end.
    n_tiles: usize,
    n_levels_read: usize,
    n_levels: usize,
}

impl BlazePhoto {
    /// Each face that was found so far, the surest first.
    pub(crate) fn faces(&self) -> Vec<Detection> {
        merge(self.found.clone())
    }

    /// Share of the levels that are read, 0 to 1.
    pub(crate) fn progress(&self) -> f32 {
        if !self.has_begun {
            return 0.0;
        }
        let of_level = 1.0 - self.waiting.len() as f32 / self.n_tiles.max(1) as f32;
        let n_read = self.n_levels_read as f32 + if self.is_done() { 0.0 } else { of_level };
        (n_read / self.n_levels.max(1) as f32).min(1.0)
    }

    pub(crate) fn is_done(&self) -> bool {
        self.has_begun && self.n_levels_read >= self.n_levels
    }

    fn end(&mut self) {
        self.n_levels_read = self.n_levels;
    }

    /// The level is read: on to the next one, unless nothing can be there.
    fn go_nearer(&mut self, sides: [usize; 2], side: usize) {
        self.n_levels_read += 1;
        let Some(&longer) = tiles::levels(sides, side).get(self.n_levels_read) else { return self.end() };
        let places = self.take_places();
        self.waiting = tiles_of(&places, sides, side, longer);
        self.n_tiles = self.waiting.len();
        if self.waiting.is_empty() {
            self.end();
        }
    }

    /// The places of the level that was read that are to be looked at from nearer.
    fn take_places(&mut self) -> Vec<Rect> {
        let mut doubtful = std::mem::take(&mut self.doubtful);
        doubtful.retain(|place| !self.found.iter().any(|face| is_same_face(face, place)));
        let rough = merge(std::mem::take(&mut self.rough));
        rough.iter().chain(&merge(doubtful)).map(|place| place.rect).take(MAX_PLACES).collect()
    }
}

/// The tiles of a level that show `places`, and some that show in their middle what is too large for these.
fn tiles_of(places: &[Rect], sides: [usize; 2], side: usize, longer: f64) -> Vec<Tile> {
    let grid = tiles::cover(sides, side, longer);
    let (fitting, large): (Vec<Rect>, Vec<Rect>) =
        places.iter().partition(|&&place| grid.iter().any(|tile| tile.shows(place)));
    let around = |place: &Rect| Tile::around(sides, side, place.centre(), REDETECTION_SIDE * place.height);
    let large = large.iter().take(MAX_REDETECTIONS).map(around);
    large.chain(tiles::showing(grid, fitting)).collect()
}

impl BlazeDetector {
    /// Search `image` one step further, which must be the same every time.
    pub(super) async fn search_photo(&self, image: RgbaView<'_>, photo: &mut BlazePhoto) -> Result<(), ClassifyError> {
        let sides = [image.width(), image.height()];
        if !photo.has_begun {
            photo.has_begun = true;
            photo.found = self.find_large(image).await?;
            let Some(full) = &self.full else { return Ok(()) };
            photo.n_levels = tiles::levels(sides, full.range().side()).len();
            photo.waiting = vec![Tile::whole(sides, full.range().side())];
            photo.n_tiles = 1;
        }
        let Some(full) = &self.full else { return Ok(()) };
        let n_tiles = photo.waiting.len().min(STEP);
        let tiles: Vec<_> = photo.waiting.drain(..n_tiles).collect();
        let scale = tiles.first().map_or(1.0, Tile::scale);
        let (sure, doubtful): (Vec<_>, Vec<_>) = find(full, image, &tiles, MIN_PLACE_SCORE)
            .await?
            .into_iter()
            .partition(|face| face.score >= min_score(full));
        photo.rough.extend(sure.iter().filter(|face| face.rect.height * scale <= MAX_ROUGH_HEIGHT));
        photo.found.extend(sure);
        photo.doubtful.extend(doubtful);
        if photo.waiting.is_empty() {
            photo.go_nearer(sides, full.range().side());
        }
        Ok(())
    }

    /// Faces that fill the picture or nearly, by the short-range network; without the other one, all that this one finds.
    async fn find_large(&self, image: RgbaView<'_>) -> Result<Vec<Detection>, ClassifyError> {
        let sides = [image.width(), image.height()];
        let [longer, shorter] = [sides[0].max(sides[1]), sides[0].min(sides[1])].map(|side| side as f32);
        let whole = [Tile::whole(sides, self.short.range().side())];
        let mut found = find(&self.short, image, &whole, min_score(&self.short)).await?;
        found.retain(|face| match self.full {
            Some(_) => face.rect.height >= FILLING_SIZE * shorter && face.score >= MIN_FILLING_SCORE,
            None => face.rect.height >= NEAR_SIZE * longer || face.score >= MIN_SMALL_SCORE,
        });
        found.extend(find_filling(&self.short, image).await?);
        Ok(found)
    }
}
