//! The state that the camera changes thirty times a second: a session, the newest frame, the frame rate.

mod frame_rate;
mod pictures;
mod session;
mod video;
mod view;

use std::rc::Rc;

use model_core::{Architecture, ModelCard};
use pipeline::{Analysis, FrameReport, FrameTask, Session, SessionSettings, TrackId};
use web_time::Instant;

use crate::{
    display::DisplayFace,
    protocol::{GreyBytes, ReadBy},
};
pub(crate) use frame_rate::Cost;
use frame_rate::FrameRate;
use pictures::Pictures;
use session::Origin;
pub(crate) use session::{Edit, KeptSession, SessionHandle, read_session};
pub(crate) use video::VideoProgress;
pub(crate) use view::{FrameView, LiveView};

/// A camera frame that was analysed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    /// When it was offered.
    pub at: Instant,
    /// The work that was done with it.
    pub task: FrameTask,
    /// The faces that were found.
    pub analysis: Analysis,
    /// The crop of each face, as the network saw it.
    pub crops: Vec<GreyBytes>,
    /// Milliseconds from frame to pixels.
    pub capture_ms: f64,
    /// Facts about it.
    pub about: FrameFacts,
}

/// The facts that are told of a frame beside its faces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FrameFacts {
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// What read it.
    pub read_by: ReadBy,
}

/// A frame with everybody in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LiveFrame {
    /// Its faces, smoothed in time. Boxes are in its pixels.
    pub faces: Vec<DisplayFace>,
    /// The crop of each; none of a frame that is shown again.
    pub crops: Vec<GreyBytes>,
    /// Facts about it; `None` where a session does not say them.
    pub about: Option<FrameFacts>,
}

/// The camera's side of the state: no reducer sees it, and components see snapshots of it ([`LiveView`]).
#[derive(Debug)]
pub(crate) struct Live {
    session: Session,
    frame: Option<LiveFrame>,
    /// When the session's clock was at 0.
    begin: Instant,
    /// Since when frames are of the camera in use.
    since: Instant,
    frame_rate: FrameRate,
    /// From which probability on labels are sure, of each network.
    thresholds: Vec<(Architecture, Option<f32>)>,
    /// The progress of a video.
    video: Option<VideoProgress>,
    /// The time of the frame on the stage, seconds, if it is one of the timeline that is shown again.
    shown_secs: Option<f64>,
    /// A picture of each person.
    pictures: Pictures,
    /// Cards of networks that were in use.
    cards: Vec<Rc<ModelCard>>,
    /// Where the session comes from.
    origin: Origin,
    /// Higher after every change of the session.
    revision: u64,
    /// Higher with every source.
    source: u64,
    /// Whether the session was recorded of the camera and is shown again.
    was_of_camera: bool,
    /// Whether the session is in a file as it is.
    is_saved: bool,
    /// Changes that a person made to the session.
    n_edits: u32,
}

impl Default for Live {
    fn default() -> Self {
        let (session, now) = (Session::new(SessionSettings::default()), Instant::now());
        Self {
            session,
            frame: None,
            begin: now,
            since: now,
            frame_rate: FrameRate::default(),
            thresholds: vec![],
            video: None,
            shown_secs: None,
            pictures: Pictures::default(),
            cards: vec![],
            origin: Origin::default(),
            revision: 0,
            source: 0,
            was_of_camera: false,
            is_saved: false,
            n_edits: 0,
        }
    }
}

impl Live {
    /// The task for a frame that was offered `at` then, whose longer side is `longer_side` pixels.
    pub(crate) fn plan(&self, at: Instant, longer_side: usize) -> FrameTask {
        self.session.plan(self.secs(at), longer_side)
    }

    /// Whether a frame that was offered `at` then is of the camera in use, and not of one before it.
    pub(crate) fn is_awaited(&self, at: Instant) -> bool {
        at >= self.since
    }

    /// Take in a frame that arrived `now`.
    pub(crate) fn record(&mut self, frame: Frame, now: Instant) {
        let time_secs = self.secs(frame.at);
        self.push(frame, time_secs, now);
    }

    fn push(&mut self, frame: Frame, time_secs: f64, now: Instant) {
        let Frame { at: _, task, analysis, crops, capture_ms, about } = frame;
        self.frame_rate.record(Cost { capture: capture_ms, stages: analysis.ms }, now);
        let report = FrameReport { time_secs, task, network: about.read_by.network, analysis };
        let faces = self.session.push(&report);
        self.pictures.take(&faces, &crops);
        let faces = faces.iter().map(DisplayFace::from).collect();
        self.set_frame(Some(LiveFrame { faces, crops, about: Some(about) }));
        self.remember_reader(about.read_by);
        self.revision += 1;
        self.is_saved = false;
    }

    /// As [`Session::set_threshold`].
    pub(crate) fn set_threshold(&mut self, network: Architecture, threshold: Option<f32>) {
        self.session.set_threshold(network, threshold);
        self.thresholds.retain(|(other, _)| *other != network);
        self.thresholds.push((network, threshold));
    }

    /// The newest frame.
    pub(crate) fn frame(&self) -> Option<&LiveFrame> {
        self.frame.as_ref()
    }

    /// Index of the selected face: that of the selected person, the first while they are not there.
    pub(crate) fn selected_idx(&self) -> usize {
        let selected = self.session.selected();
        let is_selected = |face: &DisplayFace| face.id.is_some() && face.id == selected;
        let faces = self.frame.as_ref().map_or(&[][..], |frame| &frame.faces);
        faces.iter().position(is_selected).unwrap_or_default()
    }

    fn set_frame(&mut self, frame: Option<LiveFrame>) {
        (self.frame, self.shown_secs) = (frame, None);
    }

    /// The crop of the selected face of the newest frame.
    pub(crate) fn crop(&self) -> Option<&GreyBytes> {
        self.frame.as_ref()?.crops.get(self.selected_idx())
    }

    /// Select a person.
    pub(crate) fn select(&mut self, id: TrackId) {
        self.session.select(id);
    }

    /// Count from nothing.
    pub(crate) fn reset_shares(&mut self) {
        self.session.clear_record();
        self.revision += 1;
        self.is_saved = false;
    }

    /// The camera was started. Its session goes on, but nobody is numbered as someone was before; without one, everything is
    /// forgotten but the networks.
    pub(crate) fn start(&mut self) {
        let now = Instant::now();
        if self.is_of_video() || self.session.n_frames() == 0 {
            if self.video.take().is_some() {
                self.renew(SessionSettings::default());
            }
            self.begin_source();
            self.origin = Origin::default();
            self.begin = now;
        }
        self.pause(now);
    }

    /// The next frames belong to another source.
    fn begin_source(&mut self) {
        self.session.restart();
        self.pictures = Pictures::default();
        self.revision += 1;
        self.source += 1;
        (self.is_saved, self.n_edits, self.was_of_camera) = (false, 0, false);
    }

    /// A session of other settings, which has seen nothing.
    fn renew(&mut self, settings: SessionSettings) {
        self.session = Session::new(settings);
        for (network, threshold) in &self.thresholds {
            self.session.set_threshold(*network, *threshold);
        }
    }

    /// Forget the picture but not the shares: the camera was stopped or changed `now`.
    pub(crate) fn pause(&mut self, now: Instant) {
        match self.video {
            Some(_) => self.end_video(None),
            None => self.session.pause(self.secs(now)),
        }
        self.revision += 1;
        self.set_frame(None);
        (self.since, self.frame_rate) = (now, FrameRate::default());
    }

    /// The number of the source: another one is another session.
    pub(crate) fn source(&self) -> u64 {
        self.source
    }

    /// Seconds since the beginning.
    fn secs(&self, at: Instant) -> f64 {
        at.saturating_duration_since(self.begin).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::{DetectorInUse, DetectorKind};
    use model_core::{DeviceKind, Emotion, Prediction, Scores};
    use pipeline::{Face, PoorFramePolicy, Search, Shown, StageMs};
    use std::time::Duration;
    use vision::{Detection, Quality, QualityIssue, Rect};

    const GOOD: Quality = Quality { side: 50.0, brightness: 0.5, sharpness: 0.5, yaw: None };

    /// Faces in a row of frames, each with its left edge and how happy it is, 0 to 1.
    pub(super) fn frame(at: Instant, faces: &[(f32, f32)]) -> Frame {
        let face = |&(x, happy): &(f32, f32)| {
            let mut scores = [0.0; Emotion::COUNT];
            (scores[Emotion::Happy as usize], scores[Emotion::Sad as usize]) = (happy, 1.0 - happy);
            let rect = Rect { x, y: 0.0, width: 10.0, height: 10.0 };
            let detection = Detection { rect, score: 1.0, key_points: None };
            let prediction =
                Prediction { scores: Scores::try_from(scores).unwrap(), label_head: None, is_sure: true, votes: None };
            Face { detection, prediction, quality: GOOD }
        };
        let analysis = Analysis { faces: faces.iter().map(face).collect(), ms: StageMs::default() };
        let crops = faces.iter().map(|&(x, _)| GreyBytes([x as u8].into())).collect();
        let detector = DetectorInUse { kind: DetectorKind::Haar, full_range: true };
        let read_by = ReadBy { detector, network: Architecture::Small, device: DeviceKind::Cpu };
        let about = FrameFacts { width: 100, height: 50, read_by };
        Frame { at, task: FrameTask::Search(Search::Near), analysis, crops, capture_ms: 1.0, about }
    }

    /// A camera that was just started, and what time it is `ms` later.
    pub(super) fn live() -> (Live, impl Fn(u64) -> Instant) {
        let live = Live::default();
        let begin = live.begin;
        (live, move |ms| begin + Duration::from_millis(ms))
    }

    fn id(live: &Live, face_idx: usize) -> TrackId {
        live.frame().unwrap().faces[face_idx].id.unwrap()
    }

    #[test]
    fn the_crop_is_that_of_the_selected_person() {
        let (mut live, at) = live();
        live.record(frame(at(0), &[(0.0, 1.0), (50.0, 1.0)]), at(0));
        live.select(id(&live, 1));
        for (i, (lefts, expected)) in (1..).zip([(&[52.0, 1.0][..], 0), (&[3.0, 54.0, 30.0], 1), (&[3.0], 0), (&[], 0)])
        {
            let faces: Vec<_> = lefts.iter().map(|&x| (x, 1.0)).collect();
            live.record(frame(at(100 * i), &faces), at(100 * i));
            assert_eq!(live.crop().map(|crop| crop.0[0]), lefts.get(expected).map(|&x| x as u8), "{lefts:?}");
        }
    }

    #[test]
    fn nobody_before_another_camera_is_who_was_before_the_last_one() {
        let (mut live, at) = live();
        live.record(frame(at(0), &[(0.0, 1.0)]), at(0));
        let first = id(&live, 0);
        live.pause(at(100));
        assert!(!live.is_awaited(at(50)) && live.is_awaited(at(100)), "a frame of the last camera may still come");
        live.record(frame(at(200), &[(0.0, 1.0)]), at(200));
        let second = id(&live, 0);
        live.start();
        live.record(frame(Instant::now(), &[(0.0, 1.0)]), Instant::now());
        assert!(second != first && ![first, second].contains(&id(&live, 0)), "numbers are not used again");
    }

    #[test]
    fn a_label_is_smoothed_and_what_was_read_in_the_frame_is_known() {
        let (mut live, at) = live();
        for (i, happy) in [1.0, 1.0, 0.0].into_iter().enumerate() {
            let ms = 33 * i as u64;
            live.record(frame(at(ms), &[(0.0, happy)]), at(ms));
        }
        let face = live.frame().unwrap().faces[0];
        assert_eq!((face.label, face.face.label()), (Some(Emotion::Happy), Some(Emotion::Sad)));
    }

    #[test]
    fn a_threshold_outlives_a_start() {
        let (mut live, at) = live();
        live.set_threshold(Architecture::Small, Some(0.9));
        for _ in 0..2 {
            live.record(frame(at(0), &[(0.0, 0.8)]), at(0));
            assert_eq!(live.frame().unwrap().faces[0].label, None);
            live.start();
        }
    }

    #[test]
    fn shares_outlive_a_stop_and_a_start_but_not_a_reset() {
        let (mut live, at) = live();
        for (ms, faces) in [(0, &[(0.0, 1.0)][..]), (500, &[(0.0, 1.0), (50.0, 0.0)]), (750, &[])] {
            live.record(frame(at(ms), faces), at(ms));
        }
        live.pause(at(1000));
        live.start();
        let view = live.view(at(1000));
        let times = view.shares.times(PoorFramePolicy::Separate);
        let secs = |shown| times.iter().find(|row| row.shown == shown).map_or(f64::NAN, |row| row.secs);
        assert!((secs(Shown::Label(Emotion::Happy)) - 0.75).abs() < 1e-6, "{times:?}");
        assert!((secs(Shown::NoFace) - 0.25).abs() < 1e-6, "{times:?}");
        assert_eq!((view.people.len(), view.frame), (2, None));
        live.reset_shares();
        assert_eq!(live.view(at(1000)), LiveView::default());
        live.record(frame(at(2000), &[(0.0, 1.0)]), at(2000));
        let (source, kept) = (live.source(), live.take_session().unwrap());
        live.show_kept(kept);
        let kept = live.take_session().unwrap();
        assert!(kept.is_of_camera, "after it was shown again, too");
        live.start();
        assert_eq!(live.view(at(2000)), LiveView::default(), "after a video");
        assert_ne!(live.source(), source);
    }

    #[test]
    fn a_face_in_the_dark_is_told_after_a_while() {
        let (mut live, at) = live();
        for ms in (0..=600).step_by(100) {
            let mut frame = frame(at(ms), &[(0.0, 1.0)]);
            frame.analysis.faces[0].quality.brightness = if ms >= 100 { 0.05 } else { 0.5 };
            live.record(frame, at(ms));
            assert_eq!(live.view(at(ms)).advice, (ms == 600).then_some(QualityIssue::TooDark), "{ms}");
        }
        live.pause(at(700));
        assert_eq!(live.view(at(700)).advice, None, "there is no picture");
    }

    #[test]
    fn a_snapshot_is_of_the_newest_frame_and_equal_while_nothing_changes() {
        let (mut live, at) = live();
        for (ms, faces) in [(0, &[(0.0, 1.0)][..]), (250, &[(50.0, 1.0), (1.0, 1.0)])] {
            live.record(frame(at(ms), faces), at(ms));
        }
        let view = live.view(at(250));
        let frame = view.frame.as_ref().unwrap();
        assert_eq!((frame.faces.len(), frame.selected_idx, frame.frames_per_second), (2, 1, Some(4.0)));
        assert_eq!((view.people.len(), live.view(at(300))), (2, view.clone()));
        live.select(id(&live, 0));
        assert_ne!(live.view(at(300)), view);
    }

    #[test]
    fn the_first_frame_is_searched() {
        let (live, at) = live();
        assert!(matches!(live.plan(at(10), 480), FrameTask::Search(_)));
    }
}
