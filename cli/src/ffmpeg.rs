//! Videos that ffmpeg reads: decoded frames, each once and with its own time.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{self, Receiver, Sender},
    thread::{self, JoinHandle},
};

use anyhow::{Context, Result, bail};
use video::{Colour, PixelFormat, Planes};

/// The formats that are converted here, in the numbers of the page; ffmpeg turns others into the nearest of them.
const FORMATS: &str = "yuv420p|yuv422p|yuv444p|yuvj420p|yuvj422p|yuvj444p|yuv420p10le|yuv422p10le|yuv444p10le|\
    yuv420p12le|yuv422p12le|yuv444p12le|gray|rgba|bgra";

/// A running ffmpeg; ended when this is dropped.
pub(crate) struct Ffmpeg {
    child: Child,
    stdout: BufReader<ChildStdout>,
    infos: Receiver<FrameInfo>,
    last_error: Option<JoinHandle<String>>,
    has_errors: bool,
    pixels: Vec<u8>,
}

/// Properties of a frame by ffmpeg's filter `showinfo`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FrameInfo {
    /// `None` where the file does not say.
    pub time_secs: Option<f64>,
    pub format: PixelFormat,
    pub size: [usize; 2],
    pub pixel_aspect: [u32; 2],
    pub is_interlaced: bool,
    pub colour: Colour,
}

impl Ffmpeg {
    /// ffmpeg with the frames of the video `path`.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let mut child = match command(path).spawn() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("expected ffmpeg on this machine to read it (Debian: `apt-get install ffmpeg`), or a .y4m file")
            }
            child => child.context("cannot start ffmpeg")?,
        };
        let stdout = BufReader::new(child.stdout.take().context("ffmpeg has no output")?);
        let stderr = child.stderr.take().context("ffmpeg has no error output")?;
        let (sender, infos) = mpsc::channel();
        // Read all the time: ffmpeg stops where a pipe is full.
        let last_error = Some(thread::spawn(move || listen(stderr, &sender)));
        Ok(Self { child, stdout, infos, last_error, has_errors: false, pixels: vec![] })
    }

    /// The next frame; `None` after the last one.
    pub(crate) fn next_frame(&mut self) -> Result<Option<(FrameInfo, Planes<'_>)>> {
        // ffmpeg prints the properties of a frame before it writes it.
        let Ok(info) = self.infos.recv() else { return self.end().map(|()| None) };
        self.pixels.resize(Planes::packed_bytes(info.format, info.size), 0);
        match self.stdout.read_exact(&mut self.pixels) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.end()?;
                bail!("it breaks off inside a frame");
            }
            Err(error) => return Err(error).context("cannot read what ffmpeg writes"),
        }
        let planes = Planes::packed(info.format, info.size, &self.pixels)?;
        Ok(Some((info, planes)))
    }

    /// Whether ffmpeg told of errors; known after the last frame.
    pub(crate) fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// Wait until ffmpeg ends; an error if it failed.
    fn end(&mut self) -> Result<()> {
        let is_fine = self.child.wait().is_ok_and(|status| status.success());
        let last = self.last_error.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        self.has_errors |= !last.is_empty();
        if is_fine {
            return Ok(());
        }
        bail!("ffmpeg cannot read it: {}", if last.is_empty() { "no reason" } else { &last })
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        // Nobody reads what it would still write.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(path: &Path) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+info"]);
    // A name with a colon is no protocol, and a playlist must not name files elsewhere.
    let mut file = std::ffi::OsString::from("file:");
    file.push(path);
    // Times on the file's own clock, wherever that begins.
    command.args(["-copyts", "-protocol_whitelist", "file,pipe", "-i"]).arg(file);
    // No cover of a song. Each frame once, none made up.
    command.args([
        "-map",
        "0:V:0",
        "-vf",
        &format!("format={FORMATS},showinfo=checksum=0"),
        "-fps_mode",
        "passthrough",
    ]);
    command.args(["-f", "rawvideo", "-"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Pass on the properties of each frame in `text`. Returns its last error.
fn listen(text: impl Read, frames: &Sender<FrameInfo>) -> String {
    let lines = BufReader::new(text).split(b'\n').map_while(Result::ok);
    let (mut unit_secs, mut frame, mut last_error) = (0.0, None, String::new());
    for line in lines {
        let line = String::from_utf8_lossy(&line);
        if let Some(error) = ["[error] ", "[fatal] "].iter().find_map(|mark| line.split_once(mark)) {
            error.1.trim().clone_into(&mut last_error);
        } else if line.starts_with("[Parsed_showinfo") {
            let said = line.split_once("[info] ").map_or("", |(_, said)| said);
            if let Some(unit) = said.strip_prefix("config in time_base: ").and_then(|said| said.split_once(',')) {
                unit_secs = ratio(unit.0).map_or(0.0, |[num, den]| f64::from(num) / f64::from(den));
            } else if said.starts_with("n:") {
                frame = parse(said, unit_secs);
            } else if said.starts_with("color_range:")
                && let Some(frame) = frame.take()
            {
                let range = colour(said);
                let info = FrameInfo {
                    colour: Colour { is_full_range: frame.colour.is_full_range || range.is_full_range, ..range },
                    ..frame
                };
                // Fails when nobody reads any more.
                let _ = frames.send(info);
            }
        }
    }
    last_error
}

/// The word behind `name:`, which may have spaces before it.
fn word<'a>(said: &'a str, name: &str) -> Option<&'a str> {
    let start = said.find(&format!(" {name}:"))? + name.len() + 2;
    said[start..].split_whitespace().next()
}

fn parse(said: &str, unit_secs: f64) -> Option<FrameInfo> {
    let format = word(said, "fmt")?;
    let (width, height) = word(said, "s")?.split_once('x')?;
    let pts: Option<f64> = word(said, "pts").and_then(|pts| pts.parse().ok());
    let is_full_range = format.starts_with("yuvj");
    Some(FrameInfo {
        time_secs: pts.map(|pts| pts * unit_secs),
        format: PixelFormat::of(&format.replacen("yuvj", "yuv", 1))?,
        size: [width.parse().ok()?, height.parse().ok()?],
        pixel_aspect: word(said, "sar").and_then(ratio).unwrap_or([1, 1]),
        is_interlaced: matches!(word(said, "i"), Some("T" | "B")),
        colour: Colour { is_full_range, ..Colour::default() },
    })
}

/// Such as `16/11`; `None` of what has a zero.
fn ratio(text: &str) -> Option<[u32; 2]> {
    let (num, den) = text.trim().split_once('/')?;
    let ratio = [num.parse().ok()?, den.parse().ok()?];
    ratio.iter().all(|&side| side > 0).then_some(ratio)
}

fn colour(said: &str) -> Colour {
    let said = format!(" {said}");
    let name = |name| word(&said, name).unwrap_or_default();
    Colour::from_names(name("color_trc"), name("color_space"), name("color_range") == "pc")
}

#[cfg(test)]
mod tests {
    use super::*;
    use video::{Matrix, Transfer};

    #[test]
    fn a_frame_is_what_ffmpeg_says_of_it() {
        // As ffmpeg 5.1.9 writes it.
        let text = "[info] Input #0\n\
            [Parsed_showinfo_1 @ 0x56] [info] config in time_base: 1/12800, frame_rate: 25/1\n\
            [Parsed_showinfo_1 @ 0x56] [info] n:   1 pts:    512 pts_time:0.04    pos:      799 fmt:yuv420p10le \
            sar:16/11 s:128x96 i:T iskey:0 type:B \n\
            [Parsed_showinfo_1 @ 0x56] [info] color_range:tv color_space:bt2020nc color_primaries:bt2020 color_trc:smpte2084\n\
            [h264 @ 0x1] [error] a bad reference\n\
            [Parsed_showinfo_1 @ 0x56] [info] n:   2 pts: NOPTS pts_time:NOPTS pos: -1 fmt:yuvj420p sar:0/1 s:2x2 i:P iskey:0 type:B \n\
            [Parsed_showinfo_1 @ 0x56] [info] color_range:unknown color_space:unknown color_primaries:unknown color_trc:unknown\n\
            [fatal] the last\u{ff}word\n";
        let (sender, frames) = mpsc::channel();
        let bytes: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
        assert_eq!(listen(&bytes[..], &sender), "the last\u{fffd}word");
        drop(sender);
        let first = FrameInfo {
            time_secs: Some(0.04),
            format: PixelFormat::of("I420P10").unwrap(),
            size: [128, 96],
            pixel_aspect: [16, 11],
            is_interlaced: true,
            colour: Colour { matrix: Matrix::Bt2020, is_full_range: false, transfer: Transfer::Pq },
        };
        let second = FrameInfo {
            time_secs: None,
            format: PixelFormat::of("I420").unwrap(),
            size: [2, 2],
            pixel_aspect: [1, 1],
            is_interlaced: false,
            colour: Colour { is_full_range: true, ..Colour::default() },
        };
        assert_eq!(frames.iter().collect::<Vec<_>>(), [first, second]);
    }
}
