//! A video in the place of the camera: times are those of its frames.

use exports::file_stem;
use pipeline::{FrameTask, SessionSettings};
use web_time::Instant;

use super::{Frame, FrameFacts, FrameRate, Live, LiveFrame, session::PICTURE_BEGINS};
use crate::{display::DisplayFace, protocol::VideoRange};

/// Greatest difference of the times of one frame in a file and in a session, seconds.
const SAME_SECS: f64 = 5e-4;

/// The progress of reading a video.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct VideoProgress {
    /// Frames that were analysed.
    pub n_frames: u64,
    /// The time of the first of them, seconds.
    pub begin_secs: f64,
    /// The time of the newest, seconds.
    pub newest_secs: f64,
    /// From the one before it to that, seconds.
    pub interval_secs: f64,
}

impl VideoProgress {
    /// The share that is read of a range that ends at `end_secs`, 0 to 1.
    pub(crate) fn share(self, range: VideoRange, end_secs: f64) -> f64 {
        let all_secs = end_secs - range.from_secs;
        if all_secs > 0.0 { ((self.newest_secs - range.from_secs) / all_secs).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Time for the rest at this rate, seconds; `None` while that cannot be known.
    pub(crate) fn secs_left(self, range: VideoRange, end_secs: f64, frames_per_second: f64) -> Option<f64> {
        let share = self.share(range, end_secs);
        let n_all = self.n_frames as f64 / share;
        let left = (n_all - self.n_frames as f64) / frames_per_second;
        Some(left).filter(|left| left.is_finite())
    }
}

impl Live {
    /// The task for a frame of a video, whose longer side is `longer_side` pixels: faces are found in every one.
    pub(crate) fn plan_video(&self, time_secs: f64, longer_side: usize) -> FrameTask {
        self.session.plan_search(time_secs, longer_side)
    }

    /// A video begins, of so many frames a second: forget everything but the networks.
    pub(crate) fn start_video(&mut self, frames_per_sec: f64) {
        self.renew(SessionSettings::for_video(frames_per_sec));
        self.restart_video();
    }

    /// The same video begins anew.
    pub(crate) fn restart_video(&mut self) {
        self.begin_source();
        self.forget_readers();
        self.set_frame(None);
        (self.since, self.frame_rate) = (Instant::now(), FrameRate::default());
        self.video = Some(VideoProgress::default());
    }

    /// Take in a frame of it that is shown at `time_secs` and arrived `now`.
    pub(crate) fn record_video(&mut self, frame: Frame, time_secs: f64, now: Instant) {
        self.push(frame, time_secs, now);
        let progress = self.video.get_or_insert_default();
        if progress.n_frames == 0 {
            progress.begin_secs = time_secs;
        }
        let before_secs = if progress.n_frames == 0 { time_secs } else { progress.newest_secs };
        progress.interval_secs = (time_secs - before_secs).max(0.0);
        progress.n_frames += 1;
        progress.newest_secs = time_secs;
    }

    /// A frame of the timeline is on the stage again, which begins at `time_secs` and whose picture has these sides:
    /// with its faces as they were analysed.
    pub(crate) fn show_again(&mut self, time_secs: f64, [width, height]: [u32; 2]) {
        let before = self.frame.take().and_then(|frame| Some(frame.about?.read_by));
        let read_by = before.or_else(|| self.origin.read_by.last().copied());
        let about = read_by.map(|read_by| FrameFacts { width, height, read_by });
        let faces = self.faces_at(time_secs);
        (self.frame, self.shown_secs) = (Some(LiveFrame { faces, crops: vec![], about }), Some(time_secs));
    }

    /// The time of the first frame that was recorded, seconds; 0 without one.
    pub(crate) fn begin_secs(&self) -> f64 {
        self.session.timeline().span().map_or(0.0, |(begin, _)| begin)
    }

    /// The time of the last frame that was recorded, seconds; `None` without one.
    pub(crate) fn last_secs(&self) -> Option<f64> {
        let timeline = self.session.timeline();
        timeline.len().checked_sub(1).and_then(|idx| timeline.frame(idx)).map(|frame| frame.time_secs)
    }

    /// When the video `name` that goes with the session begins on its clock, seconds: 0, but for a recording of the camera,
    /// whose name has its number from the second one on.
    pub(crate) fn picture_begins_secs(&self, name: &str) -> f64 {
        let begins = self.session.provenance().settings.get(PICTURE_BEGINS);
        let number = file_stem(name).rsplit_once('-').and_then(|(_, number)| number.parse::<usize>().ok());
        let secs = begins.and_then(|begins| begins.split(' ').nth(number.unwrap_or(1).saturating_sub(1)));
        secs.and_then(|secs| secs.parse().ok()).filter(|secs: &f64| secs.is_finite()).unwrap_or_default()
    }

    /// The faces of the frame that is seen at `time_secs`, if one was analysed that counts then; without people who are
    /// left out.
    fn faces_at(&self, time_secs: f64) -> Vec<DisplayFace> {
        let timeline = self.session.timeline();
        let frame = timeline.idx_at(time_secs + SAME_SECS).and_then(|idx| timeline.frame(idx));
        let frame = frame.filter(|frame| time_secs <= frame.time_secs + frame.secs.max(SAME_SECS));
        let faces = frame.map_or(&[][..], |frame| frame.faces).iter();
        faces
            .filter_map(|face| Some(DisplayFace { id: Some(self.session.person_of(face.person)?), ..face.into() }))
            .collect()
    }

    /// No more frames come; the newest one stays on the stage. It is shown until `end_secs`, if that is near; else as
    /// long as the one before it.
    pub(crate) fn end_video(&mut self, end_secs: Option<f64>) {
        let VideoProgress { newest_secs, interval_secs, .. } = self.video.unwrap_or_default();
        let end_secs = end_secs.filter(|end_secs| *end_secs >= newest_secs);
        self.session.pause(end_secs.unwrap_or(newest_secs + interval_secs));
        self.revision += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{frame, live};
    use super::*;

    #[test]
    fn a_frame_is_shown_again_as_it_was_analysed() {
        let (mut live, at) = live();
        live.start_video(2.0);
        let frames: [&[(f32, f32)]; 3] = [&[(0.0, 1.0), (50.0, 0.0)], &[(50.0, 0.0)], &[]];
        for (i, faces) in (0_u8..).zip(frames) {
            live.record_video(frame(at(0), faces), f64::from(i) / 2.0, at(0));
        }
        live.end_video(Some(1.5));
        let lefts =
            |live: &Live| live.frame().unwrap().faces.iter().map(|face| face.face.detection.rect.x).collect::<Vec<_>>();
        let cases: [(f64, &[f32]); 6] =
            [(0.0, &[0.0, 50.0]), (0.4999, &[50.0]), (0.5, &[50.0]), (0.9, &[50.0]), (1.2, &[]), (9.0, &[])];
        for (secs, expected) in cases {
            live.show_again(secs, [200, 100]);
            assert_eq!(lefts(&live), expected, "{secs}");
        }
        live.show_again(0.0, [200, 100]);
        assert_eq!(live.frame().unwrap().about.unwrap().width, 200);
        let second = live.frame().unwrap().faces[1].id.unwrap();
        live.select(second);
        assert_eq!((live.selected_idx(), live.view(at(0)).shown_secs), (1, Some(0.0)));
        live.edit(super::super::Edit::Exclude(second)).unwrap();
        live.show_again(0.0, [200, 100]);
        assert_eq!(lefts(&live), [0.0], "without who is left out");
    }

    #[test]
    fn a_recording_of_the_camera_begins_when_it_was_begun() {
        let (mut live, at) = live();
        assert_eq!((live.last_secs(), live.picture_begins_secs("camera.webm")), (None, 0.0));
        for ms in [0, 500] {
            live.record(frame(at(ms), &[(0.0, 1.0)]), at(ms));
        }
        assert_eq!([250, 400].map(|ms| live.note_camera_recording(at(ms))), [1, 2]);
        assert_eq!(live.last_secs(), Some(0.5));
        let kept = live.take_session().unwrap();
        assert!(live.picture_begins_secs("camera.webm").abs() < 1e-9, "another session");
        live.show_kept(kept);
        for (name, expected) in [("camera.webm", 0.25), ("camera-2.webm", 0.4), ("a.mp4", 0.25), ("camera-9.webm", 0.0)]
        {
            assert!((live.picture_begins_secs(name) - expected).abs() < 1e-9, "{name}");
        }
    }

    #[test]
    fn the_rest_is_as_slow_as_what_was_read() {
        let progress = VideoProgress { n_frames: 50, begin_secs: 10.0, newest_secs: 12.0, interval_secs: 0.04 };
        let range = VideoRange { from_secs: 10.0, to_secs: Some(20.0), every: 1 };
        assert!((progress.share(range, 20.0) - 0.2).abs() < 1e-12);
        assert_eq!(progress.secs_left(range, 20.0, 100.0), Some(2.0));
        assert_eq!(VideoProgress::default().secs_left(range, 20.0, 100.0), None);
        assert!(progress.share(range, 5.0).abs() < 1e-12, "an end before the beginning");
    }
}
