//! How many faces of annotated photos each detector finds, and how many more: precision and recall at an overlap
//! (`Rect::iou`) of one half.

mod annotations;
mod degrade;
mod tally;

use std::{path::Path, time::Instant};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use model_core::{Architecture, ClassifyError, Device, Emotion, Prediction, Scores};
use native::{ShippedDetector, table};
use pipeline::{
    Analysis, Classify, Detect, Detector, Engine, FrameReport, FrameTask, Search, Session, SessionSettings, StageMs,
};
use vision::{Detection, FaceCrop, RgbaView};

use annotations::{Annotated, Photo};
use degrade::Degradation;
use tally::Tally;

/// Photos are shrunk or enlarged to fit into this, pixels.
const FRAME: [usize; 2] = [640, 480];

/// Faces that are less high than this in the frame do not count, pixels.
const MIN_HEIGHT: f32 = 24.0;

/// A photo is as before a webcam if it has one or two faces, each at least this high, pixels.
const NEAR_HEIGHT: f32 = 80.0;

/// A way to find faces.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// `BlazeFace` in all sizes of a photo.
    Photo,
    /// `BlazeFace` in a frame as the page does it: near faces, and farther ones where there are none.
    Live,
    /// `BlazeFace`'s short range alone.
    Near,
    /// `BlazeFace`'s short and full range on the whole frame, and re-detection.
    Far,
    Haar(ShippedDetector),
}

impl Mode {
    const ALL: [Self; 6] = [
        Self::Photo,
        Self::Live,
        Self::Near,
        Self::Far,
        Self::Haar(ShippedDetector::HaarDefault),
        Self::Haar(ShippedDetector::HaarAlt2),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Photo => "blazeface photo",
            Self::Live => "blazeface live",
            Self::Near => "blazeface near",
            Self::Far => "blazeface far",
            Self::Haar(kind) => kind.id(),
        }
    }

    fn kind(self) -> ShippedDetector {
        match self {
            Self::Haar(kind) => kind,
            _ => ShippedDetector::Blazeface,
        }
    }

    fn detect(self, detector: &Detector, image: RgbaView<'_>) -> Result<Vec<Detection>> {
        let search = |search| pollster::block_on(detector.detect(image, search));
        Ok(match self {
            Self::Photo => search(Search::Photo)?,
            Self::Near | Self::Haar(_) => search(Search::Near)?,
            Self::Far => search(Search::Far)?,
            Self::Live => live(detector, image)?,
        })
    }
}

/// Finds every expression equally probable: only where faces are is measured.
struct NoNetwork;

impl Classify for NoNetwork {
    async fn classify(&self, crops: &[FaceCrop]) -> Result<Vec<Prediction>, ClassifyError> {
        let scores = Scores::from_logits([0.0; Emotion::COUNT])?;
        Ok(vec![Prediction { scores, label_head: None, is_sure: true, votes: None }; crops.len()])
    }
}

/// The faces that are found after a second and a half before a camera that shows nothing else, with searches as a session
/// plans them; of searches that find nothing the one before counts, as a face is remembered for a while.
fn live(detector: &Detector, image: RgbaView<'_>) -> Result<Vec<Detection>> {
    let engine = Engine::new(detector, NoNetwork);
    let mut session = Session::new(SessionSettings::default());
    let mut found = vec![];
    for time_secs in [0.0, 0.5, 1.0, 1.5] {
        let task = session.plan(time_secs, image.width().max(image.height()));
        let FrameTask::Search(_) = task else { continue };
        let (Analysis { faces, .. }, _) = pollster::block_on(engine.analyze_frame(image, &task))?;
        let detections: Vec<_> = faces.iter().map(|face| face.detection).collect();
        // The same searches on every machine.
        let analysis = Analysis { faces, ms: StageMs::default() };
        session.push(&FrameReport { time_secs, task, network: Architecture::default(), analysis });
        found = if detections.is_empty() { found } else { detections };
    }
    Ok(found)
}

/// A row of the table.
struct Row {
    mode: Mode,
    whole: Tally,
    near: Vec<Tally>,
    /// Photos without a face in which one was found.
    negatives: usize,
    millis: Vec<f64>,
}

/// The table of every way to find faces on the photos that `annotations` names, and on those of the folder `negatives`,
/// which have no face.
pub(crate) fn compare(annotations: &Path, negatives: &Path) -> Result<String> {
    let photos = Annotated::read(annotations)?.photos()?;
    let empty = annotations::photos_in(negatives)?;
    let device = Device::flex();
    let bar = ProgressBar::new((Mode::ALL.len() * (photos.len() + empty.len())) as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos} of {len} photos, {eta} left").context("a template")?);
    let row = |mode: Mode| -> Result<Row> {
        let detector = mode.kind().open(&device)?;
        let mut row = Row {
            mode,
            whole: Tally::default(),
            near: Degradation::ALL.map(|_| Tally::default()).to_vec(),
            negatives: 0,
            millis: vec![],
        };
        for photo in bar.wrap_iter(photos.iter()) {
            row.add(photo, &detector)?;
        }
        for photo in bar.wrap_iter(empty.iter()) {
            row.negatives += usize::from(!mode.detect(&detector, photo.view())?.is_empty());
        }
        Ok(row)
    };
    let rows = Mode::ALL.into_iter().map(row).collect::<Result<Vec<_>>>()?;
    bar.finish_and_clear();
    Ok(report(&rows, &photos, empty.len()))
}

impl Row {
    fn add(&mut self, photo: &Photo, detector: &Detector) -> Result<()> {
        let start = Instant::now();
        let found = self.mode.detect(detector, photo.view())?;
        self.millis.push(1000.0 * start.elapsed().as_secs_f64());
        self.whole.add(&found, &photo.faces, &photo.ignored);
        if photo.is_near() {
            for (tally, degradation) in self.near.iter_mut().zip(Degradation::ALL) {
                let (degraded, faces) = degradation.apply(photo);
                let found = self.mode.detect(detector, degraded.view())?;
                tally.add(&found, &faces, &[]);
            }
        }
        Ok(())
    }

    fn cells(&self, n_empty: usize) -> Vec<String> {
        let mut millis = self.millis.clone();
        millis.sort_by(f64::total_cmp);
        // A camera's searches are of several kinds.
        let median = millis.get(millis.len() / 2).filter(|_| self.mode != Mode::Live);
        let share = |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{share:.3}"));
        let mut cells = vec![self.mode.name().to_owned(), share(self.whole.precision()), share(self.whole.recall())];
        cells.extend(self.near.iter().map(|tally| share(tally.recall())));
        cells.extend([
            format!("{} of {n_empty}", self.negatives),
            median.map_or("–".to_owned(), |ms| format!("{ms:.1}")),
        ]);
        cells
    }
}

fn report(rows: &[Row], photos: &[Photo], n_empty: usize) -> String {
    let near = photos.iter().filter(|photo| photo.is_near()).count();
    let n_faces: usize = photos.iter().map(|photo| photo.faces.len()).sum();
    let [width, height] = FRAME;
    let mut header = vec!["detector", "precision", "recall"];
    header.extend(Degradation::ALL.map(Degradation::name));
    header.extend(["no face", "ms"]);
    let table = table(&header, rows.iter().map(|row| row.cells(n_empty)));
    format!(
        "{} photos at {width}×{height} with {n_faces} faces of at least {MIN_HEIGHT} pixels; {near} of them with one or two \
         faces of at least {NEAR_HEIGHT} pixels, whose recall is in the columns {}.\nIoU 0.5. `no face`: photos without one \
         in which one was found. `ms`: median of the photos, natively, one thread.\n\n{table}\n\n\
         How boxes lie to those that were found (clean, medians): centres apart across and down as shares of width and \
         height; width, height as multiples.\n{}\n",
        photos.len(),
        Degradation::ALL.map(Degradation::name).join(", "),
        rows.iter().filter_map(fit).collect::<Vec<_>>().join("\n"),
    )
}

fn fit(row: &Row) -> Option<String> {
    let [across, down, width, height] = row.near.first()?.fit()?;
    Some(format!("{}: {across:+.2}, {down:+.2}; {width:.2}, {height:.2}", row.mode.name()))
}
