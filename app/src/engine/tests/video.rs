//! Reading a video.

use model_core::DeviceKind;
use pipeline::{FrameTask, Search};

use super::{
    super::{DeviceChoice, EngineEvent, Payload, WorkerKind},
    fake::Step,
    scene::{Answer, Scene, problem},
};
use crate::{
    protocol::{DecodedFrame, Request, Response, VideoEnd, VideoInfo, VideoRange},
    web::worker::WorkerMessage,
};
use DeviceKind::{Cpu, WebGpu};
use Step::{Call, CallVideo, EndPlayed, EndVideo, OpenVideo, StartPlayed, StartVideo};

const ALL: VideoRange = VideoRange { from_secs: 0.0, to_secs: None, every: 1 };

fn info() -> VideoInfo {
    VideoInfo {
        codec: "H.264".into(),
        coded_size: [640, 480],
        end_secs: Some(1.0),
        n_frames: Some(3),
        frames_per_sec: None,
    }
}

fn next() -> Step {
    CallVideo(Request::NextFrame)
}

fn read_frame(device: DeviceKind) -> Step {
    Call(device, Request::VideoFrame { task: FrameTask::Search(Search::Far), width: 640, height: 480 })
}

/// The steps of two workers, which come in any order: first those of the one that reads faces.
fn sorted(mut steps: Vec<Step>) -> Vec<Step> {
    steps.sort_by_key(|step| format!("{step:?}"));
    steps
}

fn opened(opened: Result<VideoInfo, crate::problem::Problem>) -> Step {
    Step::Event(EngineEvent::VideoOpened(opened))
}

fn ended(end: &VideoEnd) -> Step {
    Step::Event(EngineEvent::VideoEnded(end.clone()))
}

impl Scene {
    fn video_says(&self, response: Response, payload: Payload<super::fake::Fake>) {
        self.fake.say(WorkerKind::Video, WorkerMessage::Arrived(response, payload));
    }

    /// The video's worker answers what it was asked.
    fn video_answers(&self, response: Response) {
        self.fake.take_asked(WorkerKind::Video);
        self.video_says(response, Payload::None);
    }

    /// It has decoded the frame of this time.
    fn decoded(&self, time_secs: f64) {
        self.fake.take_asked(WorkerKind::Video);
        let frame = DecodedFrame { time_secs, width: 640, height: 480 };
        self.video_says(Response::Decoded(frame), Payload::Pixels("pixels"));
    }

    /// A scene whose video is read: the first frame is asked for.
    fn reading(device: DeviceChoice) -> Self {
        let mut scene = if device == DeviceChoice::Cpu { Self::on_cpu(device) } else { Self::on_gpu() };
        scene.after(|scene| scene.open_video("a.mp4"));
        scene.video_says(Response::Up, Payload::None);
        scene.video_answers(Response::VideoOpened(info()));
        scene.after(|scene| scene.read_video(ALL));
        assert_eq!(scene.after(|scene| scene.video_answers(Response::Done)), [next()]);
        scene
    }
}

#[test]
fn a_video_is_opened_read_and_ended() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    assert_eq!(scene.after(|scene| scene.open_video("a.mp4")), [StartVideo]);
    let steps = scene.after(|scene| scene.video_says(Response::Up, Payload::None));
    assert_eq!(steps, [OpenVideo("a.mp4")]);
    let steps = scene.after(|scene| scene.video_answers(Response::VideoOpened(info())));
    assert_eq!(steps, [opened(Ok(info()))], "nothing is read before a range is chosen");
    assert_eq!(scene.after(|scene| scene.read_video(ALL)), [CallVideo(Request::SeekVideo(ALL))]);
    assert_eq!(scene.after(|scene| scene.video_answers(Response::Done)), [next()]);
    assert_eq!(
        sorted(scene.after(|scene| scene.decoded(0.0))),
        [read_frame(Cpu), next()],
        "the next one is decoded meanwhile"
    );
    assert_eq!(scene.after(|scene| scene.decoded(0.04)), [next()]);
    assert_eq!(scene.after(|scene| scene.decoded(0.08)), [], "two wait");
    assert_eq!(sorted(scene.after(|scene| scene.answered(Cpu))), [read_frame(Cpu), next()]);
    let end = VideoEnd::default();
    assert_eq!(scene.after(|scene| scene.video_answers(Response::VideoEnd(end.clone()))), []);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [read_frame(Cpu)]);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [ended(&end)], "after the last frame");
    assert_eq!(scene.answers(), [0.0, 0.04, 0.08].map(Answer::VideoFrame));
    assert_eq!(scene.after(|scene| scene.close_video()), [EndVideo]);
}

#[test]
fn a_video_waits_while_it_is_paused_and_goes_on() {
    let mut scene = Scene::reading(DeviceChoice::Cpu);
    assert_eq!(sorted(scene.after(|scene| scene.decoded(0.0))), [read_frame(Cpu), next()]);
    scene.after(|scene| scene.pause_video());
    assert_eq!(scene.after(|scene| scene.decoded(0.04)), []);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), []);
    assert_eq!(scene.answers(), [Answer::VideoFrame(0.0)], "the frame that was in work is given");
    assert_eq!(sorted(scene.after(|scene| scene.resume_video())), [read_frame(Cpu), next()]);
}

#[test]
fn frames_of_a_video_that_was_closed_or_of_another_range_are_dropped() {
    for other in [None, Some(VideoRange { from_secs: 9.0, ..ALL })] {
        let mut scene = Scene::reading(DeviceChoice::Cpu);
        scene.after(|scene| scene.decoded(0.0));
        let steps = scene.after(|scene| match other {
            None => scene.close_video(),
            Some(range) => scene.read_video(range),
        });
        assert_eq!(steps, if other.is_none() { vec![EndVideo] } else { vec![] }, "the frame is still being decoded");
        scene.after(|scene| scene.answered(Cpu));
        if let Some(range) = other {
            assert_eq!(scene.after(|scene| scene.decoded(0.04)), [CallVideo(Request::SeekVideo(range))]);
        }
        assert_eq!(scene.answers(), []);
    }
}

#[test]
fn a_frame_with_which_a_device_is_lost_is_read_again_elsewhere() {
    let mut scene = Scene::reading(DeviceChoice::WebGpu);
    assert_eq!(sorted(scene.after(|scene| scene.decoded(0.0))), [read_frame(WebGpu), next()]);
    scene.after(|scene| scene.answered(WebGpu));
    assert_eq!(sorted(scene.after(|scene| scene.decoded(0.04))), [read_frame(WebGpu), next()]);
    scene.after(|scene| scene.died(WebGpu, "lost"));
    let again = VideoRange { from_secs: 0.04, ..ALL };
    assert_eq!(
        scene.after(|scene| scene.decoded(0.08)),
        [CallVideo(Request::SeekVideo(again))],
        "from the lost one on"
    );
    scene.after(|scene| scene.video_answers(Response::Done));
    assert_eq!(sorted(scene.after(|scene| scene.decoded(0.04))), [read_frame(Cpu), next()]);
    scene.after(|scene| scene.answered(Cpu));
    scene.after(|scene| scene.decoded(0.08));
    scene.after(|scene| scene.answered(Cpu));
    assert_eq!(scene.answers(), [0.0, 0.04, 0.08].map(Answer::VideoFrame));
}

#[test]
fn a_video_without_a_decoder_is_read_as_the_browser_plays_it() {
    let no_decoder = problem;
    let played = |scene: &Scene, response, payload| {
        scene.fake.take_asked(WorkerKind::PlayedVideo);
        scene.fake.say(WorkerKind::PlayedVideo, WorkerMessage::Arrived(response, payload));
    };
    let begin = || {
        let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
        scene.after(|scene| scene.open_video("a.mp4"));
        scene.video_says(Response::Up, Payload::None);
        scene.video_answers(Response::VideoOpened(info()));
        scene.after(|scene| scene.read_video(ALL));
        let steps = scene.after(|scene| scene.video_answers(Response::NoDecoder(no_decoder())));
        let inexact = Step::Event(EngineEvent::VideoInexact(no_decoder().detail));
        assert_eq!(sorted(steps), sorted(vec![EndVideo, StartPlayed, inexact]));
        let up = WorkerMessage::Arrived(Response::Up, Payload::None);
        assert_eq!(scene.after(|scene| scene.fake.say(WorkerKind::PlayedVideo, up)), [OpenVideo("a.mp4")]);
        scene
    };
    let mut scene = begin();
    let steps = scene.after(|scene| played(scene, Response::VideoOpened(info()), Payload::None));
    assert_eq!(steps, [opened(Ok(info())), CallVideo(Request::SeekVideo(ALL))], "what was to be read is read");
    assert_eq!(scene.after(|scene| played(scene, Response::Done, Payload::None)), [next()]);
    let frame = DecodedFrame { time_secs: 0.0, width: 640, height: 480 };
    scene.after(|scene| played(scene, Response::Decoded(frame), Payload::Pixels("pixels")));
    scene.after(|scene| scene.answered(Cpu));
    assert_eq!(scene.answers(), [Answer::VideoFrame(0.0)]);
    assert_eq!(scene.after(|scene| scene.close_video()), [EndPlayed]);

    let mut scene = Scene::reading(DeviceChoice::Cpu);
    let steps = scene.after(|scene| scene.video_answers(Response::NoDecoder(no_decoder())));
    let inexact = Step::Event(EngineEvent::VideoInexact(no_decoder().detail));
    assert_eq!(sorted(steps), sorted(vec![EndVideo, StartPlayed, inexact]), "not even the first frame is decoded");

    let mut scene = begin();
    let other = crate::problem::Problem::new("Other", "not played", "");
    let steps = scene.after(|scene| played(scene, Response::Refused(other), Payload::None));
    assert_eq!(steps, [opened(Err(no_decoder()))], "what went wrong first is told");
}

#[test]
fn frames_are_shown_one_by_one_without_being_read() {
    let shown = |time_secs| {
        let frame = DecodedFrame { time_secs, width: 640, height: 480 };
        Step::Event(EngineEvent::VideoShown { frame, pixels: "pixels" })
    };
    let seek = |from_secs| CallVideo(Request::SeekVideo(VideoRange { from_secs, to_secs: Some(9.0), ..ALL }));
    let mut scene = Scene::reading(DeviceChoice::Cpu);
    scene.after(|scene| scene.decoded(0.0));
    assert_eq!(scene.after(|scene| scene.show_video(0.5, Some(9.0))), [], "a frame is still being decoded");
    assert_eq!(scene.after(|scene| scene.decoded(0.04)), [seek(0.5)], "and is dropped");
    scene.after(|scene| scene.answered(Cpu));
    assert_eq!(scene.answers(), [], "so is what was being read");
    assert_eq!(scene.after(|scene| scene.video_answers(Response::Done)), [next()]);
    assert_eq!(scene.after(|scene| scene.decoded(0.5)), [shown(0.5)], "one alone was asked for");
    assert_eq!(scene.after(|scene| scene.show_next()), [next()]);
    assert_eq!(scene.after(|scene| scene.decoded(0.54)), [shown(0.54)]);
    scene.after(|scene| scene.show_next());
    let end = VideoEnd::default();
    let steps = scene.after(|scene| scene.video_answers(Response::VideoEnd(end.clone())));
    assert_eq!(steps, [Step::Event(EngineEvent::VideoShownToEnd(end))]);
    assert_eq!(scene.after(|scene| scene.show_next()), [], "nothing comes after the end");
    assert_eq!(scene.after(|scene| scene.read_video(ALL)), [CallVideo(Request::SeekVideo(ALL))]);
    scene.after(|scene| scene.video_answers(Response::Done));
    assert_eq!(sorted(scene.after(|scene| scene.decoded(0.0))), [read_frame(Cpu), next()], "it is read again");
}

#[test]
fn what_fails_is_told_after_what_was_read() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    scene.after(|scene| scene.open_video("sound.mp4"));
    scene.after(|scene| scene.video_says(Response::Up, Payload::None));
    let steps = scene.after(|scene| scene.video_answers(Response::Refused(problem())));
    assert_eq!(steps, [opened(Err(problem()))]);

    let mut scene = Scene::reading(DeviceChoice::Cpu);
    scene.after(|scene| scene.decoded(0.0));
    let end = VideoEnd { n_lost: 1, problem: Some(problem()) };
    assert_eq!(scene.after(|scene| scene.video_answers(Response::VideoEnd(end.clone()))), []);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [ended(&end)]);
    assert_eq!(scene.answers(), [Answer::VideoFrame(0.0)]);

    let mut scene = Scene::reading(DeviceChoice::Cpu);
    scene.after(|scene| scene.decoded(0.0));
    let steps = scene.after(|scene| scene.fake.say(WorkerKind::Video, WorkerMessage::Died("why".into())));
    assert_eq!(steps, [EndVideo], "its last frame is still read");
    let steps = scene.after(|scene| scene.answered(Cpu));
    let [Step::Event(EngineEvent::VideoEnded(VideoEnd { problem: Some(problem), .. }))] = &steps[..] else {
        panic!("{steps:?}")
    };
    assert_eq!((problem.title.as_str(), problem.detail.as_str()), ("Reading the video stopped", "why"));

    // Another worker takes the file when frames are wanted again, and what was read stays.
    assert_eq!(scene.after(|scene| scene.show_video(0.04, None)), [StartVideo]);
    assert_eq!(scene.after(|scene| scene.video_says(Response::Up, Payload::None)), [OpenVideo("a.mp4")]);
    let seek = CallVideo(Request::SeekVideo(VideoRange { from_secs: 0.04, ..ALL }));
    assert_eq!(scene.after(|scene| scene.video_answers(Response::VideoOpened(info()))), [seek]);
    assert_eq!(scene.after(|scene| scene.video_answers(Response::Done)), [next()]);
}

#[test]
fn another_file_takes_the_place_of_the_one_that_is_read() {
    let mut scene = Scene::reading(DeviceChoice::Cpu);
    assert_eq!(scene.after(|scene| scene.open_video("b.mp4")), [EndVideo, StartVideo]);
}
