//! Photos: a file in, faces out, step by step.

use pipeline::{Engine, PhotoSearch};
use vision::{DecodeError, DecodeLimits, FileKind, Picture, Turn, decode};
use web_time::Instant;

use super::{Broken, Reader, levels, read_by};
use crate::{problem::Problem, protocol::AnalyzedPhoto};

/// A picture as it came out of its file.
#[derive(Debug)]
pub struct Decoded {
    /// Its pixels.
    pub picture: Picture,
    /// Milliseconds from file to pixels.
    pub ms: f64,
    /// The kind of file, in words, if the browser decoded it.
    pub by_browser: Option<String>,
}

/// A photo while it is searched.
#[derive(Debug)]
pub(super) struct PhotoInWork {
    search: PhotoSearch,
    decode_ms: f64,
    by_browser: Option<String>,
}

impl Decoded {
    /// The picture in `file`.
    pub fn from_file(file: &[u8]) -> Result<Self, DecodeError> {
        let start = Instant::now();
        let picture = decode(file, DecodeLimits::default())?;
        Ok(Self { picture, ms: 1000.0 * start.elapsed().as_secs_f64(), by_browser: None })
    }
}

impl Reader {
    /// The faces of a photo at first glance, and its RGBA pixels; in the turn that a person chose, if one did.
    /// [`Reader::continue_search`] gives the others.
    pub async fn begin_photo(
        &mut self,
        Decoded { picture, ms, by_browser }: Decoded,
        turn: Option<Turn>,
    ) -> Result<(AnalyzedPhoto, Option<&[u8]>), Broken> {
        let search = match turn {
            Some(turn) => PhotoSearch::turned(&picture, turn),
            None => PhotoSearch::new(picture),
        };
        self.photo = Some(PhotoInWork { search, decode_ms: ms, by_browser });
        self.step(true).await
    }

    /// The faces of the photo that was given last, searched a step further; its pixels only if it was turned.
    pub async fn continue_search(&mut self) -> Result<(AnalyzedPhoto, Option<&[u8]>), Broken> {
        self.step(false).await
    }

    async fn step(&mut self, is_new: bool) -> Result<(AnalyzedPhoto, Option<&[u8]>), Broken> {
        let mut photo = self.photo.take().ok_or_else(|| Broken("expected a photo first".into()))?;
        let turn = photo.search.turn();
        let (detector, classifier, device) = self.in_use()?;
        photo.search.step(&Engine::new(detector, classifier)).await?;
        let (search, picture) = (&photo.search, photo.search.picture());
        let answer = AnalyzedPhoto {
            analysis: search.analysis().clone(),
            crops: search.crops().iter().cloned().map(levels).collect(),
            width: picture.width() as u32,
            height: picture.height() as u32,
            original_width: picture.original_width(),
            original_height: picture.original_height(),
            animated: picture.is_animated(),
            decode_ms: photo.decode_ms,
            by_browser: photo.by_browser.clone(),
            turn: search.turn(),
            progress: search.progress(),
            read_by: read_by(detector, classifier, device),
        };
        let is_new = is_new || answer.turn != turn;
        let photo = self.photo.insert(photo);
        Ok((answer, is_new.then(|| photo.search.picture().view().data())))
    }
}

/// Why a file could not be shown, in words for a person.
pub(crate) fn undecodable(error: &DecodeError) -> Problem {
    let advice = match error {
        DecodeError::TooLarge { .. } => "Choose a smaller picture",
        DecodeError::Empty | DecodeError::Damaged { .. } => {
            "Copy the file again from where it came, or choose another picture"
        }
        // Its name said that it was a photo.
        DecodeError::WrongKind { kind: FileKind::Video, .. } => {
            "Choose it under Video, or give it the name that videos have, such as one ending in .mp4"
        }
        _ => "Choose a JPEG, PNG, WebP or GIF picture",
    };
    Problem::new("The file could not be shown", error, advice)
}
