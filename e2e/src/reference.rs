//! The command line's results for a photo: the page must give the same.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// A face as `ferrum --json` writes it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Predicted {
    rect: Rect,
    probabilities: BTreeMap<String, f64>,
    /// Whether the likeliest label is probable enough.
    pub is_sure: bool,
    #[serde(default)]
    votes: BTreeMap<String, f64>,
}

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl From<Rect> for [f64; 4] {
    fn from(Rect { x, y, width, height }: Rect) -> Self {
        [x, y, width, height]
    }
}

/// A face of a frame, as `ferrum --csv` writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// When its frame is shown.
    pub seconds: f64,
    /// Where it is, in pixels of the frame.
    pub rect: Rect,
    /// The probability of each label, in the order of the columns.
    pub probabilities: Vec<f64>,
}

/// Every face of every frame of `video`, by the shipped weights.
pub fn video_rows(video: &Path) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let csv = folder.path().join("faces.csv");
    let mut command = Command::new(program()?);
    let output = command.arg(video).arg("--csv").arg(&csv).output().context("the command line does not start")?;
    ensure!(output.status.success(), "ferrum: {}", String::from_utf8_lossy(&output.stderr));
    rows(&fs::read_to_string(csv)?)
}

/// Every file that can be made of the session `session`, into `folder`.
pub fn export_session(session: &Path, folder: &Path) -> Result<()> {
    let mut command = Command::new(program()?);
    let output =
        command.arg(session).arg("--export").arg(folder).output().context("the command line does not start")?;
    ensure!(output.status.success(), "ferrum: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Every face of every frame in a file of frames, as the page and the command line write it.
pub fn rows(csv: &str) -> Result<Vec<Row>> {
    let mut lines = csv.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().context("no columns")?;
    let column = |name: &str| head.iter().position(|other| *other == name).with_context(|| format!("no column {name}"));
    let (seconds, x, angry) = (column("time_secs")?, column("x")?, column("angry")?);
    let row = |cells: Vec<&str>| -> Result<Row> {
        let number = |idx: usize| -> Result<f64> { Ok(cells.get(idx).context("a short row")?.parse()?) };
        let rect = Rect { x: number(x)?, y: number(x + 1)?, width: number(x + 2)?, height: number(x + 3)? };
        let probabilities = (angry..angry + 7).map(number).collect::<Result<_>>()?;
        Ok(Row { seconds: number(seconds)?, rect, probabilities })
    };
    // A frame without a face has a row without a box.
    lines.filter(|cells| cells.get(x).is_some_and(|x| !x.is_empty())).map(row).collect()
}

impl Predicted {
    /// x, y, width, height in pixels of the analysed picture.
    pub fn rect(&self) -> [f64; 4] {
        self.rect.into()
    }

    /// The probability of a label; an error if it is none of the seven.
    pub fn probability(&self, label: &str) -> Result<f64> {
        self.probabilities.get(label).copied().with_context(|| format!("the command line knows no {label:?}"))
    }

    /// How many expressions raters can vote for: none by a network that was not taught their votes.
    pub fn n_votes(&self) -> usize {
        self.votes.len()
    }

    /// The share of raters expected to vote so; an error if it is none of theirs.
    pub fn vote(&self, vote: &str) -> Result<f64> {
        self.votes.get(vote).copied().with_context(|| format!("the command line knows no vote {vote:?}"))
    }
}

/// Activations of every layer on a face, as `ferrum --activations` writes them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Inside {
    /// The 48×48 grey levels that the network takes.
    pub crop: Vec<u8>,
    /// Activation maps of each layer.
    pub layers: Vec<Maps>,
}

/// Maps of one layer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Maps {
    /// How many.
    pub n: usize,
    /// Side of one, pixels.
    #[serde(rename = "width")]
    pub side: usize,
    /// Map by map, row by row.
    pub values: Vec<f64>,
}

/// Activations of every layer of the shipped `network` on the faces in `photo`.
pub fn inside(photo: &Path, network: &str) -> Result<Vec<Inside>> {
    #[derive(Deserialize)]
    struct Photo {
        faces: Vec<Inside>,
    }
    let folder = tempfile::tempdir()?;
    let json = folder.path().join("inside.json");
    let mut command = Command::new(program()?);
    command.arg(photo).args(["--network", network]).arg("--activations").arg(&json);
    let output = command.output().context("the command line does not start")?;
    ensure!(output.status.success(), "ferrum, {network}: {}", String::from_utf8_lossy(&output.stderr));
    let photos: Vec<Photo> = serde_json::from_slice(&fs::read(json)?)?;
    Ok(photos.into_iter().flat_map(|photo| photo.faces).collect())
}

/// The faces that the command line finds in `photo`, by the shipped weights of `network`.
pub fn predict(photo: &Path, network: &str) -> Result<Vec<Predicted>> {
    let folder = tempfile::tempdir()?;
    let json = folder.path().join("faces.json");
    let mut command = Command::new(program()?);
    command.arg(photo).args(["--network", network]).arg("--json").arg(&json);
    let output = command.output().context("the command line does not start")?;
    ensure!(output.status.success(), "ferrum, {network}: {}", String::from_utf8_lossy(&output.stderr));
    faces(&fs::read_to_string(json)?)
}

/// Built into the folder above this test program's.
fn program() -> Result<PathBuf> {
    let own = env::current_exe().context("this program has no path")?;
    let profile = own.ancestors().nth(2).context("a test program lies in target/PROFILE/deps")?;
    let program = profile.join(format!("ferrum{}", env::consts::EXE_SUFFIX));
    ensure!(program.is_file(), "{} is not built: run the tests by `cargo xtask e2e`", program.display());
    Ok(program)
}

fn faces(json: &str) -> Result<Vec<Predicted>> {
    #[derive(Deserialize)]
    struct Photo {
        faces: Vec<Predicted>,
    }
    let photos: Vec<Photo> = serde_json::from_str(json).context("the command line writes other JSON than expected")?;
    Ok(photos.into_iter().flat_map(|photo| photo.faces).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_faces_of_the_command_line() -> Result<()> {
        let json = r#"[{ "photo": "a.png", "faces": [
            { "rect": { "x": 1.5, "y": 2.0, "width": 3.0, "height": 4.0 }, "score": 9.0, "label": "happy",
              "confidence": 0.75, "is_sure": true, "probabilities": { "happy": 0.75, "sad": 0.25 },
              "votes": { "contempt": 1.0 } }] }]"#;
        let faces = faces(json)?;
        assert_eq!(faces.iter().map(Predicted::rect).collect::<Vec<_>>(), [[1.5, 2.0, 3.0, 4.0]]);
        assert!((faces[0].probability("sad")? - 0.25).abs() < f64::EPSILON);
        assert!(faces[0].probability("bored").is_err());
        assert!(faces[0].is_sure && faces[0].n_votes() == 1 && faces[0].vote("contempt").is_ok());
        Ok(())
    }

    #[test]
    fn an_unread_photo_is_an_error() {
        assert!(faces(r#"[{ "photo": "a.png", "error": "cut off" }]"#).is_err());
    }
}
