//! Frames of a video: YUV4MPEG2 is read here, everything else by ffmpeg if it is on the machine.
//!
//! Each frame comes once, with its own time. Pixels of what ffmpeg decodes are made of its planes by the crate `video`, as
//! in the page.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
    rc::Rc,
};

use anyhow::{Context, Result, bail};
use video::{Colour, PixelFormat, Planes, Shaper, Upright, VideoError};
use vision::RgbaView;
use y4m::{Colorspace, Decoder, Limits};

use crate::ffmpeg::Ffmpeg;

/// Sides of a frame at most, pixels: 8K in either direction.
const MAX_SIDE: usize = 8192;
/// Bytes of a frame at most: 8K in 4:4:4.
const MAX_FRAME_BYTES: usize = MAX_SIDE * MAX_SIDE * 3;
/// Bytes of a header at most, as in the crate `y4m`.
const MAX_HEADER_BYTES: u64 = 1024;

/// Frames a second of a video that does not say.
const USUAL_RATE: f64 = 25.0;

/// Endings of the names of videos.
pub(crate) const EXTENSIONS: [&str; 16] = [
    "3gp", "avi", "flv", "m2ts", "m4v", "mjpeg", "mkv", "mov", "mp4", "mpeg", "mpg", "ogv", "ts", "webm", "wmv", "y4m",
];

/// A video that is being read.
pub(crate) struct Video {
    source: Source,
    frames_per_sec: f64,
    end_secs: Option<f64>,
    /// The times of the two newest frames.
    newest_secs: [Option<f64>; 2],
    picture: Upright,
    /// Frames that were given, from `from_secs` on.
    n_frames: u64,
    from_secs: f64,
    /// The file as our own reader reads it, if it does.
    demuxed: Option<video::Video<BufReader<File>>>,
    n_lost: u64,
}

enum Source {
    Y4m(Y4m),
    Ffmpeg(Ffmpeg),
}

/// A frame, upright, and when it is shown, seconds.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub time_secs: f64,
    pub view: RgbaView<'a>,
}

impl Video {
    /// Open the video in the file `path`. Frames that are lost count from `from_secs` on.
    pub(crate) fn open(path: &Path, from_secs: f64) -> Result<Self> {
        let mut start = vec![];
        File::open(path).and_then(|file| file.take(9).read_to_end(&mut start)).context("cannot read it")?;
        if start == b"YUV4MPEG2" {
            let y4m = Y4m::open(Box::new(BufReader::new(File::open(path).context("cannot read it")?)))?;
            let frames_per_sec = y4m.frames_per_sec();
            return Ok(Self::new(Source::Y4m(y4m), frames_per_sec, None, None, from_secs));
        }
        // Our reader names a file that cannot be decoded in plainer words than ffmpeg.
        let demuxed = match video::Video::open(BufReader::new(File::open(path).context("cannot read it")?)) {
            Ok(video) => Some(video),
            Err(VideoError::NotAVideo(_) | VideoError::Damaged(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let track = demuxed.as_ref().map(video::Video::track);
        let rate = track.and_then(|track| track.frames_per_sec).unwrap_or(USUAL_RATE);
        let end_secs = track.and_then(|track| track.end_secs);
        Ok(Self::new(Source::Ffmpeg(Ffmpeg::open(path)?), rate, end_secs, demuxed, from_secs))
    }

    fn new(
        source: Source,
        frames_per_sec: f64,
        end_secs: Option<f64>,
        demuxed: Option<video::Video<BufReader<File>>>,
        from_secs: f64,
    ) -> Self {
        let (newest_secs, picture) = ([None; 2], Upright::default());
        Self { source, frames_per_sec, end_secs, newest_secs, picture, n_frames: 0, demuxed, from_secs, n_lost: 0 }
    }

    /// How long it is, seconds, where the file says it.
    pub(crate) fn length_secs(&self) -> Option<f64> {
        self.end_secs
    }

    /// Frames between those that were given that could not be decoded, known after the last one.
    pub(crate) fn n_lost(&self) -> u64 {
        self.n_lost
    }

    /// ffmpeg ends without an error where a file is cut, or where it passes damaged frames over.
    fn check_whole(&mut self, has_errors: bool) -> Result<()> {
        let Some(mut video) = self.demuxed.take() else { return Ok(()) };
        let mut n_shown: u64 = 0;
        while let Some(sample) = video.next_sample().context("it breaks off")? {
            n_shown += u64::from(sample.is_shown && sample.time_secs >= self.from_secs);
        }
        if has_errors {
            self.n_lost = n_shown.saturating_sub(self.n_frames);
        }
        Ok(())
    }

    /// Frames a second, in the mean.
    pub(crate) fn frames_per_sec(&self) -> f64 {
        self.frames_per_sec
    }

    /// The end of the newest frame, seconds: that of the file if it is near; else it lasts as long as the one before it.
    pub(crate) fn end_secs(&self) -> f64 {
        let [before, newest] = self.newest_secs;
        let Some(newest) = newest else { return 0.0 };
        let end = self.end_secs.filter(|end| *end >= newest);
        end.unwrap_or_else(|| newest + before.map_or(1.0 / self.frames_per_sec, |before| (newest - before).max(0.0)))
    }

    /// The next frame; `None` after the last one. A video that ends inside a frame is an error.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Frame<'_>>> {
        let time_secs = match &mut self.source {
            Source::Y4m(y4m) => match y4m.next_frame(&mut self.picture)? {
                Some(n) => Some(n as f64 / self.frames_per_sec),
                None => return Ok(None),
            },
            Source::Ffmpeg(ffmpeg) => {
                let is_first = self.newest_secs[1].is_none();
                let frame = ffmpeg.next_frame();
                let frame = if is_first { frame.context("expected a video") } else { frame.context("it breaks off") };
                let Some((info, planes)) = frame? else {
                    let has_errors = ffmpeg.has_errors();
                    self.check_whole(has_errors)?;
                    return Ok(None);
                };
                let (pixel_aspect, is_interlaced) = (info.pixel_aspect, info.is_interlaced);
                self.picture = Shaper { pixel_aspect, is_interlaced, ..Shaper::default() }.shape(&planes, info.colour);
                info.time_secs
            }
        };
        let [_, newest] = self.newest_secs;
        let time_secs = time_secs.unwrap_or_else(|| newest.map_or(0.0, |newest| newest + 1.0 / self.frames_per_sec));
        self.newest_secs = [newest, Some(time_secs)];
        self.n_frames += u64::from(time_secs >= self.from_secs);
        let Upright { width, height, rgba } = &self.picture;
        let view = RgbaView::new(*width, *height, rgba).context("a frame of another size than the video")?;
        Ok(Some(Frame { time_secs, view }))
    }
}

/// A YUV4MPEG2 file.
struct Y4m {
    decoder: Decoder<Counted>,
    n_bytes: Rc<Cell<usize>>,
    n_frames: u64,
}

impl Y4m {
    fn open(reader: Box<dyn BufRead>) -> Result<Self> {
        let (decoder, n_bytes) = decoder(reader)?;
        Ok(Self { decoder, n_bytes, n_frames: 0 })
    }

    fn frames_per_sec(&self) -> f64 {
        let rate = self.decoder.get_framerate();
        if rate.num == 0 || rate.den == 0 { USUAL_RATE } else { rate.num as f64 / rate.den as f64 }
    }

    /// Put the next frame into `picture`; its number, from 0.
    fn next_frame(&mut self, picture: &mut Upright) -> Result<Option<u64>> {
        let size = [self.decoder.get_width(), self.decoder.get_height()];
        let colorspace = self.decoder.get_colorspace();
        let format = pixel_format(colorspace)?;
        let is_full_range = format == PixelFormat::Grey || has_full_range(self.decoder.get_raw_params());
        let start = self.n_bytes.get();
        match self.decoder.read_frame() {
            Ok(frame) => {
                let data = [frame.get_y_plane(), frame.get_u_plane(), frame.get_v_plane()].concat();
                let planes = Planes::packed(format, size, &data)?;
                *picture = Shaper::default().shape(&planes, Colour { is_full_range, ..Colour::default() });
            }
            Err(y4m::Error::EOF) if self.n_bytes.get() > start => bail!("it breaks off inside a frame"),
            Err(y4m::Error::EOF) => return Ok(None),
            Err(error) => bail!("it is damaged: {error}"),
        }
        self.n_frames += 1;
        Ok(Some(self.n_frames - 1))
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

fn pixel_format(colorspace: Colorspace) -> Result<PixelFormat> {
    let bits = colorspace.get_bit_depth() as u8;
    let (shift_x, shift_y) = match colorspace {
        Colorspace::Cmono => return Ok(PixelFormat::Grey),
        Colorspace::Cmono12 => bail!("expected grey levels of 8 bits, got {bits}"),
        Colorspace::C422 | Colorspace::C422p10 | Colorspace::C422p12 => (1, 0),
        Colorspace::C444 | Colorspace::C444p10 | Colorspace::C444p12 => (0, 0),
        _ => (1, 1),
    };
    Ok(PixelFormat::Planar { bits, shift_x, shift_y })
}

/// As ffmpeg marks it.
fn has_full_range(params: &[u8]) -> bool {
    params.split(|&byte| byte == b' ').any(|param| param == b"XCOLORRANGE=FULL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_their_range_and_colour() {
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
            let mut video = Video::open(&path, 0.0).unwrap();
            assert!((video.frames_per_sec() - 10.0).abs() < 1e-9);
            let data = video.next_frame().unwrap().unwrap().view.data().to_vec();
            let [black, white] = expected;
            assert_eq!(data, [black, black, black, 255, white, white, white, 255], "{format}");
            assert!(video.next_frame().unwrap().is_none());
        }
        let red: &[u8] = &[81, 81, 90, 90, 240, 240];
        std::fs::write(&path, [b"YUV4MPEG2 W2 H1 F10:1 C444\nFRAME\n", red].concat()).unwrap();
        let mut video = Video::open(&path, 0.0).unwrap();
        let [r, g, b, _] = video.next_frame().unwrap().unwrap().view.data()[..4] else {
            panic!("four numbers a pixel")
        };
        assert!(r > 250 && g < 5 && b < 5, "{r} {g} {b}");
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
            let error = format!("{:#}", Video::open(&path, 0.0).err().unwrap());
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert!(Video::open(&folder.path().join("missing.mp4"), 0.0).is_err());
    }

    #[test]
    fn a_cut_frame_is_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.y4m");
        let whole = b"YUV4MPEG2 W2 H1 F10:1 Cmono\nFRAME\n12FRAME\n34";
        for (n_cut, expected) in [(0, Ok(2)), (1, Err(1)), (3, Err(1)), (7, Err(1)), (8, Ok(1)), (9, Err(0))] {
            std::fs::write(&path, &whole[..whole.len() - n_cut]).unwrap();
            let mut video = Video::open(&path, 0.0).unwrap();
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
