//! What the camera changes thirty times a second: who is in the newest frame, the shares since the start, the pace.

mod counts;
mod pace;

use model_core::{Architecture, DeviceKind};
use pipeline::{Analysis, Person, Shares, Task, TrackId, TrackSettings, Tracker};
use vision::Flaw;
use web_time::Instant;

use crate::{detector::DetectorInUse, protocol::GreyBytes, seen::Seen};
use counts::Counts;
pub(crate) use counts::Poor;
pub(crate) use pace::Cost;
use pace::Pace;

/// A camera frame that was analysed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    /// When it was offered.
    pub at: Instant,
    /// What was done with it.
    pub task: Task,
    /// What was found.
    pub analysis: Analysis,
    /// The crop of each face, as the network saw it.
    pub crops: Vec<GreyBytes>,
    /// Milliseconds from frame to pixels.
    pub read_ms: f64,
    /// What it was.
    pub about: FrameFacts,
}

/// What is told of a frame beside its faces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FrameFacts {
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// What found the faces.
    pub detector: DetectorInUse,
    /// The network that read them.
    pub network: Architecture,
    /// Where it ran.
    pub device: DeviceKind,
}

/// A frame with everybody in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LiveFrame {
    /// Its faces, smoothed in time. Boxes are in its pixels.
    pub faces: Vec<Seen>,
    /// The crop of each.
    pub crops: Vec<GreyBytes>,
    /// What it was.
    pub about: FrameFacts,
}

/// The camera's side of the state; no reducer sees it.
#[derive(Debug)]
pub(crate) struct Live {
    frame: Option<LiveFrame>,
    tracker: Tracker,
    shares: Counts,
    /// Whose clock starts at 0.
    begin: Instant,
    /// The network of the newest frame.
    network: Option<Architecture>,
    /// From which probability on a label is sure, of each network that was in use.
    thresholds: Vec<(Architecture, Option<f32>)>,
    /// That of the newest frame, seconds.
    newest_secs: f64,
    /// Who is selected, and when they were seen last, seconds.
    selected: Option<(TrackId, f64)>,
    /// What keeps the selected face from being read well, and since when, seconds.
    flaw: Option<(Option<TrackId>, Flaw, f64)>,
    /// Since when frames are of the camera in use.
    since: Instant,
    pace: Pace,
}

/// Advice that comes and goes with single frames cannot be read.
const FLAW_SECS: f64 = 0.5;

impl Default for Live {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            frame: None,
            tracker: Tracker::new(TrackSettings::default(), None),
            shares: Counts::default(),
            begin: now,
            since: now,
            network: None,
            thresholds: vec![],
            newest_secs: 0.0,
            selected: None,
            flaw: None,
            pace: Pace::default(),
        }
    }
}

impl PartialEq for Live {
    /// Only equal to itself: it changes all the time, and components look when they are told to.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Live {
    /// What to do with a frame that was offered `at` then, whose longer side is `longer_side` pixels.
    pub(crate) fn plan(&self, at: Instant, longer_side: usize) -> Task {
        self.tracker.plan(self.secs(at), longer_side)
    }

    /// Whether a frame that was offered `at` then is of the camera in use, and not of one before it.
    pub(crate) fn is_awaited(&self, at: Instant) -> bool {
        at >= self.since
    }

    /// Take in a frame that arrived `now`.
    pub(crate) fn record(&mut self, frame: Frame, now: Instant) {
        let Frame { at, task, analysis, crops, read_ms, about } = frame;
        if self.network.replace(about.network) != Some(about.network) {
            let threshold = self.thresholds.iter().find(|(network, _)| *network == about.network);
            self.tracker.change_network(threshold.and_then(|(_, threshold)| *threshold));
        }
        let at_secs = self.secs(at);
        self.newest_secs = at_secs;
        let tracks = self.tracker.update(at_secs, &task, &analysis);
        self.pace.record(Cost { capture: read_ms, stages: analysis.ms }, now);
        let faces: Vec<_> = tracks.iter().map(Seen::from).collect();
        self.shares.record(at_secs, &faces);
        self.follow(&faces, at_secs);
        self.frame = Some(LiveFrame { faces, crops, about });
        let seen = self.frame.as_ref().and_then(|frame| frame.faces.get(self.selected()));
        let flaw = seen.and_then(|seen| Some((seen.id, seen.flaw?)));
        let is_same = |(id, flaw): (Option<TrackId>, Flaw)| move |old: &(_, _, f64)| (old.0, old.1) == (id, flaw);
        self.flaw = flaw.map(|new| self.flaw.filter(is_same(new)).unwrap_or((new.0, new.1, at_secs)));
    }

    /// Labels of `network` less probable than `threshold` are *unsure*; without one, none is.
    pub(crate) fn set_threshold(&mut self, network: Architecture, threshold: Option<f32>) {
        self.thresholds.retain(|(other, _)| *other != network);
        self.thresholds.push((network, threshold));
        self.network = None;
    }

    /// The newest frame.
    pub(crate) fn frame(&self) -> Option<&LiveFrame> {
        self.frame.as_ref()
    }

    /// Which of its faces is selected: that of the selected person, the first while they are not there.
    pub(crate) fn selected(&self) -> usize {
        let ids = self.frame.iter().flat_map(|frame| &frame.faces).map(|face| face.id);
        let selected = self.selected.map(|(id, _)| id);
        ids.enumerate().find(|(_, id)| id.is_some() && *id == selected).map_or(0, |(face_idx, _)| face_idx)
    }

    /// The crop of the selected face of the newest frame.
    pub(crate) fn crop(&self) -> Option<&GreyBytes> {
        self.frame.as_ref()?.crops.get(self.selected())
    }

    /// Select a person.
    pub(crate) fn select(&mut self, id: TrackId) {
        self.selected = Some((id, self.newest_secs));
    }

    /// What all showed together since [`Live::start`] or [`Live::reset_shares`].
    pub(crate) fn shares(&self, poor: Poor) -> &Shares {
        self.shares.all(poor)
    }

    /// What each showed, in the order in which they came.
    pub(crate) fn people(&self, poor: Poor) -> impl Iterator<Item = (TrackId, &Person)> {
        self.shares.people(poor)
    }

    /// What keeps the selected face from being read well, and has for so long that it is worth a word.
    pub(crate) fn flaw(&self) -> Option<Flaw> {
        let flaw = self.flaw.filter(|(.., since_secs)| self.newest_secs - since_secs >= FLAW_SECS);
        flaw.map(|(_, flaw, _)| flaw)
    }

    /// Count from nothing.
    pub(crate) fn reset_shares(&mut self) {
        self.shares = Counts::default();
    }

    /// Forget everything but the networks: the camera was started.
    pub(crate) fn start(&mut self) {
        let Self { mut tracker, thresholds, .. } = std::mem::take(self);
        tracker.restart(); // and numbers nobody as someone was before
        *self = Self { tracker, thresholds, ..Self::default() };
    }

    /// Forget the picture but not the shares: the camera was stopped or changed `now`.
    pub(crate) fn pause(&mut self, now: Instant) {
        self.shares.pause(self.secs(now));
        self.tracker.restart();
        self.since = now;
        (self.frame, self.flaw) = (None, None);
        self.pace = Pace::default();
    }

    /// Analysed frames per second; none with fewer than two in the last second.
    pub(crate) fn frames_per_second(&self, now: Instant) -> Option<f64> {
        self.pace.frames_per_second(now)
    }

    /// Mean cost of a frame of the last second; that of the newest frame if it is older.
    pub(crate) fn cost(&self, now: Instant) -> Cost {
        self.pace.cost(now)
    }

    /// Stay with the selected person as long as they may come back, then turn to the first.
    fn follow(&mut self, faces: &[Seen], at_secs: f64) {
        let is_there = |id| faces.iter().any(|face| face.id == Some(id));
        let forget_secs = TrackSettings::default().forget_secs;
        self.selected = match self.selected {
            Some((id, _)) if is_there(id) => Some((id, at_secs)),
            Some((id, seen_secs)) if at_secs - seen_secs <= forget_secs => Some((id, seen_secs)),
            _ => faces.first().and_then(|face| face.id).map(|id| (id, at_secs)),
        };
    }

    /// Seconds since the beginning.
    fn secs(&self, at: Instant) -> f64 {
        at.saturating_duration_since(self.begin).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::DetectorKind;
    use model_core::{Emotion, Scores};
    use pipeline::{Face, Search, Shown, StageMs};
    use std::time::Duration;
    use vision::{Detection, Quality, Rect};

    /// Faces in a row of frames, each with its left edge and how happy it is, 0 to 1.
    fn frame(at: Instant, faces: &[(f32, f32)]) -> Frame {
        let face = |&(x, happy): &(f32, f32)| {
            let mut scores = [0.0; Emotion::COUNT];
            (scores[Emotion::Happy as usize], scores[Emotion::Sad as usize]) = (happy, 1.0 - happy);
            let rect = Rect { x, y: 0.0, width: 10.0, height: 10.0 };
            let detection = Detection { rect, score: 1.0, key_points: None };
            let scores = Scores::try_from(scores).unwrap();
            Face { detection, scores, is_sure: true, votes: None, quality: None }
        };
        let analysis = Analysis { faces: faces.iter().map(face).collect(), ms: StageMs::default() };
        let crops = faces.iter().map(|&(x, _)| GreyBytes([x as u8].into())).collect();
        let detector = DetectorInUse { kind: DetectorKind::Haar, full_range: true };
        let (network, device) = (Architecture::Small, DeviceKind::Cpu);
        let about = FrameFacts { width: 100, height: 50, detector, network, device };
        Frame { at, task: Task::Search(Search::Near), analysis, crops, read_ms: 1.0, about }
    }

    /// A camera that was just started, and what time it is `ms` later.
    fn live() -> (Live, impl Fn(u64) -> Instant) {
        let live = Live::default();
        let begin = live.begin;
        (live, move |ms| begin + Duration::from_millis(ms))
    }

    fn id(live: &Live, face_idx: usize) -> TrackId {
        live.frame().unwrap().faces[face_idx].id.unwrap()
    }

    #[test]
    fn the_selected_person_is_followed_when_the_order_changes_and_after_a_short_absence() {
        let (mut live, at) = live();
        live.record(frame(at(0), &[(0.0, 1.0), (50.0, 1.0)]), at(0));
        live.select(id(&live, 1));
        let cases: [(&[f32], usize); 5] =
            [(&[52.0, 1.0], 0), (&[3.0, 54.0, 30.0], 1), (&[3.0], 0), (&[], 0), (&[3.0, 54.0], 1)];
        for (i, (lefts, expected)) in (1..).zip(cases) {
            let faces: Vec<_> = lefts.iter().map(|&x| (x, 1.0)).collect();
            live.record(frame(at(100 * i), &faces), at(100 * i));
            assert_eq!(live.selected(), expected, "{lefts:?}");
            assert_eq!(live.crop().map(|crop| crop.0[0]), lefts.get(expected).map(|&x| x as u8), "{lefts:?}");
        }
    }

    #[test]
    fn who_is_gone_for_good_is_selected_no_more() {
        let (mut live, at) = live();
        live.record(frame(at(0), &[(0.0, 1.0), (50.0, 1.0)]), at(0));
        let (first, second) = (id(&live, 0), id(&live, 1));
        live.select(second);
        for ms in (100..3000).step_by(100) {
            live.record(frame(at(ms), &[(0.0, 1.0)]), at(ms));
        }
        assert_eq!(live.selected.map(|(id, _)| id), Some(first));
        live.record(frame(at(3000), &[(50.0, 1.0), (0.0, 1.0)]), at(3000));
        assert_eq!(live.selected(), 1, "the first one stays selected when another one comes");
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
        assert_eq!((face.label, face.face.scores.top().0), (Some(Emotion::Happy), Emotion::Sad));
    }

    #[test]
    fn a_network_is_unsure_below_its_own_threshold() {
        let (mut live, at) = live();
        live.set_threshold(Architecture::Small, Some(0.9));
        for (threshold, expected) in
            [(Some(0.9), None), (None, Some(Emotion::Happy)), (Some(0.5), Some(Emotion::Happy))]
        {
            live.set_threshold(Architecture::Small, threshold);
            live.record(frame(at(0), &[(0.0, 0.8)]), at(0));
            assert_eq!(live.frame().unwrap().faces[0].label, expected, "{threshold:?}");
            live.start();
        }
    }

    #[test]
    fn shares_are_weighed_by_time_and_outlive_a_stop_but_not_a_reset_or_a_start() {
        let secs = |shares: &Shares, shown| shares.times().iter().find(|row| row.shown == shown).map(|row| row.secs);
        let (mut live, at) = live();
        for (ms, faces) in [(0, &[(0.0, 1.0)][..]), (500, &[(0.0, 1.0), (50.0, 0.0)]), (750, &[])] {
            live.record(frame(at(ms), faces), at(ms));
        }
        live.pause(at(1000));
        let of = |shown| secs(live.shares(Poor::Apart), shown).unwrap();
        assert!((of(Shown::Label(Emotion::Happy)) - 0.75).abs() < 1e-6, "{:?}", live.shares(Poor::Apart));
        assert!((of(Shown::NoFace) - 0.25).abs() < 1e-6, "{:?}", live.shares(Poor::Apart));
        assert_eq!((live.people(Poor::Apart).count(), live.frame(), live.frames_per_second(at(1000))), (2, None, None));
        live.reset_shares();
        assert_eq!((live.shares(Poor::Apart).total(), live.people(Poor::Apart).count()), (0, 0));
        live.record(frame(at(2000), &[(0.0, 1.0)]), at(2000));
        live.start();
        assert_eq!((live.shares(Poor::Apart).total(), live.frame()), (0, None));
    }

    #[test]
    fn a_face_in_the_dark_is_told_after_a_while_and_counted_apart_or_not() {
        let dark = Quality { side: 50.0, brightness: 0.05, sharpness: 0.5, yaw: None };
        let (mut live, at) = live();
        for ms in (0..=600).step_by(100) {
            let mut frame = frame(at(ms), &[(0.0, 1.0)]);
            frame.analysis.faces[0].quality = (ms >= 100).then_some(dark);
            live.record(frame, at(ms));
            assert_eq!(live.flaw(), (ms == 600).then_some(Flaw::TooDark), "{ms}");
        }
        live.pause(at(700));
        assert_eq!(live.flaw(), None, "there is no picture");
        for (poor, expected) in [(Poor::Apart, 0.6), (Poor::Counted, 0.0)] {
            let times = live.shares(poor).times();
            let secs = times.iter().find(|row| row.shown == Shown::PoorQuality).map(|row| row.secs).unwrap();
            assert!((secs - expected).abs() < 1e-6, "{poor:?}: {times:?}");
            assert_eq!(live.people(poor).count(), 1);
        }
    }

    #[test]
    fn the_first_frame_is_searched() {
        let (live, at) = live();
        assert!(matches!(live.plan(at(10), 480), Task::Search(_)));
    }
}
