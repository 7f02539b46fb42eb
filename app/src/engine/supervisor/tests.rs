//! Scenarios as data: what happens on the left, what is to be done on the right.

mod check;
mod detector;
mod machine;

use std::rc::Rc;

use model_core::{Architecture, DeviceKind, ModelCard, Reading, Scores, Training, probe};

use super::Supervisor;
use crate::{
    asset::Asset,
    detector::DetectorKind,
    engine::{
        DeviceChoice, EngineSettings,
        effect::{Ask, Effect, Word},
        paces::Benchmarks,
    },
    problem::Problem,
    protocol::{GreyBytes, InspectKind, InspectRequest, Tested},
    web::fetch::Freshness::{Any, Fresh},
};

use Architecture::{Ferrum, Residual, Small, UNet};
use DetectorKind::{BlazeFace, Haar};
use DeviceKind::{Cpu, WebGpu};
use Effect::{Fetch, FindAdapter, Launch, Remember, Say, Stop};

type Boss = Supervisor<&'static str, u32>;
type Effects = Vec<Effect<&'static str, u32>>;

fn boss(device: DeviceChoice) -> Boss {
    Supervisor::new(EngineSettings { network: Small, device, detector: Haar }, Benchmarks::default())
}

fn ask(device: DeviceKind, ask: Ask<&'static str, u32>) -> Effect<&'static str, u32> {
    Effect::Ask(device, ask)
}

fn card(architecture: Architecture) -> ModelCard {
    ModelCard::new(architecture, b"", Training::default())
}

/// A network that answers with the softmax of `logit` and six zeros.
fn reading(logit: f32) -> Reading {
    let scores = Scores::from_logits([logit, 0., 0., 0., 0., 0., 0.]).unwrap();
    Reading { scores, is_sure: true, votes: None }
}

fn tested(logit: f32, ms_per_face: f64) -> Tested {
    Tested { readings: vec![reading(logit)], ms_per_face }
}

const MACHINE: &str = "adapter | browser";

fn test(device: DeviceKind) -> Effect<&'static str, u32> {
    let faces: Rc<[GreyBytes]> = probe::faces().into_iter().map(|levels| GreyBytes(levels.into())).collect();
    ask(device, Ask::Test(faces))
}

fn ready(device: DeviceKind, network: Architecture, why: Option<&str>) -> Effect<&'static str, u32> {
    Say(Word::Ready { device, why: why.map(Into::into), card: Box::new(card(network)) })
}

fn wished(network: Architecture) -> Effect<&'static str, u32> {
    Say(Word::Wished(network))
}

fn failed(problem: &Problem) -> Effect<&'static str, u32> {
    Say(Word::Failed(problem.clone()))
}

fn missing() -> Problem {
    Problem::new("title", "detail", "advice")
}

/// What is to be done after `news`.
fn after(boss: &mut Boss, news: impl FnOnce(&mut Boss)) -> Effects {
    news(boss);
    effects(boss)
}

/// What is to be done, but for what the page is told of the detector: `tests::detector` looks at that.
fn effects(boss: &mut Boss) -> Effects {
    let is_of_detector = |effect: &Effect<_, _>| matches!(effect, Say(Word::DetectorStatus(_)));
    boss.take_effects().into_iter().filter(|effect| !is_of_detector(effect)).collect()
}

/// The worker listens, its device is open, and it has the classic detector.
fn open(boss: &mut Boss, device: DeviceKind) {
    boss.up(device);
    boss.opened(device);
    boss.detects(device, Haar);
}

/// A supervisor whose CPU worker reads faces with `Small`; a wished WebGPU is being fetched.
fn on_cpu(device: DeviceChoice) -> Boss {
    let mut boss = boss(device);
    boss.fetched(Asset::Program(Cpu), Ok(()));
    boss.fetched(Asset::Detector(Haar), Ok(()));
    boss.fetched(Asset::Network(Small), Ok(()));
    open(&mut boss, Cpu);
    boss.loaded(Cpu, card(Small));
    if device != DeviceChoice::Cpu {
        boss.found_adapter(Ok(MACHINE.into()));
    }
    boss.take_effects();
    boss
}

/// As [`on_cpu`], and both devices have the network.
fn on_both(device: DeviceChoice) -> Boss {
    let mut boss = on_cpu(device);
    boss.fetched(Asset::Program(WebGpu), Ok(()));
    open(&mut boss, WebGpu);
    boss.take_effects();
    assert_eq!(after(&mut boss, |boss| boss.loaded(WebGpu, card(Small))), [test(Cpu)]);
    assert_eq!(after(&mut boss, |boss| boss.tested(Cpu, tested(0.0, 4.0))), [test(WebGpu)]);
    boss
}

/// As [`on_both`], and WebGPU has taken over.
fn on_gpu() -> Boss {
    let mut boss = on_both(DeviceChoice::WebGpu);
    boss.tested(WebGpu, tested(0.0, 2.0));
    assert_eq!(effects(&mut boss).last(), Some(&ready(WebGpu, Small, None)));
    boss
}

#[test]
fn the_cpu_starts_with_everything_fetched_side_by_side() {
    let mut boss = boss(DeviceChoice::Cpu);
    let first = effects(&mut boss);
    let parts = [Asset::Detector(Haar), Asset::Network(Small), Asset::Program(Cpu)];
    assert_eq!(first, parts.map(|part| Fetch(part, Any)));
    assert_eq!(after(&mut boss, |boss| boss.fetched(Asset::Network(Small), Ok(()))), []);
    assert_eq!(after(&mut boss, |boss| boss.fetched(Asset::Program(Cpu), Ok(()))), [Launch(Cpu)]);
    assert_eq!(after(&mut boss, |boss| boss.up(Cpu)), [ask(Cpu, Ask::Open)]);
    assert_eq!(after(&mut boss, |boss| boss.opened(Cpu)), [ask(Cpu, Ask::Load(Small))], "the detector is not here yet");
    assert_eq!(after(&mut boss, |boss| boss.loaded(Cpu, card(Small))), []);
    let effects = after(&mut boss, |boss| boss.fetched(Asset::Detector(Haar), Ok(())));
    assert_eq!(effects, [ask(Cpu, Ask::Detector(Haar))]);
    assert_eq!(after(&mut boss, |boss| boss.detects(Cpu, Haar)), [ready(Cpu, Small, None)]);
}

#[test]
fn webgpu_is_fetched_after_the_first_ready_and_takes_over() {
    let mut boss = on_cpu(DeviceChoice::Cpu);
    assert_eq!(after(&mut boss, |boss| boss.set_device(DeviceChoice::WebGpu)), [FindAdapter]);
    let effects = after(&mut boss, |boss| boss.found_adapter(Ok(MACHINE.into())));
    assert_eq!(effects, [Fetch(Asset::Program(WebGpu), Any)]);
    assert_eq!(after(&mut boss, |boss| boss.fetched(Asset::Program(WebGpu), Ok(()))), [Launch(WebGpu)]);
    assert_eq!(after(&mut boss, |boss| boss.up(WebGpu)), [ask(WebGpu, Ask::Open)]);
    assert_eq!(after(&mut boss, |boss| boss.opened(WebGpu)), [ask(WebGpu, Ask::Detector(Haar))]);
    assert_eq!(after(&mut boss, |boss| boss.detects(WebGpu, Haar)), [ask(WebGpu, Ask::Load(Small))]);
    assert_eq!(after(&mut boss, |boss| boss.loaded(WebGpu, card(Small))), [test(Cpu)]);
    assert_eq!(after(&mut boss, |boss| boss.tested(Cpu, tested(0.0, 4.0))), [test(WebGpu)]);
    let effects = after(&mut boss, |boss| boss.tested(WebGpu, tested(1e-4, 9.0)));
    assert!(matches!(effects[..], [Remember(_), Say(Word::Ready { device: WebGpu, .. })]), "chosen, if slower");
}

#[test]
fn webgpu_that_disagrees_or_cannot_start_stays_unused_with_a_word_why() {
    let why = "WebGPU disagrees with the CPU here, by 0.010 in a probability";
    for device in [DeviceChoice::WebGpu, DeviceChoice::Auto] {
        let mut boss = on_both(device);
        let effects = after(&mut boss, |boss| boss.tested(WebGpu, tested(0.08, 1.0)));
        assert_eq!(effects[1..], [Stop(WebGpu), ready(Cpu, Small, Some(why))]);
        let mut boss = on_cpu(DeviceChoice::Cpu);
        boss.set_device(device);
        boss.take_effects();
        let effects = after(&mut boss, |boss| boss.found_adapter(Err("no adapter".into())));
        assert_eq!(effects, [ready(Cpu, Small, Some("no adapter"))]);
        assert_eq!(after(&mut boss, |boss| boss.set_device(device)), [FindAdapter, ready(Cpu, Small, None)]);
    }

    let mut boss = on_cpu(DeviceChoice::WebGpu);
    let effects = after(&mut boss, |boss| boss.fetched(Asset::Program(WebGpu), Err(missing())));
    assert_eq!(effects, [ready(Cpu, Small, Some("detail"))]);
    assert_eq!(after(&mut boss, |boss| boss.set_device(DeviceChoice::Cpu)), [ready(Cpu, Small, None)]);
    let effects = after(&mut boss, |boss| boss.set_device(DeviceChoice::WebGpu));
    assert_eq!(effects, [Fetch(Asset::Program(WebGpu), Fresh)], "a person wants it again");
}

#[test]
fn a_network_is_switched_without_a_pause() {
    let mut boss = on_gpu();
    let effects = after(&mut boss, |boss| boss.set_network(Residual));
    assert_eq!(effects, [Fetch(Asset::Network(Residual), Any)]);
    let effects = after(&mut boss, |boss| boss.fetched(Asset::Network(Residual), Ok(())));
    assert_eq!(effects, [ask(Cpu, Ask::Load(Residual))]);
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(1)), [ask(WebGpu, Ask::Frame(1))], "the old network goes on");
    assert_eq!(after(&mut boss, |boss| boss.loaded(Cpu, card(Residual))), []);
    let effects = after(&mut boss, |boss| boss.answered(WebGpu));
    assert_eq!(effects, [ask(WebGpu, Ask::Load(Residual))]);
    let effects = after(&mut boss, |boss| boss.loaded(WebGpu, card(Residual)));
    assert_eq!(effects, [test(Cpu), ready(Cpu, Residual, None)], "until WebGPU is known to agree");
    boss.tested(Cpu, tested(0.0, 4.0));
    let effects = after(&mut boss, |boss| boss.tested(WebGpu, tested(0.0, 2.0)));
    assert_eq!(effects.last(), Some(&ready(WebGpu, Residual, None)));
    let effects = after(&mut boss, |boss| boss.set_network(Small));
    assert_eq!(effects, [ask(Cpu, Ask::Load(Small))], "fetched once, kept");
}

#[test]
fn a_switch_that_fails_keeps_the_old_network_and_can_be_tried_again() {
    let problem = missing();
    let cases: [fn(&mut Boss, Problem); 2] = [
        |boss, problem| boss.fetched(Asset::Network(Residual), Err(problem)),
        |boss, problem| {
            boss.fetched(Asset::Network(Residual), Ok(()));
            boss.take_effects();
            boss.refused(Cpu, problem);
        },
    ];
    for fail in cases {
        let mut boss = on_cpu(DeviceChoice::Cpu);
        boss.set_network(Residual);
        boss.take_effects();
        assert_eq!(after(&mut boss, |boss| fail(boss, problem.clone())), [wished(Small), failed(&problem)]);
        assert_eq!(after(&mut boss, |boss| boss.offer_frame(1)), [ask(Cpu, Ask::Frame(1))]);
        boss.answered(Cpu);
        let effects = after(&mut boss, Boss::retry);
        assert_eq!(effects, [wished(Residual), Fetch(Asset::Network(Residual), Fresh)]);
    }
}

#[test]
fn another_choice_after_a_failure_is_not_undone_by_trying_again() {
    let mut boss = on_cpu(DeviceChoice::Cpu);
    boss.set_network(Residual);
    boss.fetched(Asset::Network(Residual), Err(missing()));
    boss.set_network(UNet);
    boss.take_effects();
    assert_eq!(after(&mut boss, Boss::retry), [], "UNet is on its way");
}

#[test]
fn a_network_that_fails_after_it_was_switched_away_is_nobodys_problem() {
    let mut boss = on_cpu(DeviceChoice::Cpu);
    boss.set_network(Residual);
    boss.set_network(Small);
    boss.take_effects();
    assert_eq!(after(&mut boss, |boss| boss.fetched(Asset::Network(Residual), Err(missing()))), []);
}

#[test]
fn a_start_that_fails_waits_for_a_person() {
    for part in [Asset::Detector(Haar), Asset::Network(Small), Asset::Program(Cpu)] {
        let (mut boss, problem) = (boss(DeviceChoice::WebGpu), missing());
        boss.take_effects();
        boss.offer_photo("a");
        assert_eq!(after(&mut boss, |boss| boss.fetched(part, Err(problem.clone()))), [failed(&problem)]);
        assert_eq!(after(&mut boss, Boss::tick), [], "nothing is hammered");
        let wish = if part == Asset::Network(Small) { vec![wished(Small)] } else { vec![] };
        let expected: Vec<_> = wish.into_iter().chain([Fetch(part, Fresh)]).collect();
        assert_eq!(after(&mut boss, Boss::retry), expected);
    }
}

#[test]
fn one_photo_or_frame_is_in_flight_and_the_newest_waits() {
    let mut boss = on_cpu(DeviceChoice::Cpu);
    assert_eq!(after(&mut boss, |boss| boss.offer_photo("a")), [ask(Cpu, Ask::Photo("a"))]);
    assert_eq!(after(&mut boss, |boss| boss.offer_photo("b")), []);
    assert_eq!(after(&mut boss, |boss| (1..9).for_each(|frame| boss.offer_frame(frame))), []);
    let effects = after(&mut boss, |boss| {
        assert!(!boss.is_awaited(Cpu), "superseded");
        boss.answered(Cpu);
    });
    assert_eq!(effects, [ask(Cpu, Ask::Photo("b"))]);
    assert_eq!(after(&mut boss, |boss| boss.answered(Cpu)), [ask(Cpu, Ask::Frame(8))]);
    assert_eq!(after(&mut boss, |boss| boss.answered(Cpu)), []);
}

#[test]
fn a_lost_gpu_leaves_its_photo_to_the_cpu() {
    let mut boss = on_gpu();
    boss.offer_photo("a");
    boss.take_effects();
    let effects = after(&mut boss, |boss| boss.died(WebGpu, "device lost"));
    let notice = Say(Word::Notice("WebGPU stopped (device lost); reading goes on on the CPU".into()));
    let ready = ready(Cpu, Small, Some("WebGPU stopped (device lost)"));
    assert_eq!(effects, [Stop(WebGpu), notice, ready, ask(Cpu, Ask::Photo("a"))]);
}

#[test]
fn webgpu_is_given_up_for_the_cpu_only_after_its_answer() {
    let mut boss = on_gpu();
    boss.offer_frame(1);
    boss.take_effects();
    assert_eq!(after(&mut boss, |boss| boss.set_device(DeviceChoice::Cpu)), [ready(Cpu, Small, None)]);
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(2)), [], "one in flight, whoever has it");
    let effects = after(&mut boss, |boss| boss.answered(WebGpu));
    assert_eq!(effects, [Stop(WebGpu), ask(Cpu, Ask::Frame(2))]);
}

#[test]
fn a_dead_cpu_worker_is_started_again_until_it_dies_too_often() {
    let mut boss = on_cpu(DeviceChoice::Cpu);
    let revive = |boss: &mut Boss| {
        open(boss, Cpu);
        boss.loaded(Cpu, card(Small));
        effects(boss)
    };
    let stopped = Say(Word::Stopped);
    let again = Say(Word::Notice("The worker stopped (panic) and is started again".into()));
    boss.offer_photo("a");
    boss.take_effects();
    assert_eq!(
        after(&mut boss, |boss| boss.died(Cpu, "panic")),
        [Stop(Cpu), again.clone(), Launch(Cpu), stopped.clone()]
    );
    assert_eq!(revive(&mut boss).last(), Some(&ask(Cpu, Ask::Photo("a"))), "redone");
    let given_up =
        Problem::new("The photo could not be analysed", "panic", "Try a smaller picture, or another network");
    let effects = after(&mut boss, |boss| boss.died(Cpu, "panic"));
    assert_eq!(effects, [Stop(Cpu), again, Say(Word::PhotoFailed(given_up)), Launch(Cpu), stopped]);
    assert_eq!(revive(&mut boss).last(), Some(&ready(Cpu, Small, None)));
    let effects = after(&mut boss, |boss| boss.died(Cpu, "panic"));
    assert!(matches!(effects.as_slice(), [Stop(Cpu), Say(Word::Failed(_)), Say(Word::Stopped)]), "{effects:?}");
    assert_eq!(after(&mut boss, Boss::retry), [Fetch(Asset::Program(Cpu), Fresh)]);
}

#[test]
fn silence_is_death() {
    let mut boss = on_gpu();
    boss.offer_frame(1);
    boss.take_effects();
    let quiet = after(&mut boss, |boss| (0..30).for_each(|_| boss.tick()));
    assert_eq!(quiet, []);
    let effects = after(&mut boss, Boss::tick);
    assert_eq!(effects.first(), Some(&Stop(WebGpu)));
    let why = "WebGPU stopped (no answer within 30 seconds)";
    assert_eq!(effects.last(), Some(&ready(Cpu, Small, Some(why))), "and the frame is dropped");
}

#[test]
fn webgpu_goes_on_while_its_cpu_stand_in_is_started_again() {
    let mut boss = on_gpu();
    boss.died(Cpu, "panic");
    boss.take_effects();
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(1)), [ask(WebGpu, Ask::Frame(1))]);
}

#[test]
fn a_photo_that_ends_both_workers_is_no_reason_against_webgpu() {
    let mut boss = on_gpu();
    boss.offer_photo("a");
    boss.died(WebGpu, "out of memory");
    boss.died(Cpu, "out of memory");
    open(&mut boss, Cpu);
    boss.take_effects();
    let effects = after(&mut boss, |boss| boss.loaded(Cpu, card(Small)));
    assert_eq!(effects, [Launch(WebGpu), ready(Cpu, Small, None)]);
}

#[test]
fn any_choice_starts_a_cpu_worker_again_that_died_too_often_beside_webgpu() {
    let mut boss = cpu_bad_beside_gpu();
    let effects = after(&mut boss, |boss| boss.set_network(Residual));
    assert_eq!(effects, [Fetch(Asset::Network(Residual), Any), Fetch(Asset::Program(Cpu), Fresh)]);

    let mut boss = cpu_bad_beside_gpu();
    let effects = after(&mut boss, |boss| boss.set_device(DeviceChoice::Cpu));
    assert_eq!(effects, [Fetch(Asset::Program(Cpu), Fresh), Stop(WebGpu), Say(Word::Stopped)]);
}

/// As [`on_gpu`], and the CPU worker has died too often.
fn cpu_bad_beside_gpu() -> Boss {
    let mut boss = on_gpu();
    for _ in 0..2 {
        boss.died(Cpu, "panic");
        boss.up(Cpu);
    }
    let effects = after(&mut boss, |boss| boss.died(Cpu, "panic"));
    assert!(matches!(effects.last(), Some(Say(Word::Failed(_)))), "{effects:?}");
    boss
}

fn question() -> InspectRequest {
    InspectRequest { face: GreyBytes::default(), kind: InspectKind::Compare }
}

#[test]
fn a_question_comes_before_the_next_frame_and_nothing_else_is_in_flight() {
    let mut boss = on_cpu(DeviceChoice::Cpu);
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(1)), [ask(Cpu, Ask::Frame(1))]);
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(2)), []);
    assert_eq!(after(&mut boss, |boss| boss.offer_question(question())), []);
    assert_eq!(after(&mut boss, |boss| boss.answered(Cpu)), [ask(Cpu, Ask::Look(question()))]);
    assert_eq!(after(&mut boss, |boss| boss.answered(Cpu)), [ask(Cpu, Ask::Frame(2))]);
}

#[test]
fn other_networks_are_fetched_and_held_while_a_person_compares() {
    let mut boss = on_cpu(DeviceChoice::Cpu);
    let effects = after(&mut boss, |boss| boss.set_comparing(true));
    assert_eq!(effects, [Ferrum, Residual, UNet].map(|network| Fetch(Asset::Network(network), Any)));
    let effects = after(&mut boss, |boss| boss.fetched(Asset::Network(UNet), Ok(())));
    assert_eq!(effects, [ask(Cpu, Ask::Hold(UNet))]);
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(1)), [], "one request at a time");
    let effects = after(&mut boss, |boss| boss.held(Cpu, UNet));
    assert_eq!(effects, [Say(Word::Held(UNet)), ask(Cpu, Ask::Frame(1))]);
    boss.answered(Cpu);
    boss.set_comparing(false);
    let effects = after(&mut boss, |boss| boss.fetched(Asset::Network(Residual), Ok(())));
    assert_eq!(effects, [], "closed meanwhile");
    let effects = after(&mut boss, |boss| boss.set_comparing(true));
    assert_eq!(effects, [ask(Cpu, Ask::Hold(Residual))], "what has come is kept");
}

#[test]
fn a_switch_that_fails_while_a_person_compares_is_told_in_both_places() {
    let mut boss = on_cpu(DeviceChoice::Cpu);
    boss.set_comparing(true);
    boss.set_network(UNet);
    boss.take_effects();
    let effects = after(&mut boss, |boss| boss.fetched(Asset::Network(UNet), Err(missing())));
    assert_eq!(effects, [Say(Word::NotHeld(UNet, missing())), wished(Small), failed(&missing())]);
    let effects = after(&mut boss, |boss| boss.set_comparing(true));
    assert_eq!(effects, [Fetch(Asset::Network(UNet), Fresh)], "a person tries again");
}

#[test]
fn a_network_that_cannot_be_held_is_told_and_tried_again_when_comparing_begins_anew() {
    let mut boss = on_cpu(DeviceChoice::Cpu);
    boss.set_comparing(true);
    boss.take_effects();
    let not_held = |network| Say(Word::NotHeld(network, missing()));
    let effects = after(&mut boss, |boss| boss.fetched(Asset::Network(Residual), Err(missing())));
    assert_eq!(effects, [not_held(Residual)]);
    boss.fetched(Asset::Network(UNet), Ok(()));
    boss.take_effects();
    assert_eq!(after(&mut boss, |boss| boss.refused(Cpu, missing())), [not_held(UNet)]);
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(1)), [ask(Cpu, Ask::Frame(1))], "what is in use goes on");
    boss.set_comparing(false);
    let effects = after(&mut boss, |boss| boss.set_comparing(true));
    assert_eq!(effects, [Residual, UNet].map(|network| Fetch(Asset::Network(network), Fresh)));
}
