//! The source of the picture on the stage.

use exports::file_stem;
use pipeline::Provenance;

use super::{Camera, CameraStep, Photo, State, Video, VideoStep};

/// The source of the picture on the stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Source {
    /// Nothing yet: the place to drop a photo.
    #[default]
    Nothing,
    /// A photo.
    Photo(Photo),
    /// The camera.
    Camera(Camera),
    /// A video.
    Video(Video),
}

impl Source {
    /// Whether frames of the camera or of a video are on the stage.
    pub(crate) fn is_live(&self) -> bool {
        match self {
            Self::Camera(camera) => camera.step == CameraStep::Running,
            Self::Video(_) => true,
            Self::Nothing | Self::Photo(_) => false,
        }
    }

    /// The step of the video, if one is on the stage.
    pub(crate) fn video_step(&self) -> Option<&VideoStep> {
        if let Self::Video(video) = self { Some(&video.step) } else { None }
    }

    /// Stem of the names of files that are made of the stage's picture.
    pub(crate) fn file_stem(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Photo(photo) => file_stem(&photo.name),
            Self::Camera(_) => "camera".into(),
            Self::Video(video) => file_stem(&video.name),
        }
    }
}

impl State {
    /// Where what was read of the photo on the stage comes from, as far as that is known.
    pub(crate) fn photo_provenance(&self) -> Provenance {
        let Source::Photo(photo) = &self.source else { return Provenance::default() };
        let file_name = photo.name.clone();
        let Some(shown) = &photo.shown else { return Provenance { file_name, ..Provenance::default() } };
        // The network in use may be another one by now.
        let card = self
            .engine
            .ready
            .as_ref()
            .map(|ready| &ready.card)
            .filter(|card| card.architecture == shown.read_by.network);
        Provenance {
            network: card.map_or_else(|| shown.read_by.network.to_string(), |card| card.id.clone()),
            weights_sha256: card.map_or_else(String::new, |card| card.sha256.clone()),
            detector: shown.read_by.detector.kind.id().to_owned(),
            file_name,
            ..Provenance::default()
        }
    }
}
