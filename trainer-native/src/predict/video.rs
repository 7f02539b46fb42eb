//! Frames of a video: YUV4MPEG2 is read here, everything else by ffmpeg if it is on the machine.
//!
//! ffmpeg gives frames at a constant rate: one that stays longer comes more often, so counts are in proportion to time.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use vision::RgbaView;
use y4m::{Colorspace, Decoder, Limits};

/// Longer side of the frames that ffmpeg is asked for, pixels: as of photos.
const MAX_SIDE: u32 = 1280;
/// Bytes of a frame at most: 8K in 4:4:4.
const MAX_FRAME_BYTES: usize = 7680 * 4320 * 3;

/// What names of videos end with.
const EXTENSIONS: [&str; 16] = [
    "3gp", "avi", "flv", "m2ts", "m4v", "mjpeg", "mkv", "mov", "mp4", "mpeg", "mpg", "ogv", "ts", "webm", "wmv", "y4m",
];

/// Whether the name of `path` is that of a video.
pub(super) fn is_video(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
    extension.is_some_and(|extension| EXTENSIONS.contains(&&*extension))
}

/// A video that is being read. Frames are grey: that is all that detector and networks see.
pub(super) struct Video {
    path: PathBuf,
    decoder: Decoder<Box<dyn Read>>,
    ffmpeg: Option<(Child, ChildStderr)>,
    rgba: Vec<u8>,
}

impl Video {
    /// Open the video in the file `path`.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut start = vec![];
        File::open(path).and_then(|file| file.take(9).read_to_end(&mut start)).context("cannot read it")?;
        let (reader, ffmpeg): (Box<dyn Read>, _) = if start == b"YUV4MPEG2" {
            (Box::new(BufReader::new(File::open(path).context("cannot read it")?)), None)
        } else {
            let (stdout, child, stderr) = ffmpeg(path)?;
            (Box::new(BufReader::new(stdout)), Some((child, stderr)))
        };
        match Decoder::new_with_limits(reader, Limits { bytes: MAX_FRAME_BYTES }) {
            Ok(decoder) => Ok(Self { path: path.into(), decoder, ffmpeg, rgba: vec![] }),
            Err(error) => bail!("expected a video, got {}", said(ffmpeg).unwrap_or_else(|| error.to_string())),
        }
    }

    /// Frames a second.
    pub(super) fn frames_per_sec(&self) -> f64 {
        let rate = self.decoder.get_framerate();
        if rate.num == 0 || rate.den == 0 { 25.0 } else { rate.num as f64 / rate.den as f64 }
    }

    /// The next frame; `None` after the last one.
    pub(super) fn next_frame(&mut self) -> Result<Option<RgbaView<'_>>> {
        let (width, height) = (self.decoder.get_width(), self.decoder.get_height());
        let colorspace = self.decoder.get_colorspace();
        if colorspace.get_bit_depth() != 8 {
            bail!("expected 8 bits a sample, got {}", colorspace.get_bit_depth());
        }
        let is_full = matches!(colorspace, Colorspace::Cmono) || has_full_range(self.decoder.get_raw_params());
        match self.decoder.read_frame() {
            Ok(frame) => {
                let level = |luma: u8| if is_full { luma } else { full_range(luma) };
                self.rgba.clear();
                self.rgba.extend(
                    frame.get_y_plane().iter().flat_map(|&luma| [[level(luma); 3].as_slice(), &[255]].concat()),
                );
            }
            Err(y4m::Error::EOF) => {
                let complaint = said(self.ffmpeg.take());
                return complaint.map_or(Ok(None), |said| bail!("{} breaks off: {said}", self.path.display()));
            }
            Err(error) => bail!("the video is damaged: {error}"),
        }
        RgbaView::new(width, height, &self.rgba).map(Some).context("a frame of another size than the video")
    }
}

impl Drop for Video {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.ffmpeg {
            // Nobody reads what it would still write.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// ITU-R BT.601: 16 is black, 235 is white.
fn full_range(luma: u8) -> u8 {
    ((f32::from(luma) - 16.0) * 255.0 / 219.0).round().clamp(0.0, 255.0) as u8
}

/// As ffmpeg marks it.
fn has_full_range(params: &[u8]) -> bool {
    params.split(|&byte| byte == b' ').any(|param| param == b"XCOLORRANGE=FULL")
}

/// ffmpeg, writing the frames of `path` in grey to its output.
fn ffmpeg(path: &Path) -> Result<(ChildStdout, Child, ChildStderr)> {
    let scale = format!("scale='min({MAX_SIDE},iw)':'min({MAX_SIDE},ih)':force_original_aspect_ratio=decrease");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-i"]).arg(path);
    command.args(["-an", "-vf", &scale, "-pix_fmt", "gray", "-strict", "-1", "-f", "yuv4mpegpipe", "-"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match child {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("expected ffmpeg on this machine to read it (Debian: `apt-get install ffmpeg`), or a .y4m file")
        }
        child => child.context("cannot start ffmpeg")?,
    };
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    Ok((stdout.context("ffmpeg has no output")?, child, stderr.context("ffmpeg has no error output")?))
}

/// The last line that ffmpeg said, if it failed.
fn said(ffmpeg: Option<(Child, ChildStderr)>) -> Option<String> {
    let (mut child, mut stderr) = ffmpeg?;
    let mut text = String::new();
    let _ = stderr.read_to_string(&mut text);
    let is_fine = child.wait().is_ok_and(|status| status.success());
    let last = text.lines().last().unwrap_or("no reason").to_owned();
    if is_fine { None } else { Some(format!("what ffmpeg cannot read: {last}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn videos_are_told_by_their_names() {
        for (name, expected) in [("a.mp4", true), ("a.MOV", true), ("a.b.y4m", true), ("a.gif", false), ("mp4", false)]
        {
            assert_eq!(is_video(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn frames_are_grey_in_full_range() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.y4m");
        let cases = [
            ("C420", [16, 235], [0, 255]),
            ("Cmono", [16, 235], [16, 235]),
            ("C420 XCOLORRANGE=FULL", [16, 235], [16, 235]),
        ];
        for (format, luma, expected) in cases {
            let chroma: &[u8] = if format == "Cmono" { &[] } else { &[128, 128] };
            let head = format!("YUV4MPEG2 W2 H1 F10:1 {format}\nFRAME\n");
            std::fs::write(&path, [head.as_bytes(), &luma, chroma].concat()).unwrap();
            let mut video = Video::open(&path).unwrap();
            assert!((video.frames_per_sec() - 10.0).abs() < 1e-9);
            let data = video.next_frame().unwrap().unwrap().data().to_vec();
            let [black, white] = expected;
            assert_eq!(data, [black, black, black, 255, white, white, white, 255], "{format}");
            assert!(video.next_frame().unwrap().is_none());
        }
    }

    #[test]
    fn what_is_no_video_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.y4m");
        for text in
            ["YUV4MPEG2 nonsense\n", "YUV4MPEG2 W99999999 H99999999 F1:1\nFRAME\n", "YUV4MPEG2 W0 H0 F1:1\nFRAME\n"]
        {
            std::fs::write(&path, text).unwrap();
            let failed = Video::open(&path).and_then(|mut video| video.next_frame().map(|frame| frame.is_none()));
            assert!(failed.as_ref().map_or(true, |is_end| *is_end), "{text}: {failed:?}");
        }
        assert!(Video::open(&folder.path().join("missing.mp4")).is_err());
    }
}
