//! Photos with the boxes of their faces.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use vision::{DecodeLimits, Rect, RgbaView, decode, resize};

use super::{FRAME, MIN_HEIGHT, NEAR_HEIGHT};

/// Photos beside a JSON file that says where their faces are.
#[derive(Debug)]
pub(super) struct Annotated {
    folder: PathBuf,
    boxes: BTreeMap<String, Boxes>,
}

/// The boxes of a photo: `[x, y, width, height]` in its own pixels.
#[derive(Debug, Deserialize)]
struct Boxes {
    /// Width and height, pixels.
    size: [f32; 2],
    /// Faces.
    gt: Vec<[f32; 4]>,
    /// Boxes that may be found and need not be.
    #[serde(default)]
    ignore: Vec<[f32; 4]>,
}

/// A photo in its frame.
#[derive(Clone, Debug)]
pub(super) struct Photo {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgba: Vec<u8>,
    /// Faces to be found.
    pub(super) faces: Vec<Rect>,
    /// Boxes that may be found and need not be.
    pub(super) ignored: Vec<Rect>,
}

impl Annotated {
    /// From the JSON file `path`: `{"photo.jpg": {"size": [w, h], "gt": [[x, y, w, h], …], "ignore": […]}, …}`, with
    /// photos by their paths from its folder.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let boxes = serde_json::from_str(&text)
            .with_context(|| format!("{}: expected photos with `size` and `gt`", path.display()))?;
        Ok(Self { folder: path.parent().unwrap_or(Path::new("")).to_owned(), boxes })
    }

    /// All of them, in their frames.
    pub(super) fn photos(&self) -> Result<Vec<Photo>> {
        self.boxes.iter().map(|(name, boxes)| photo(&self.folder.join(name), Some(boxes))).collect()
    }
}

/// Photos without a face: every file of `folder`, by name.
pub(super) fn photos_in(folder: &Path) -> Result<Vec<Photo>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    paths.iter().filter(|path| path.is_file()).map(|path| photo(path, None)).collect()
}

fn photo(path: &Path, boxes: Option<&Boxes>) -> Result<Photo> {
    let read = || -> Result<Photo> {
        let picture = decode(&fs::read(path)?, DecodeLimits::default())?;
        let [width, height] = [picture.width(), picture.height()].map(|side| side as f32);
        let scale = (FRAME[0] as f32 / width).min(FRAME[1] as f32 / height);
        let [to_width, to_height] = [width, height].map(|side| ((side * scale).round() as usize).max(1));
        let rgba = resize(picture.view(), to_width, to_height);
        let mut photo = Photo { width: to_width, height: to_height, rgba, faces: vec![], ignored: vec![] };
        let Some(Boxes { size, gt, ignore }) = boxes else { return Ok(photo) };
        if !size.iter().all(|&side| side > 0.0) {
            bail!("expected a size above zero, got {size:?}");
        }
        let [across, down] = [to_width as f32 / size[0], to_height as f32 / size[1]];
        let rect = |&[x, y, width, height]: &[f32; 4]| Rect {
            x: x * across,
            y: y * down,
            width: width * across,
            height: height * down,
        };
        let is_large = |face: &Rect| face.height >= MIN_HEIGHT;
        (photo.faces, photo.ignored) = gt.iter().map(rect).partition(is_large);
        photo.ignored.extend(ignore.iter().map(rect));
        Ok(photo)
    };
    read().with_context(|| format!("{}", path.display()))
}

impl Photo {
    pub(super) fn view(&self) -> RgbaView<'_> {
        RgbaView::new(self.width, self.height, &self.rgba).expect("as many bytes as `resize` gives")
    }

    /// Whether it is as before a webcam.
    pub(super) fn is_near(&self) -> bool {
        (1..=2).contains(&self.faces.len())
            && self.ignored.is_empty()
            && self.faces.iter().all(|face| face.height >= NEAR_HEIGHT)
    }
}
