//! Which detector the workers have, what stands in for one that cannot be had, and what a photo waits for.

use super::*;
use crate::detector::{DetectorInUse, DetectorStatus, Range};

/// What the page was told last of the detector.
fn told(boss: &mut Boss, news: impl FnOnce(&mut Boss)) -> (Effects, DetectorStatus) {
    news(boss);
    let (detecting, others): (Vec<_>, Vec<_>) =
        boss.take_effects().into_iter().partition(|effect| matches!(effect, Say(Word::DetectorStatus(_))));
    let Some(Say(Word::DetectorStatus(detecting))) = detecting.into_iter().last() else {
        panic!("nothing told: {others:?}")
    };
    (others, detecting)
}

fn of(kind: DetectorKind, full_range: bool) -> DetectorInUse {
    DetectorInUse { kind, full_range }
}

/// A supervisor that is to find faces by `BlazeFace`; everything but that is here, the worker open.
fn without_detector() -> Boss {
    let settings = EngineSettings { network: Small, device: DeviceChoice::Cpu, detector: BlazeFace };
    let mut boss = Supervisor::new(settings, Benchmarks::default());
    assert_eq!(effects(&mut boss)[0], Fetch(Asset::Detector(BlazeFace), Any));
    boss.fetched(Asset::Program(Cpu), Ok(()));
    boss.fetched(Asset::Network(Small), Ok(()));
    boss.up(Cpu);
    boss.opened(Cpu);
    boss.loaded(Cpu, card(Small));
    boss.take_effects();
    boss
}

/// As [`without_detector`], and near faces are found.
fn near() -> Boss {
    let mut boss = without_detector();
    assert_eq!(
        after(&mut boss, |boss| boss.fetched(Asset::Detector(BlazeFace), Ok(()))),
        [ask(Cpu, Ask::Detector(BlazeFace))]
    );
    let (effects, detecting) = told(&mut boss, |boss| boss.detects(Cpu, BlazeFace));
    assert_eq!(effects, [ready(Cpu, Small, None)]);
    let expected = DetectorStatus { in_use: Some(of(BlazeFace, false)), ..DetectorStatus::default() };
    assert_eq!(detecting, expected, "the cascade is never fetched, the second net not yet");
    boss
}

#[test]
fn the_second_net_comes_after_the_first_label() {
    let mut boss = near();
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(1)), [ask(Cpu, Ask::Frame(1))]);
    let (effects, detecting) = told(&mut boss, |boss| boss.answered(Cpu));
    assert_eq!((effects, detecting.range), (vec![Fetch(Asset::FullRange, Any)], Range::Coming));
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(2)), [ask(Cpu, Ask::Frame(2))], "frames go on meanwhile");
    assert_eq!(after(&mut boss, |boss| boss.fetched(Asset::FullRange, Ok(()))), []);
    assert_eq!(after(&mut boss, |boss| boss.answered(Cpu)), [ask(Cpu, Ask::FullRange)]);
    let (effects, detecting) = told(&mut boss, |boss| boss.detects_far(Cpu));
    assert_eq!((effects, detecting.range, detecting.in_use), (vec![], Range::Full, Some(of(BlazeFace, true))));
}

#[test]
fn a_photo_waits_for_the_second_net_and_frames_do_not() {
    let mut boss = near();
    let (effects, detecting) = told(&mut boss, |boss| boss.offer_photo("a"));
    assert_eq!((effects, detecting.range), (vec![Fetch(Asset::FullRange, Any)], Range::Coming));
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(1)), [ask(Cpu, Ask::Frame(1))]);
    assert_eq!(after(&mut boss, |boss| boss.answered(Cpu)), []);
    assert_eq!(after(&mut boss, |boss| boss.fetched(Asset::FullRange, Ok(()))), [ask(Cpu, Ask::FullRange)]);
    assert_eq!(after(&mut boss, |boss| boss.detects_far(Cpu)), [ask(Cpu, Ask::Photo("a"))]);
}

#[test]
fn without_the_second_net_a_photo_is_read_by_the_first() {
    let fail: [fn(&mut Boss); 2] = [
        |boss| boss.fetched(Asset::FullRange, Err(missing())),
        |boss| {
            boss.fetched(Asset::FullRange, Ok(()));
            boss.refused(Cpu, missing());
        },
    ];
    for fail in fail {
        let mut boss = near();
        boss.offer_photo("a");
        boss.take_effects();
        let (effects, detecting) = told(&mut boss, fail);
        assert_eq!(effects.last(), Some(&ask(Cpu, Ask::Photo("a"))));
        assert_eq!((detecting.range, detecting.in_use), (Range::Failed(missing()), Some(of(BlazeFace, false))));
        boss.answered(Cpu);
        boss.take_effects();
        let (effects, detecting) = told(&mut boss, Boss::retry);
        assert_eq!((effects, detecting.range), (vec![Fetch(Asset::FullRange, Fresh)], Range::Coming));
    }
}

#[test]
fn the_classic_detector_stands_in_for_blazeface_until_that_can_be_had() {
    let fail: [fn(&mut Boss); 2] = [
        |boss| boss.fetched(Asset::Detector(BlazeFace), Err(missing())),
        |boss| {
            boss.fetched(Asset::Detector(BlazeFace), Ok(()));
            boss.refused(Cpu, missing());
        },
    ];
    for fail in fail {
        let mut boss = without_detector();
        boss.offer_photo("a");
        boss.take_effects();
        let effects = after(&mut boss, fail);
        assert!(matches!(&effects[..], [.., Say(Word::Notice(_)), Fetch(Asset::Detector(Haar), Any)]), "{effects:?}");
        let effects = after(&mut boss, |boss| boss.fetched(Asset::Detector(Haar), Ok(())));
        assert_eq!(effects, [ask(Cpu, Ask::Detector(Haar))]);
        let (effects, detecting) = told(&mut boss, |boss| boss.detects(Cpu, Haar));
        assert_eq!(effects, [ready(Cpu, Small, None), ask(Cpu, Ask::Photo("a"))], "no photo waits for a second net");
        assert_eq!((detecting.failed, detecting.range), (Some(missing()), Range::Full));
        boss.answered(Cpu);
        boss.take_effects();

        let (effects, detecting) = told(&mut boss, Boss::retry);
        assert!(effects.contains(&Fetch(Asset::Detector(BlazeFace), Fresh)), "{effects:?}");
        assert_eq!(
            (detecting.coming, detecting.in_use),
            (Some(BlazeFace), Some(of(Haar, true))),
            "the classic one goes on"
        );
        let effects = after(&mut boss, |boss| boss.fetched(Asset::Detector(BlazeFace), Ok(())));
        assert_eq!(effects, [ask(Cpu, Ask::Detector(BlazeFace))]);
        let (_, detecting) = told(&mut boss, |boss| boss.detects(Cpu, BlazeFace));
        assert_eq!((detecting.failed, detecting.in_use), (None, Some(of(BlazeFace, false))));
    }
}

#[test]
fn without_any_detector_a_person_is_asked_and_trying_again_begins_with_the_chosen_one() {
    let mut boss = without_detector();
    boss.fetched(Asset::Detector(BlazeFace), Err(missing()));
    boss.take_effects();
    let effects = after(&mut boss, |boss| boss.fetched(Asset::Detector(Haar), Err(missing())));
    assert_eq!(effects, [failed(&missing())]);
    assert_eq!(after(&mut boss, Boss::tick), [], "nothing is hammered");
    assert_eq!(after(&mut boss, Boss::retry), [Fetch(Asset::Detector(BlazeFace), Fresh)]);
}

#[test]
fn a_detector_is_switched_without_a_pause_on_both_devices() {
    let mut boss = on_gpu();
    let (effects, detecting) = told(&mut boss, |boss| boss.set_detector(BlazeFace));
    assert_eq!(effects, [Fetch(Asset::Detector(BlazeFace), Any)]);
    assert_eq!((detecting.in_use, detecting.coming), (Some(of(Haar, true)), Some(BlazeFace)));
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(1)), [ask(WebGpu, Ask::Frame(1))]);
    let effects = after(&mut boss, |boss| boss.fetched(Asset::Detector(BlazeFace), Ok(())));
    assert_eq!(effects, [ask(Cpu, Ask::Detector(BlazeFace))]);
    assert_eq!(after(&mut boss, |boss| boss.detects(Cpu, BlazeFace)), [], "WebGPU has a frame");
    let effects = after(&mut boss, |boss| boss.answered(WebGpu));
    assert_eq!(effects, [Fetch(Asset::FullRange, Any), ask(WebGpu, Ask::Detector(BlazeFace))]);
    let (_, detecting) = told(&mut boss, |boss| boss.detects(WebGpu, BlazeFace));
    assert_eq!((detecting.in_use, detecting.coming), (Some(of(BlazeFace, false)), None));
    let effects = after(&mut boss, |boss| boss.fetched(Asset::FullRange, Ok(())));
    assert_eq!(effects, [Cpu, WebGpu].map(|device| ask(device, Ask::FullRange)));
}

#[test]
fn a_classic_detector_that_cannot_be_had_leaves_blazeface_in_use() {
    let mut boss = near();
    assert_eq!(after(&mut boss, |boss| boss.set_detector(Haar)), [Fetch(Asset::Detector(Haar), Any)]);
    let effects = after(&mut boss, |boss| boss.fetched(Asset::Detector(Haar), Err(missing())));
    let wished = |detector| Say(Word::WishedDetector(detector));
    assert_eq!(effects, [wished(BlazeFace), failed(&missing())]);
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(1)), [ask(Cpu, Ask::Frame(1))]);
    boss.answered(Cpu);
    boss.take_effects();
    assert_eq!(after(&mut boss, Boss::retry), [wished(Haar), Fetch(Asset::Detector(Haar), Fresh)]);
}

#[test]
fn a_worker_that_is_started_again_is_given_everything_again() {
    let mut boss = near();
    boss.offer_photo("a");
    boss.fetched(Asset::FullRange, Ok(()));
    boss.detects_far(Cpu);
    boss.died(Cpu, "panic");
    boss.up(Cpu);
    boss.take_effects();
    assert_eq!(after(&mut boss, |boss| boss.opened(Cpu)), [ask(Cpu, Ask::Detector(BlazeFace))]);
    assert_eq!(after(&mut boss, |boss| boss.detects(Cpu, BlazeFace)), [ask(Cpu, Ask::Load(Small))]);
    let effects = after(&mut boss, |boss| boss.loaded(Cpu, card(Small)));
    assert_eq!(effects, [ask(Cpu, Ask::FullRange), ready(Cpu, Small, None)]);
    assert_eq!(after(&mut boss, |boss| boss.detects_far(Cpu)), [ask(Cpu, Ask::Photo("a"))], "the photo has waited");
}

#[test]
fn a_device_that_cannot_be_opened_is_tried_again_and_then_given_up() {
    let mut boss = boss(DeviceChoice::Cpu);
    boss.fetched(Asset::Program(Cpu), Ok(()));
    for _ in 0..2 {
        boss.up(Cpu);
        boss.take_effects();
        let effects = after(&mut boss, |boss| boss.refused(Cpu, missing()));
        assert!(matches!(effects[..], [Stop(Cpu), Say(Word::Notice(_)), Launch(Cpu)]), "{effects:?}");
    }
    boss.up(Cpu);
    let effects = after(&mut boss, |boss| boss.refused(Cpu, missing()));
    assert!(matches!(effects.last(), Some(Say(Word::Failed(_)))), "{effects:?}");
}
