//! Frames of a video, decoded one after the other: the task of the worker that is the video reader.

use std::collections::{BTreeMap, VecDeque};

use video::{Colour, Sample, Shaper, Track, Upright, Video, VideoError};

use super::Broken;
use crate::{
    problem::Problem,
    protocol::{DecodedFrame, Response, VideoEnd, VideoInfo, VideoRange},
    web::{
        Payload,
        blob_source::BlobSource,
        decoder::{Decoded, Decoder, Frame},
    },
};

/// Coded frames that the decoder has not begun. Each is decoded while the one before is analysed.
const MAX_QUEUED: u32 = 4;

/// Decoded frames that wait. A decoder in hardware has few pictures, and stops when none is given back.
const MAX_WAITING: usize = 3;

/// A video that is open.
pub(super) struct VideoReader {
    video: Video<BlobSource>,
    range_reader: Option<RangeReader>,
}

/// Reads the frames of one range.
struct RangeReader {
    decoder: Decoder,
    range: VideoRange,
    feed: Feed,
    /// Coded frames that have not come out yet, by their timestamps.
    coming: BTreeMap<i64, Coming>,
    waiting: VecDeque<(Frame, Coming)>,
    /// Frames of the range that have come out.
    n_out: u64,
    /// The time of the newest of them.
    newest_secs: Option<f64>,
    problem: Option<Problem>,
    /// Why the decoder cannot go on, if that is so.
    failure: Option<String>,
    /// Whether a frame came out.
    has_decoded: bool,
}

/// When a frame is shown.
#[derive(Clone, Copy, Debug)]
struct Coming {
    time_secs: f64,
    is_shown: bool,
}

/// The progress of giving coded frames to the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feed {
    Going,
    /// It has all, and gives what it has left.
    Flushing,
    /// Nothing comes any more.
    Ended,
}

/// The next frame of the range, or its end.
pub(super) enum Next {
    Frame(DecodedFrame, Vec<u8>),
    End(VideoEnd),
    /// The decoder, which said that it would, takes not even the first one.
    NoDecoder(Problem),
}

impl VideoReader {
    /// Open the `Blob` that came.
    pub(super) fn open(payload: &Payload) -> Result<Self, Problem> {
        let source = BlobSource::new(payload).map_err(|reason| super::unreadable(&reason))?;
        let video = Video::open(source).map_err(|error| unreadable(&error))?;
        Ok(Self { video, range_reader: None })
    }

    pub(super) fn info(&self) -> VideoInfo {
        let Track { codec, coded_size, end_secs, n_frames, frames_per_sec, .. } = self.video.track();
        VideoInfo {
            codec: codec.name.clone(),
            coded_size: *coded_size,
            end_secs: *end_secs,
            n_frames: *n_frames,
            frames_per_sec: *frames_per_sec,
        }
    }

    /// Read these frames from now on.
    pub(super) async fn seek(&mut self, range: VideoRange) -> Result<Response, Broken> {
        // The decoder before is ended first: there may be only one in hardware.
        self.range_reader = None;
        let track = self.video.track();
        let codec = &track.codec;
        if !Decoder::is_there() {
            return Ok(Response::NoDecoder(no_webcodecs()));
        }
        let decoder = match Decoder::open(codec, track.coded_size, usual_colour(track)).await.map_err(Broken)? {
            Ok(decoder) => decoder,
            Err(reason) => return Ok(Response::NoDecoder(no_codec(&codec.name, &codec.string, &reason))),
        };
        if let Err(error) = self.video.seek(range.from_secs) {
            return Ok(Response::Refused(unreadable(&error)));
        }
        self.range_reader = Some(RangeReader::new(decoder, range));
        Ok(Response::Done)
    }

    /// The next frame of the range, or its end.
    pub(super) async fn next(&mut self) -> Result<Next, Broken> {
        let reader = self.range_reader.as_mut().ok_or_else(|| Broken("expected a range of frames first".into()))?;
        loop {
            while let Some(event) = reader.decoder.try_next() {
                reader.take(event);
            }
            reader.feed(&mut self.video);
            if let Some((frame, coming)) = reader.waiting.pop_front() {
                return shape(self.video.track(), &frame, coming).await;
            }
            if reader.feed == Feed::Ended {
                return Ok(reader.end());
            }
            let event = reader.decoder.next().await;
            reader.take(event);
        }
    }
}

impl RangeReader {
    fn new(decoder: Decoder, range: VideoRange) -> Self {
        Self {
            decoder,
            range,
            feed: Feed::Going,
            coming: BTreeMap::new(),
            waiting: VecDeque::new(),
            n_out: 0,
            newest_secs: None,
            problem: None,
            failure: None,
            has_decoded: false,
        }
    }

    /// Give the decoder as much as it should have.
    fn feed(&mut self, video: &mut Video<BlobSource>) {
        while self.feed == Feed::Going && self.waiting.len() < MAX_WAITING && self.decoder.n_queued() < MAX_QUEUED {
            match video.next_sample() {
                Ok(Some(sample)) => self.decode(&sample),
                Ok(None) => self.flush(),
                Err(error) => {
                    self.problem = Some(broken_off(self.newest_secs, &error));
                    self.flush();
                }
            }
        }
    }

    fn decode(&mut self, &Sample { time_secs, is_key, is_shown, ref data, .. }: &Sample) {
        // Microseconds are for the decoder; the exact time is found again by them.
        let mut timestamp = (time_secs * 1e6).round() as i64;
        while self.coming.contains_key(&timestamp) {
            timestamp += 1;
        }
        match self.decoder.decode(timestamp, is_key, data) {
            Ok(()) => drop(self.coming.insert(timestamp, Coming { time_secs, is_shown })),
            Err(reason) => self.fail(&reason),
        }
    }

    fn flush(&mut self) {
        self.feed = Feed::Flushing;
        self.decoder.flush();
    }

    fn take(&mut self, event: Decoded) {
        match event {
            Decoded::Dequeued => {}
            Decoded::Frame(frame) => self.take_frame(frame),
            Decoded::Flushed => self.feed = Feed::Ended,
            Decoded::Failed(reason) => self.fail(&reason),
        }
    }

    fn take_frame(&mut self, frame: Frame) {
        self.has_decoded = true;
        let Some(coming) = self.coming.remove(&frame.timestamp()) else { return };
        if self.is_wanted(&coming) {
            if self.n_out.is_multiple_of(u64::from(self.range.every.max(1))) {
                self.waiting.push_back((frame, coming));
            }
            self.n_out += 1;
            self.newest_secs = Some(coming.time_secs);
        } else if coming.is_shown && coming.time_secs >= self.range.from_secs {
            // Frames come in the order in which they are shown: this and all others are behind the range.
            self.feed = Feed::Ended;
        }
    }

    fn is_wanted(&self, coming: &Coming) -> bool {
        let VideoRange { from_secs, to_secs, .. } = self.range;
        coming.is_shown && coming.time_secs >= from_secs && to_secs.is_none_or(|to_secs| coming.time_secs < to_secs)
    }

    /// The decoder cannot go on. Frames that it has given are still wanted.
    fn fail(&mut self, reason: &str) {
        self.failure.get_or_insert_with(|| reason.to_owned());
        self.feed = Feed::Ended;
    }

    /// Frames that are still coming after a later one, or at the end, never come: the decoder passed them over.
    fn end(&mut self) -> Next {
        let failure = self.failure.take().map(|reason| undecodable(self.newest_secs, &reason));
        if let (Some(problem), false) = (&failure, self.has_decoded) {
            return Next::NoDecoder(problem.clone());
        }
        let problem = self.problem.take().or(failure);
        let n_lost = self.coming.values().filter(|coming| problem.is_none() && self.is_wanted(coming)).count() as u64;
        Next::End(VideoEnd { n_lost, problem })
    }
}

/// The colour space where coded frames do not name it: the container's, else the usual one. A decoder that is not told
/// guesses, and then reports its guess as the video's own.
fn usual_colour(track: &Track) -> Colour {
    track.colour.unwrap_or_default().or_usual(track.coded_size.map(|side| side as usize))
}

/// `frame` upright, with square pixels.
async fn shape(track: &Track, frame: &Frame, coming: Coming) -> Result<Next, Broken> {
    let pixels = frame.pixels().await.map_err(Broken)?;
    let planes = pixels.planes().map_err(|error| Broken(error.to_string()))?;
    let shaper = Shaper {
        orientation: track.orientation,
        pixel_aspect: track.pixel_aspect.unwrap_or(pixels.pixel_aspect),
        is_interlaced: track.is_interlaced,
        ..Shaper::default()
    };
    let Upright { width, height, rgba } = shaper.shape(&planes, pixels.colour.or(usual_colour(track)));
    let frame = DecodedFrame { time_secs: coming.time_secs, width: width as u32, height: height as u32 };
    Ok(Next::Frame(frame, rgba))
}

fn unreadable(error: &VideoError) -> Problem {
    let advice = match error {
        VideoError::Io(_) => "Choose the file again",
        VideoError::NotAVideo(_) => "Choose an MP4, MOV, WebM or MKV file; ffmpeg makes one of most others",
        VideoError::NoPicture | VideoError::NoFrames | VideoError::Empty => "Choose another file",
        _ => "Copy the file again from where it was recorded, or repair it, such as with ffmpeg",
    };
    Problem::new("The video could not be opened", capital(error), advice)
}

fn no_webcodecs() -> Problem {
    let detail = "Expected a browser with WebCodecs, got one without";
    Problem::new(
        "This browser cannot decode videos frame by frame",
        detail,
        "Use a current Chrome, Edge, Firefox or Safari",
    )
}

fn no_codec(name: &str, string: &str, reason: &str) -> Problem {
    let detail = format!("The video is {name} ({string}): {reason}");
    let convert = if name.starts_with("H.264") {
        "convert the video to VP9, such as by `ffmpeg -i in.mp4 -c:v libvpx-vp9 -crf 20 out.webm`"
    } else {
        "convert the video to H.264, such as by `ffmpeg -i in.mov -c:v libx264 -crf 18 out.mp4`"
    };
    let advice = format!("Open the page in another browser or on another device, or {convert}");
    Problem::new(format!("This browser cannot decode {name}"), detail, advice)
}

fn broken_off(newest_secs: Option<f64>, error: &VideoError) -> Problem {
    let advice = match error {
        VideoError::Io(_) => "Choose the file again; it was moved or changed while it was read",
        _ => "Copy the file again from where it was recorded, or repair it, such as with ffmpeg",
    };
    Problem::new(format!("The video breaks off {}", place(newest_secs)), capital(error), advice)
}

fn undecodable(newest_secs: Option<f64>, reason: &str) -> Problem {
    let title = format!("The video could not be decoded {}", place(newest_secs));
    Problem::new(title, reason, "What was read before stays; a copy made by ffmpeg may be read to its end")
}

fn place(newest_secs: Option<f64>) -> String {
    newest_secs.map_or("at its first frame".into(), |secs| format!("after the frame at {secs:.3} s"))
}

/// A sentence of an error, which begins small.
fn capital(error: &VideoError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_the_place_and_the_way_out() {
        let cut = VideoError::Cut { end: 10, len: 5 };
        let cases = [
            (
                broken_off(Some(3.24), &cut),
                "The video breaks off after the frame at 3.240 s",
                "It ends too early",
                "ffmpeg",
            ),
            (undecodable(None, "why"), "could not be decoded at its first frame", "why", "stays"),
            (unreadable(&VideoError::Empty), "could not be opened", "The file is empty", "another file"),
            (no_codec("HEVC (H.265)", "hvc1.1", "no"), "cannot decode HEVC", "HEVC (H.265) (hvc1.1): no", "libx264"),
        ];
        for (problem, title, detail, advice) in cases {
            let Problem { title: got_title, detail: got_detail, advice: got_advice } = &problem;
            assert!(got_title.contains(title), "{problem:?}");
            assert!(got_detail.starts_with(detail) || got_detail.contains(detail), "{problem:?}");
            assert!(got_advice.contains(advice), "{problem:?}");
        }
    }
}
