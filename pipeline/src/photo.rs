//! A photo, step by step: near faces at once, smaller ones after them, and other turns where nothing is sure.

use model_core::ClassifyError;
use vision::{Detection, FaceCrop, Picture, Turn};
use web_time::Instant;

use crate::{Analysis, Classify, Detect, Engine, PhotoScan, StageMs, engine::millis};

/// How upright and sure a face is, at least, for the photo to be taken as upright.
const MIN_UPRIGHT: f32 = 0.8;

/// The same for another turn of the photo to be taken in its place.
const MIN_TURNED: f32 = 0.85;

/// Steps by which each turn is judged: the whole photo, and at twice that size.
const TRIAL_STEPS: usize = 3;

/// The search of a photo.
///
/// [`PhotoSearch::step`] is to be called until [`PhotoSearch::progress`] is 1; after each step there are the faces that
/// were found up to now. The first one finds near faces. A photo without a face that is sure is tried in its other
/// turns; if it is taken in one of them, [`PhotoSearch::picture`] is turned from then on.
#[derive(Debug)]
pub struct PhotoSearch {
    picture: Picture,
    turn: Turn,
    may_turn: bool,
    scan: PhotoScan,
    analysis: Analysis,
    crops: Vec<FaceCrop>,
}

impl PhotoSearch {
    /// A search of `picture`, whichever way up it is.
    pub fn new(picture: Picture) -> Self {
        Self {
            picture,
            turn: Turn::None,
            may_turn: true,
            scan: PhotoScan::default(),
            analysis: Analysis { faces: vec![], ms: StageMs::default() },
            crops: vec![],
        }
    }

    /// A search of `picture` in this turn alone, which a person chose.
    pub fn turned(picture: &Picture, turn: Turn) -> Self {
        Self { turn, may_turn: false, ..Self::new(picture.turned(turn)) }
    }

    /// Search a step further and read the faces that are new.
    pub async fn step<D: Detect, C: Classify>(&mut self, engine: &Engine<D, C>) -> Result<(), ClassifyError> {
        let start = Instant::now();
        if self.scan.is_done() {
            self.may_turn = false;
            self.try_turns(engine.detector()).await?;
        } else {
            engine.detector().search_step(self.picture.view(), &mut self.scan).await?;
            let is_doubtful = self.scan.can_turn() && evidence(&self.scan) < MIN_UPRIGHT;
            self.may_turn &= !self.scan.is_done() || is_doubtful;
        }
        self.read(engine, millis(start, Instant::now())).await
    }

    /// All steps that are left.
    pub async fn finish<D: Detect, C: Classify>(&mut self, engine: &Engine<D, C>) -> Result<(), ClassifyError> {
        while !self.is_done() {
            self.step(engine).await?;
        }
        Ok(())
    }

    /// Whether there is no step left.
    pub(crate) fn is_done(&self) -> bool {
        self.scan.is_done() && !self.may_turn
    }

    /// Share of the search that is done, 0 to 1: 1 when there is no step left, and not before.
    pub fn progress(&self) -> f32 {
        if self.is_done() { 1.0 } else { self.scan.progress().min(0.99) }
    }

    /// The faces that were found up to now, the surest first, and what they have cost; in pixels of
    /// [`PhotoSearch::picture`].
    pub fn analysis(&self) -> &Analysis {
        &self.analysis
    }

    /// The crop of each face.
    pub fn crops(&self) -> &[FaceCrop] {
        &self.crops
    }

    /// The picture as it is searched.
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// The same, for keeps.
    pub fn into_picture(self) -> Picture {
        self.picture
    }

    /// How far it is turned from how it was given.
    pub fn turn(&self) -> Turn {
        self.turn
    }

    /// Begin each of the other turns, and take the one that shows upright and sure faces, if one does.
    async fn try_turns(&mut self, detector: &impl Detect) -> Result<(), ClassifyError> {
        let mut best = (evidence(&self.scan).max(MIN_TURNED), None);
        for &turn in &Turn::ALL[1..] {
            let (picture, mut scan) = (self.picture.turned(turn), PhotoScan::default());
            for _ in 0..TRIAL_STEPS {
                if !scan.is_done() {
                    detector.search_step(picture.view(), &mut scan).await?;
                }
            }
            if evidence(&scan) > best.0 {
                best = (evidence(&scan), Some((turn, picture, scan)));
            }
        }
        if let Some((turn, picture, scan)) = best.1 {
            (self.turn, self.picture, self.scan) = (turn, picture, scan);
            self.analysis.faces.clear();
            self.crops.clear();
        }
        Ok(())
    }

    /// Read the faces that were not read yet, and forget those that are no more.
    async fn read<D: Detect, C: Classify>(
        &mut self,
        engine: &Engine<D, C>,
        detect_ms: f64,
    ) -> Result<(), ClassifyError> {
        let known = |detection: &Detection| {
            let idx = self.analysis.faces.iter().position(|face| face.detection == *detection)?;
            Some((self.analysis.faces[idx], self.crops[idx].clone()))
        };
        let (width, height) = (self.picture.view().width() as f32, self.picture.view().height() as f32);
        // A face that fills the picture sticks out of it.
        let inside = |found: &Detection| Detection { rect: found.rect.within(width, height), ..*found };
        let found: Vec<_> = self.scan.faces().iter().map(inside).map(|found| (found, known(&found))).collect();
        let new: Vec<_> = found.iter().filter(|(_, known)| known.is_none()).map(|&(detection, _)| detection).collect();
        let (read, crops) = engine.read(self.picture.view(), &new, detect_ms).await?;
        let ms = &mut self.analysis.ms;
        *ms = StageMs {
            detect: ms.detect + read.ms.detect,
            crop: ms.crop + read.ms.crop,
            classify: ms.classify + read.ms.classify,
        };
        let mut read = read.faces.into_iter().zip(crops);
        let faces = found.into_iter().filter_map(|(_, known)| known.or_else(|| read.next()));
        (self.analysis.faces, self.crops) = faces.unzip();
        Ok(())
    }
}

/// How sure and how upright the best face is, 0 to 1; nobody knows whether one without key points is upright.
fn evidence(scan: &PhotoScan) -> f32 {
    let of = |face: &Detection| face.key_points.map_or(0.0, |points| face.score * points.roll().cos().max(0.0));
    scan.faces().iter().map(of).fold(0.0, f32::max)
}
