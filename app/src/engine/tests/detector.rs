//! The detector of the workers, the fallback for one that cannot be loaded, and what a photo waits for.

use super::*;
use crate::detector::{DetectorInUse, DetectorStatus, Range};

fn of(kind: DetectorKind, full_range: bool) -> DetectorInUse {
    DetectorInUse { kind, full_range }
}

/// An engine that is to find faces by `BlazeFace`; everything but that is here, the worker open.
fn without_detector() -> Scene {
    let settings = EngineSettings { network: Small, device: DeviceChoice::Cpu, detector: BlazeFace };
    let mut scene = Scene::with(settings, Benchmarks::default());
    assert_eq!(scene.after(|_| ())[0], Fetch(Asset::Detector(BlazeFace), Any));
    scene.fetched(Asset::Program(Cpu), Ok(()));
    scene.fetched(Asset::Network(Small), Ok(()));
    scene.up(Cpu);
    scene.done(Cpu);
    scene.loaded(Cpu, Small);
    scene.fake.take_steps();
    scene
}

/// As [`without_detector`], and near faces are found.
fn near() -> Scene {
    let mut scene = without_detector();
    assert_eq!(
        scene.after(|scene| scene.fetched(Asset::Detector(BlazeFace), Ok(()))),
        [Call(Cpu, Request::Configure(Asset::Detector(BlazeFace)))]
    );
    let (steps, status) = (scene.after(|scene| scene.done(Cpu)), scene.status());
    assert_eq!(steps, [ready(Cpu, Small, None)]);
    let expected = DetectorStatus { in_use: Some(of(BlazeFace, false)), ..DetectorStatus::default() };
    assert_eq!(status, expected, "the cascade is never fetched, the second net not yet");
    scene
}

#[test]
fn the_second_net_comes_after_the_first_label() {
    let mut scene = near();
    assert_eq!(scene.after(|scene| scene.offer_frame(1)), [Frame(Cpu, 1)]);
    let (steps, status) = (scene.after(|scene| scene.answered(Cpu)), scene.status());
    assert_eq!((steps, status.range), (vec![Fetch(Asset::FullRange, Any)], Range::Coming));
    assert_eq!(scene.after(|scene| scene.offer_frame(2)), [Frame(Cpu, 2)], "frames go on meanwhile");
    assert_eq!(scene.after(|scene| scene.fetched(Asset::FullRange, Ok(()))), []);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [Call(Cpu, Request::Configure(Asset::FullRange))]);
    let (steps, status) = (scene.after(|scene| scene.done(Cpu)), scene.status());
    assert_eq!((steps, status.range, status.in_use), (vec![], Range::Full, Some(of(BlazeFace, true))));
}

#[test]
fn a_photo_waits_for_the_second_net_and_frames_do_not() {
    let mut scene = near();
    let (steps, status) = (scene.after(|scene| scene.photo("a")), scene.status());
    assert_eq!((steps, status.range), (vec![Fetch(Asset::FullRange, Any)], Range::Coming));
    assert_eq!(scene.after(|scene| scene.offer_frame(1)), [Frame(Cpu, 1)]);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), []);
    assert_eq!(
        scene.after(|scene| scene.fetched(Asset::FullRange, Ok(()))),
        [Call(Cpu, Request::Configure(Asset::FullRange))]
    );
    assert_eq!(scene.after(|scene| scene.done(Cpu)), [Photo(Cpu, "a")]);
}

#[test]
fn without_the_second_net_a_photo_is_read_by_the_first() {
    let fail: [fn(&mut Scene); 2] = [
        |scene| scene.fetched(Asset::FullRange, Err(problem())),
        |scene| {
            scene.fetched(Asset::FullRange, Ok(()));
            scene.refused(Cpu, problem());
        },
    ];
    for fail in fail {
        let mut scene = near();
        scene.photo("a");
        scene.fake.take_steps();
        let (steps, status) = (scene.after(fail), scene.status());
        assert_eq!(steps.last(), Some(&Photo(Cpu, "a")));
        assert_eq!((status.range, status.in_use), (Range::Failed(problem()), Some(of(BlazeFace, false))));
        scene.answered(Cpu);
        scene.fake.take_steps();
        let (steps, status) = (scene.after(|scene| scene.retry()), scene.status());
        assert_eq!((steps, status.range), (vec![Fetch(Asset::FullRange, Fresh)], Range::Coming));
    }
}

#[test]
fn the_classic_detector_stands_in_for_blazeface_until_that_can_be_had() {
    let fail: [fn(&mut Scene); 2] = [
        |scene| scene.fetched(Asset::Detector(BlazeFace), Err(problem())),
        |scene| {
            scene.fetched(Asset::Detector(BlazeFace), Ok(()));
            scene.refused(Cpu, problem());
        },
    ];
    for fail in fail {
        let mut scene = without_detector();
        scene.photo("a");
        scene.fake.take_steps();
        let steps = scene.after(fail);
        assert!(
            matches!(&steps[..], [.., Event(EngineEvent::Notice(_)), Fetch(Asset::Detector(Haar), Any)]),
            "{steps:?}"
        );
        let steps = scene.after(|scene| scene.fetched(Asset::Detector(Haar), Ok(())));
        assert_eq!(steps, [Call(Cpu, Request::Configure(Asset::Detector(Haar)))]);
        let (steps, status) = (scene.after(|scene| scene.done(Cpu)), scene.status());
        assert_eq!(steps, [ready(Cpu, Small, None), Photo(Cpu, "a")], "no photo waits for a second net");
        assert_eq!((status.failed, status.range), (Some(problem()), Range::Full));
        scene.answered(Cpu);
        scene.fake.take_steps();

        let (steps, status) = (scene.after(|scene| scene.retry()), scene.status());
        assert!(steps.contains(&Fetch(Asset::Detector(BlazeFace), Fresh)), "{steps:?}");
        assert_eq!((status.coming, status.in_use), (Some(BlazeFace), Some(of(Haar, true))), "the classic one goes on");
        let steps = scene.after(|scene| scene.fetched(Asset::Detector(BlazeFace), Ok(())));
        assert_eq!(steps, [Call(Cpu, Request::Configure(Asset::Detector(BlazeFace)))]);
        let (_, status) = (scene.after(|scene| scene.done(Cpu)), scene.status());
        assert_eq!((status.failed, status.in_use), (None, Some(of(BlazeFace, false))));
    }
}

#[test]
fn without_any_detector_a_person_is_asked_and_trying_again_begins_with_the_chosen_one() {
    let mut scene = without_detector();
    scene.fetched(Asset::Detector(BlazeFace), Err(problem()));
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.fetched(Asset::Detector(Haar), Err(problem())));
    assert_eq!(steps, [failed(&problem())]);
    assert_eq!(scene.after(|scene| scene.fake.tick()), [], "nothing is hammered");
    assert_eq!(scene.after(|scene| scene.retry()), [Fetch(Asset::Detector(BlazeFace), Fresh)]);
}

#[test]
fn a_detector_is_switched_without_a_pause_on_both_devices() {
    let mut scene = Scene::on_gpu();
    let (steps, status) = (scene.after(|scene| scene.set_detector(BlazeFace)), scene.status());
    assert_eq!(steps, [Fetch(Asset::Detector(BlazeFace), Any)]);
    assert_eq!((status.in_use, status.coming), (Some(of(Haar, true)), Some(BlazeFace)));
    assert_eq!(scene.after(|scene| scene.offer_frame(1)), [Frame(WebGpu, 1)]);
    let steps = scene.after(|scene| scene.fetched(Asset::Detector(BlazeFace), Ok(())));
    assert_eq!(steps, [Call(Cpu, Request::Configure(Asset::Detector(BlazeFace)))]);
    assert_eq!(scene.after(|scene| scene.done(Cpu)), [], "WebGPU has a frame");
    let steps = scene.after(|scene| scene.answered(WebGpu));
    assert_eq!(steps, [Call(WebGpu, Request::Configure(Asset::Detector(BlazeFace))), Fetch(Asset::FullRange, Any)]);
    let (_, status) = (scene.after(|scene| scene.done(WebGpu)), scene.status());
    assert_eq!((status.in_use, status.coming), (Some(of(BlazeFace, false)), None));
    let steps = scene.after(|scene| scene.fetched(Asset::FullRange, Ok(())));
    assert_eq!(steps, [Cpu, WebGpu].map(|device| Call(device, Request::Configure(Asset::FullRange))));
}

#[test]
fn a_classic_detector_that_cannot_be_had_leaves_blazeface_in_use() {
    let mut scene = near();
    assert_eq!(scene.after(|scene| scene.set_detector(Haar)), [Fetch(Asset::Detector(Haar), Any)]);
    let steps = scene.after(|scene| scene.fetched(Asset::Detector(Haar), Err(problem())));
    assert_eq!((steps, scene.settings().detector), (vec![failed(&problem())], BlazeFace));
    assert_eq!(scene.after(|scene| scene.offer_frame(1)), [Frame(Cpu, 1)]);
    scene.answered(Cpu);
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.retry()), [Fetch(Asset::Detector(Haar), Fresh)]);
    assert_eq!(scene.settings().detector, Haar);
}

#[test]
fn a_worker_that_is_started_again_is_given_everything_again() {
    let mut scene = near();
    scene.photo("a");
    scene.fetched(Asset::FullRange, Ok(()));
    scene.done(Cpu);
    scene.died(Cpu, "panic");
    scene.up(Cpu);
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.done(Cpu)), [Call(Cpu, Request::Configure(Asset::Detector(BlazeFace)))]);
    assert_eq!(scene.after(|scene| scene.done(Cpu)), [Call(Cpu, Request::Configure(Asset::Network(Small)))]);
    let steps = scene.after(|scene| scene.loaded(Cpu, Small));
    assert_eq!(steps, [ready(Cpu, Small, None), Call(Cpu, Request::Configure(Asset::FullRange))]);
    assert_eq!(scene.after(|scene| scene.done(Cpu)), [Photo(Cpu, "a")], "the photo has waited");
}

#[test]
fn a_device_that_cannot_be_opened_is_tried_again_and_then_given_up() {
    let mut scene = Scene::new(DeviceChoice::Cpu);
    scene.fetched(Asset::Program(Cpu), Ok(()));
    for _ in 0..2 {
        scene.up(Cpu);
        scene.fake.take_steps();
        let steps = scene.after(|scene| scene.refused(Cpu, problem()));
        assert!(matches!(steps[..], [End(Cpu), Event(EngineEvent::Notice(_)), Start(Cpu)]), "{steps:?}");
    }
    scene.up(Cpu);
    let steps = scene.after(|scene| scene.refused(Cpu, problem()));
    assert!(matches!(steps.last(), Some(Event(EngineEvent::Failed(_)))), "{steps:?}");
}
