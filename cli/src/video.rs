//! Frames of a video: YUV4MPEG2 is read here, everything else by ffmpeg if it is on the machine.
//!
//! ffmpeg gives frames at a constant rate: one that stays longer comes more often, so counts are in proportion to time.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
    rc::Rc,
};

use anyhow::{Context, Result, bail};
use vision::RgbaView;
use y4m::{Colorspace, Decoder, Limits};

use crate::ffmpeg::Ffmpeg;

/// Sides of a frame at most, pixels: 8K in either direction.
const MAX_SIDE: usize = 8192;
/// Bytes of a frame at most: 8K in 4:4:4.
const MAX_FRAME_BYTES: usize = MAX_SIDE * MAX_SIDE * 3;
/// Bytes of a header at most, as in the crate `y4m`.
const MAX_HEADER_BYTES: u64 = 1024;

/// Endings of the names of videos.
pub(crate) const EXTENSIONS: [&str; 16] = [
    "3gp", "avi", "flv", "m2ts", "m4v", "mjpeg", "mkv", "mov", "mp4", "mpeg", "mpg", "ogv", "ts", "webm", "wmv", "y4m",
];

/// A video that is being read. Frames are grey: that is all that detector and networks see.
pub(crate) struct Video {
    decoder: Decoder<Counted>,
    n_bytes: Rc<Cell<usize>>,
    ffmpeg: Option<Ffmpeg>,
    rgba: Vec<u8>,
}

impl Video {
    /// Open the video in the file `path`.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let mut start = vec![];
        File::open(path).and_then(|file| file.take(9).read_to_end(&mut start)).context("cannot read it")?;
        let (reader, ffmpeg): (Box<dyn BufRead>, _) = if start == b"YUV4MPEG2" {
            (Box::new(BufReader::new(File::open(path).context("cannot read it")?)), None)
        } else {
            let (ffmpeg, stdout) = Ffmpeg::open(path)?;
            (Box::new(BufReader::new(stdout)), Some(ffmpeg))
        };
        match decoder(reader) {
            Ok((decoder, n_bytes)) => Ok(Self { decoder, n_bytes, ffmpeg, rgba: vec![] }),
            Err(error) => match ffmpeg.and_then(Ffmpeg::complaint) {
                Some(said) => bail!("expected a video, got {said}"),
                None => Err(error),
            },
        }
    }

    /// Frames a second.
    pub(crate) fn frames_per_sec(&self) -> f64 {
        let rate = self.decoder.get_framerate();
        if rate.num == 0 || rate.den == 0 { 25.0 } else { rate.num as f64 / rate.den as f64 }
    }

    /// The next frame; `None` after the last one. A video that ends inside a frame is an error.
    pub(crate) fn next_frame(&mut self) -> Result<Option<RgbaView<'_>>> {
        let (width, height) = (self.decoder.get_width(), self.decoder.get_height());
        let colorspace = self.decoder.get_colorspace();
        if colorspace.get_bit_depth() != 8 {
            bail!("expected 8 bits a sample, got {}", colorspace.get_bit_depth());
        }
        let is_full = matches!(colorspace, Colorspace::Cmono) || has_full_range(self.decoder.get_raw_params());
        let start = self.n_bytes.get();
        match self.decoder.read_frame() {
            Ok(frame) => {
                self.rgba.clear();
                for &luma in frame.get_y_plane() {
                    let level = if is_full { luma } else { full_range(luma) };
                    self.rgba.extend([level, level, level, 255]);
                }
            }
            Err(y4m::Error::EOF) => return self.end(start).map(|()| None),
            Err(error) => bail!("it is damaged: {error}"),
        }
        RgbaView::new(width, height, &self.rgba).map(Some).context("a frame of another size than the video")
    }

    /// Whether the input ended well, in a frame that began at byte `start`.
    fn end(&mut self, start: usize) -> Result<()> {
        if let Some(said) = self.ffmpeg.take().and_then(Ffmpeg::complaint) {
            bail!("it breaks off: {said}");
        }
        if self.n_bytes.get() > start {
            bail!("it breaks off inside a frame");
        }
        Ok(())
    }
}

/// The bytes of a video. How many were read is known outside: the crate `y4m` tells a cut frame not from the end.
struct Counted {
    reader: Box<dyn Read>,
    n_bytes: Rc<Cell<usize>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.n_bytes.set(self.n_bytes.get() + n);
        Ok(n)
    }
}

/// A decoder, and the number of bytes that it has read.
fn decoder(mut reader: Box<dyn BufRead>) -> Result<(Decoder<Counted>, Rc<Cell<usize>>)> {
    let mut header = vec![];
    reader.by_ref().take(MAX_HEADER_BYTES).read_until(b'\n', &mut header).context("cannot read it")?;
    check_sides(&header)?;
    let n_bytes = Rc::new(Cell::new(0));
    let counted = Counted { reader: Box::new(Cursor::new(header).chain(reader)), n_bytes: Rc::clone(&n_bytes) };
    let decoder = Decoder::new_with_limits(counted, Limits { bytes: MAX_FRAME_BYTES });
    Ok((decoder.context("expected a video")?, n_bytes))
}

/// The crate `y4m` multiplies the sides before it compares them with its limit.
fn check_sides(header: &[u8]) -> Result<()> {
    let header = String::from_utf8_lossy(header);
    for (name, letter) in [("width", 'W'), ("height", 'H')] {
        let sides: Vec<_> = header.trim_end().split(' ').filter_map(|word| word.strip_prefix(letter)).collect();
        let is_side = |side: &&str| side.parse().is_ok_and(|side| (1..=MAX_SIDE).contains(&side));
        if sides.is_empty() || !sides.iter().all(is_side) {
            let got = if sides.is_empty() { "none".into() } else { sides.join(" ") };
            bail!("expected a video with a {name} of 1 to {MAX_SIDE} pixels, got {got}");
        }
    }
    Ok(())
}

/// ITU-R BT.601: 16 is black, 235 is white.
fn full_range(luma: u8) -> u8 {
    ((f32::from(luma) - 16.0) * 255.0 / 219.0).round().clamp(0.0, 255.0) as u8
}

/// As ffmpeg marks it.
fn has_full_range(params: &[u8]) -> bool {
    params.split(|&byte| byte == b' ').any(|param| param == b"XCOLORRANGE=FULL")
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let cases = [
            ("YUV4MPEG2", "a width of 1 to 8192 pixels, got none"),
            ("YUV4MPEG2 nonsense\n", "a width of 1 to 8192 pixels, got none"),
            ("YUV4MPEG2 W2 F1:1\nFRAME\n", "a height of 1 to 8192 pixels, got none"),
            ("YUV4MPEG2 W99999999 H99999999 F1:1\nFRAME\n", "got 99999999"),
            ("YUV4MPEG2 W99999999999 H99999999999 F1:1\nFRAME\n", "got 99999999999"),
            ("YUV4MPEG2 W2 H1 W99999999999 F1:1\nFRAME\n", "got 2 99999999999"),
            ("YUV4MPEG2 W0 H0 F1:1\nFRAME\n", "got 0"),
            ("YUV4MPEG2 W2 H1 F1:1 Cpurple\nFRAME\n", "expected a video"),
        ];
        for (text, expected) in cases {
            std::fs::write(&path, text).unwrap();
            let error = format!("{:#}", Video::open(&path).err().unwrap());
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert!(Video::open(&folder.path().join("missing.mp4")).is_err());
    }

    #[test]
    fn a_cut_frame_is_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.y4m");
        let whole = b"YUV4MPEG2 W2 H1 F10:1 Cmono\nFRAME\n12FRAME\n34";
        for (n_cut, expected) in [(0, Ok(2)), (1, Err(1)), (3, Err(1)), (7, Err(1)), (8, Ok(1)), (9, Err(0))] {
            std::fs::write(&path, &whole[..whole.len() - n_cut]).unwrap();
            let mut video = Video::open(&path).unwrap();
            let mut n = 0;
            let end = loop {
                match video.next_frame() {
                    Ok(Some(_)) => n += 1,
                    Ok(None) => break Ok(n),
                    Err(error) => {
                        assert_eq!(error.to_string(), "it breaks off inside a frame");
                        break Err(n);
                    }
                }
            };
            assert_eq!(end, expected, "{n_cut} bytes cut off");
        }
    }
}
