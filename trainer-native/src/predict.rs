//! Faces and their apparent expressions in photos and videos: the page's pipeline on the command line.

mod activations;
mod annotate;
mod clip;
mod ffmpeg;
mod people;
mod report;
mod rows;
mod video;

use std::{fs, path::Path};

use anyhow::{Context, Result};
use clap::ValueEnum;
use model_core::{BlazeFace, BlazeRange, Classifier, Device};
use pipeline::{BlazeDetector, Detector, Engine, Face, Search, Task};
use vision::{
    DecodeLimits, Picture,
    cascade::{Cascade, CascadeConfig, HaarDetector},
    decode,
};

use crate::weights::Weights;
pub use activations::{FaceActivations, PhotoActivations};
pub use annotate::Annotations;
pub use clip::VideoReport;
pub use people::PersonReport;
pub use report::{FaceReport, PhotoReport};
pub use rows::FaceRows;

/// A face detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DetectorKind {
    /// MediaPipe's two networks
    Blazeface,
    /// OpenCV's cascade `frontalface_default`
    HaarDefault,
    /// OpenCV's cascade `frontalface_alt`
    HaarAlt,
    /// OpenCV's cascade `frontalface_alt2`
    HaarAlt2,
}

impl DetectorKind {
    /// The word for it in flags and files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Blazeface => "blazeface",
            Self::HaarDefault => "haar-default",
            Self::HaarAlt => "haar-alt",
            Self::HaarAlt2 => "haar-alt2",
        }
    }

    /// The detector, its networks on `device`.
    pub fn open(self, device: &Device) -> Result<Detector> {
        let xml = match self {
            Self::Blazeface => return Ok(Detector::BlazeFace(Box::new(blazeface(device)?))),
            Self::HaarDefault => include_str!("../../vision/cascades/haarcascade_frontalface_default.xml"),
            Self::HaarAlt => include_str!("../../vision/cascades/haarcascade_frontalface_alt.xml"),
            Self::HaarAlt2 => include_str!("../../vision/cascades/haarcascade_frontalface_alt2.xml"),
        };
        let cascade = Cascade::from_xml(xml).context(self.id())?;
        Ok(Detector::Haar(Box::new(HaarDetector::new(cascade, CascadeConfig::default())?)))
    }
}

/// With both networks.
fn blazeface(device: &Device) -> Result<BlazeDetector> {
    let short = (
        include_bytes!("../../www/models/blazeface-short.json"),
        include_bytes!("../../www/models/blazeface-short.safetensors"),
    );
    let full = (
        include_bytes!("../../www/models/blazeface-full.json"),
        include_bytes!("../../www/models/blazeface-full.safetensors"),
    );
    let mut detector = BlazeDetector::new(BlazeFace::load(BlazeRange::Short, short.0, short.1, device)?);
    detector.add_full(BlazeFace::load(BlazeRange::Full, full.0, full.1, device)?);
    Ok(detector)
}

/// Reads photos and finds faces and their apparent expressions.
#[derive(Debug)]
pub struct Predictor {
    engine: Engine<Detector, Classifier>,
    detector: DetectorKind,
    /// How each frame of a video is searched.
    video_search: Search,
}

/// A photo that was read.
#[derive(Clone, Debug)]
pub struct Analysed {
    /// The picture that was searched, upright, scaled down if large.
    pub picture: Picture,
    /// What was found in it, the surest detection first.
    pub faces: Vec<Face>,
}

impl Predictor {
    /// With `weights` on `device`. Videos are searched by [`Search::Far`], some 15 ms a frame, and up to three
    /// times as long where it is in doubt.
    pub fn new(weights: Weights, detector: DetectorKind, device: Device) -> Result<Self> {
        let engine = Engine::new(detector.open(&device)?, weights.classifier(device)?);
        Ok(Self { engine, detector, video_search: Search::Far })
    }

    /// Videos are searched as thoroughly as photos are, in some fifteen times the time.
    #[must_use]
    pub fn thorough(self) -> Self {
        Self { video_search: Search::Photo, ..self }
    }

    /// Whether the file `path` is to be read as a video, by its name.
    pub fn is_video(path: &Path) -> bool {
        video::is_video(path)
    }

    /// The photo in the file `photo`, and the faces in it.
    pub fn analyse(&self, photo: &Path) -> Result<Analysed> {
        let bytes = fs::read(photo).context("cannot read it")?;
        let picture = decode(&bytes, DecodeLimits::default())?;
        let analysis = pollster::block_on(self.engine.analyze(picture.view(), Task::default()))?;
        Ok(Analysed { picture, faces: analysis.faces })
    }

    /// What there is to say of the photo or video `photo`, also if it cannot be read. With `annotations`, a photo is
    /// also written with boxes and labels; with `rows`, the faces of a video.
    pub fn report(
        &self,
        photo: &Path,
        annotations: Option<&mut Annotations>,
        rows: Option<&mut FaceRows>,
    ) -> PhotoReport {
        let report = || -> Result<PhotoReport> {
            if Self::is_video(photo) {
                return Ok(PhotoReport::Video(self.shares(photo, rows)?));
            }
            let analysed = self.analyse(photo)?;
            let annotated = annotations.map(|annotations| annotations.write(photo, &analysed));
            Ok(PhotoReport::of(photo, &self.engine.classifier().card().id, self.detector, &analysed, annotated))
        };
        report().unwrap_or_else(|error| PhotoReport::failed(photo, &error))
    }
}
