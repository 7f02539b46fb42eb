//! Faces and their apparent expressions in a photo or a video, by the page's own engine.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Result, anyhow, bail};
use model_core::{Classifier, Device};
use native::ShippedDetector;
use pipeline::{Detector, Engine, Face, PhotoSearch, Provenance, Search, reading_order};
use vision::{DecodeLimits, FaceCrop, Picture, Turn, decode};

use crate::{args::PartArgs, inputs::Input, predict::Outputs, report::FileReport, video_report};

/// Reads photos and videos, and finds faces and their apparent expressions.
#[derive(Debug)]
pub(crate) struct Predictor {
    pub(crate) engine: Engine<Detector, Classifier>,
    pub(crate) detector: ShippedDetector,
    /// How each frame of a video is searched; `None`: as the frames before suggest ([`pipeline::Session::plan_search`]).
    pub(crate) video_search: Option<Search>,
    /// The frames of videos that are read.
    pub(crate) part: PartArgs,
}

/// A photo that was read.
#[derive(Clone, Debug)]
pub(crate) struct ReadPhoto {
    /// The picture that was searched, upright, scaled down if large.
    pub picture: Picture,
    /// How far it was turned, as its faces are upright then.
    pub turn: Turn,
    /// The faces in it, in the order of their numbers.
    pub faces: Vec<Face>,
    /// The crop of each.
    pub crops: Vec<FaceCrop>,
}

impl Predictor {
    /// Faces are found by `detector` on `device`. Videos are searched as the page does; `is_thorough`, as photos are, in
    /// some fifteen times the time of [`Search::Far`]. Of videos, `part` is read; an error if it has no frame.
    pub(crate) fn new(
        classifier: Classifier,
        detector: ShippedDetector,
        is_thorough: bool,
        part: PartArgs,
        device: &Device,
    ) -> Result<Self> {
        let from = part.from;
        if let Some(to) = part.to.filter(|&to| to <= from) {
            bail!("expected --to after --from, got {to} and {from}");
        }
        let engine = Engine::new(detector.open(device)?, classifier);
        let video_search = is_thorough.then_some(Search::Photo);
        Ok(Self { engine, detector, video_search, part })
    }

    /// The report on a file; everything that `outputs` asks for is written or kept.
    pub(crate) fn report(&self, input: &Input, outputs: &mut Outputs) -> Result<FileReport> {
        match input {
            Input::Photo(path) | Input::Zipped(path, _) => self.photo(path, &input.read()?, outputs),
            Input::Video(path) => self.video(path, outputs).map(|report| FileReport::Video(Box::new(report))),
            Input::Session(path) => {
                video_report::saved(path, &mut outputs.session_files).map(|report| FileReport::Video(Box::new(report)))
            }
            Input::Nothing(_, error) => Err(anyhow!("{error:#}")),
        }
    }

    /// The report on the photo in `file`, which is called `path`.
    fn photo(&self, path: &Path, file: &[u8], outputs: &mut Outputs) -> Result<FileReport> {
        let photo = self.read(file)?;
        if let Some(activations) = &mut outputs.activations {
            activations.push(self.activations(path, &photo.crops)?);
        }
        let annotated = outputs.annotations.as_mut().map(|annotations| {
            let provenance = self.provenance(path, model_core::sha256_hex(file), BTreeMap::new());
            annotations.write(path, &photo, &provenance)
        });
        let network = &self.engine.classifier().card().id;
        Ok(FileReport::photo(path, network, self.detector, &photo, annotated))
    }

    /// The photo in `file`, and the faces in it.
    fn read(&self, file: &[u8]) -> Result<ReadPhoto> {
        let mut search = PhotoSearch::new(decode(file, DecodeLimits::default())?);
        pollster::block_on(search.finish(&self.engine))?;
        let (found, crops) = (&search.analysis().faces, search.crops());
        let rects: Vec<_> = found.iter().map(|face| face.detection.rect).collect();
        let (faces, crops) = reading_order(&rects).into_iter().map(|i| (found[i], crops[i].clone())).unzip();
        Ok(ReadPhoto { turn: search.turn(), picture: search.into_picture(), faces, crops })
    }

    /// Where results from the file `path` come from; `settings` are what was chosen besides networks.
    pub(crate) fn provenance(
        &self,
        path: &Path,
        file_sha256: String,
        settings: BTreeMap<String, String>,
    ) -> Provenance {
        let card = self.engine.classifier().card();
        Provenance {
            network: card.id.clone(),
            weights_sha256: card.sha256.clone(),
            detector: self.detector.id().to_owned(),
            settings,
            file_name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            file_sha256,
            ..Provenance::default()
        }
    }
}
