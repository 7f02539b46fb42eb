//! Videos with boxes and labels drawn in, which ffmpeg codes.

use std::{
    ffi::OsString,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    thread::{self, JoinHandle},
};

use anyhow::{Context, Result, bail, ensure};
use image::RgbaImage;
use pipeline::{Provenance, TrackedFace};
use video::{WebmWriter, WrittenCodec};
use vision::{RgbaView, resize};

use crate::annotate::{Mark, draw};

/// The encoder of H.264.
const ENCODER: &str = "libx264";

/// See to it that ffmpeg is there and has the encoder: nobody should read a video for an hour to hear that it cannot be
/// annotated.
pub(crate) fn check_ffmpeg() -> Result<()> {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-encoders"]).stdin(Stdio::null()).stderr(Stdio::null());
    let encoders = command.output().map(|output| output.stdout).unwrap_or_default();
    let is_there = String::from_utf8_lossy(&encoders).split_whitespace().any(|word| word == ENCODER);
    ensure!(
        is_there,
        "--annotate: expected ffmpeg with {ENCODER} on this machine to write videos (Debian: `apt-get install ffmpeg`)"
    );
    Ok(())
}

/// A video that is being written. Until [`AnnotatedVideo::finish`] there is nothing under its name.
pub(crate) struct AnnotatedVideo {
    path: PathBuf,
    original: PathBuf,
    /// What is written; the first has the pictures alone, the second their sound as well.
    parts: [PathBuf; 2],
    size: [u32; 2],
    newest_secs: f64,
    writer: WebmWriter,
    child: Child,
    stdin: Option<ChildStdin>,
    last_error: Option<JoinHandle<String>>,
}

impl AnnotatedVideo {
    /// Begin the file `path`, an MP4 of frames of `size` and the sound of the file `original`.
    pub(crate) fn create(path: PathBuf, original: &Path, size: [u32; 2], provenance: &Provenance) -> Result<Self> {
        let name = path.file_name().context("expected the name of a file")?;
        let name = name.to_string_lossy();
        let parts = ["pictures", "part"].map(|what| path.with_file_name(format!(".{name}.{what}")));
        let mut child = pictures(&parts[0], provenance).spawn().context("cannot start ffmpeg")?;
        let stdin = child.stdin.take().context("ffmpeg takes no input")?;
        let stderr = child.stderr.take().context("ffmpeg has no error output")?;
        // Read all the time: ffmpeg stops where a pipe is full.
        let last_error = Some(thread::spawn(move || last_line(stderr)));
        let writer = WebmWriter::new(WrittenCodec::Rgba, size);
        let (original, stdin) = (original.to_owned(), Some(stdin));
        let mut this = Self { path, original, parts, size, newest_secs: 0.0, writer, child, stdin, last_error };
        let head = this.writer.stream_head();
        this.write(&head)?;
        Ok(this)
    }

    /// Add a frame that is shown from `time_secs` on, with its faces. One of another size is made as large as the first; a
    /// time before that of the frame before it counts as that.
    pub(crate) fn push(&mut self, time_secs: f64, frame: RgbaView<'_>, faces: &[TrackedFace]) -> Result<()> {
        let [width, height] = [frame.width() as u32, frame.height() as u32];
        self.newest_secs = self.newest_secs.max(time_secs);
        let image = RgbaImage::from_raw(width, height, frame.data().to_vec());
        let mut image = image.context("a frame has 4 bytes for each of its pixels")?;
        for face in faces {
            draw(&mut image, &Mark::of_person(face));
        }
        if [width, height] != self.size {
            let [width, height] = self.size.map(|side| side as usize);
            let pixels = resize(RgbaView::new(image.width() as usize, image.height() as usize, &image)?, width, height);
            image = RgbaImage::from_raw(self.size[0], self.size[1], pixels).context("resized to that")?;
        }
        match self.writer.push(self.newest_secs, true, image.as_raw()) {
            Some(cluster) => self.write(&cluster),
            None => Ok(()),
        }
    }

    /// Write the rest, and give the file its name. How long the last frame is shown is left to ffmpeg. Its sound is
    /// that of the time `part`, seconds, if not all of the original is in it.
    ///
    /// Returns the file, and why it has not the sound of its original, if so.
    pub(crate) fn finish(mut self, part: Option<[f64; 2]>) -> Result<(PathBuf, Option<String>)> {
        let last = self.writer.clone().finish_stream();
        self.write(&last)?;
        self.end()?;
        let [pictures, with_sound] = &self.parts;
        let added = add_sound(&self.original, pictures, with_sound, part);
        let written = if added.is_ok() { with_sound } else { pictures };
        fs::rename(written, &self.path).with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok((self.path.clone(), added.err().map(|error| format!("it has no sound: {error:#}"))))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(stdin) = &mut self.stdin else { bail!("expected ffmpeg to run") };
        match stdin.write_all(bytes) {
            // It has said why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.end().and(Err(error.into())),
            written => written.context("ffmpeg takes no more"),
        }
    }

    /// Wait until ffmpeg ends; an error if it failed.
    fn end(&mut self) -> Result<()> {
        self.stdin = None;
        let is_fine = self.child.wait().is_ok_and(|status| status.success());
        let last = self.last_error.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        ensure!(is_fine, "cannot write {}: ffmpeg: {last}", self.path.display());
        Ok(())
    }
}

impl Drop for AnnotatedVideo {
    fn drop(&mut self) {
        // All of that fails if it is finished.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.parts.iter().for_each(|part| drop(fs::remove_file(part)));
    }
}

/// ffmpeg, which writes the pictures that come through its input into `part`.
fn pictures(part: &Path, provenance: &Provenance) -> Command {
    let mut command = ffmpeg();
    command.args(["-protocol_whitelist", "file,pipe", "-f", "matroska", "-i", "pipe:0"]);
    // Each frame at its own time. H.264 has colours for two pixels each way, so that sides are even.
    let filter = "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
    command.args(["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]);
    command.args(["-fps_mode", "passthrough", "-enc_time_base", "-1", "-vf", filter]);
    command.args(["-c:v", ENCODER, "-preset", "veryfast", "-crf", "20", "-movflags", "+faststart"]);
    command.args(["-metadata", &format!("comment={}", provenance.to_json()), "-f", "mp4"]).arg(file(part));
    command.stdin(Stdio::piped());
    command
}

/// Write `pictures` with the sound of `original`, if that has some, into the file `into`. In a run of its own: a damaged sound must
/// not cost the pictures.
fn add_sound(original: &Path, pictures: &Path, into: &Path, part: Option<[f64; 2]>) -> Result<()> {
    let mut command = ffmpeg();
    for input in [pictures, original] {
        command.args(["-protocol_whitelist", "file", "-i"]).arg(file(input));
    }
    command.args(["-map", "0:v:0", "-c:v", "copy", "-map", "1:a:0?", "-c:a", "aac"]);
    if let Some([from_secs, to_secs]) = part {
        command.args(["-af", &format!("atrim={from_secs}:{to_secs}")]);
    }
    command.args(["-movflags", "+faststart", "-f", "mp4"]).arg(file(into)).stdin(Stdio::null());
    let output = command.output().context("cannot start ffmpeg")?;
    ensure!(output.status.success(), "ffmpeg: {}", last_line(&output.stderr[..]));
    Ok(())
}

/// Keeps the times of what it reads.
fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostats", "-loglevel", "error", "-y", "-copyts"]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// A file whose name may look like that of something else.
fn file(path: &Path) -> OsString {
    let mut file = OsString::from("file:");
    file.push(path);
    file
}

/// The last line of `text` that is not empty.
fn last_line(text: impl Read) -> String {
    let lines = BufReader::new(text).split(b'\n').map_while(Result::ok);
    let lines = lines.map(|line| String::from_utf8_lossy(&line).trim().to_owned());
    lines.filter(|line| !line.is_empty()).last().unwrap_or_default()
}
