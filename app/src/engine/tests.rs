//! Scenarios: the news on the left, what the engine does then on the right.
//!
//! In one step the page is told first, then workers are asked, then files are fetched.

mod detector;
mod fake;
mod gpu;
mod late;
mod scene;
mod self_test;
mod video;
mod worker_gone;

use std::rc::Rc;

use model_core::{Architecture, DeviceKind};

use super::{Benchmarks, DeviceChoice, EngineEvent, EngineSettings, Payload, Ready};
use crate::{
    asset::Asset,
    detector::DetectorKind,
    problem::Problem,
    protocol::{GreyBytes, InspectKind, InspectRequest, Request, Response, Tested},
    web::{
        fetch::Freshness::{Any, Fresh},
        worker::WorkerMessage,
    },
};
use fake::Step;
use scene::{ADAPTER, Answer, Scene, card, prediction, problem, tested};

use Architecture::{Ferrum, Residual, Small, UNet};
use DetectorKind::{BlazeFace, Haar};
use DeviceKind::{Cpu, WebGpu};
use Step::{Call, End, Event, Fetch, FindAdapter, Frame, Photo, Start};

/// The synthetic faces are to be read on `device`.
fn test(device: DeviceKind) -> Step {
    let faces = model_core::device_check::faces().into_iter().map(|levels| GreyBytes(levels.into())).collect();
    Call(device, Request::Test { faces })
}

fn ready(device: DeviceKind, network: Architecture, why: Option<&str>) -> Step {
    Event(EngineEvent::Ready(Ready { device, why: why.map(Into::into), card: Rc::new(card(network)) }))
}

/// The CPU stands in for a WebGPU that was chosen.
fn late() -> Step {
    Event(EngineEvent::Notice("WebGPU takes more than half a second here; the CPU answers meanwhile".into()))
}

fn failed(problem: &Problem) -> Step {
    Event(EngineEvent::Failed(problem.clone()))
}

fn preloaded(network: Architecture, result: Result<(), Problem>) -> Step {
    Event(EngineEvent::Preloaded(network, result))
}

#[test]
fn the_cpu_starts_with_everything_fetched_side_by_side() {
    let mut scene = Scene::new(DeviceChoice::Cpu);
    let first = scene.after(|_| ());
    let assets = [Asset::Detector(Haar), Asset::Network(Small), Asset::Program(Cpu)];
    assert_eq!(first, assets.map(|asset| Fetch(asset, Any)));
    assert_eq!(scene.after(|scene| scene.fetched(Asset::Network(Small), Ok(()))), []);
    assert_eq!(scene.after(|scene| scene.fetched(Asset::Program(Cpu), Ok(()))), [Start(Cpu)]);
    assert_eq!(scene.after(|scene| scene.up(Cpu)), [Call(Cpu, Request::Open { device: Cpu })]);
    assert_eq!(
        scene.after(|scene| scene.done(Cpu)),
        [Call(Cpu, Request::Configure(Asset::Network(Small)))],
        "the detector is not here yet"
    );
    assert_eq!(scene.after(|scene| scene.loaded(Cpu, Small)), []);
    let steps = scene.after(|scene| scene.fetched(Asset::Detector(Haar), Ok(())));
    assert_eq!(steps, [Call(Cpu, Request::Configure(Asset::Detector(Haar)))]);
    assert_eq!(scene.after(|scene| scene.done(Cpu)), [ready(Cpu, Small, None)]);
}

#[test]
fn webgpu_is_fetched_after_the_first_ready_and_takes_over() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    assert_eq!(scene.after(|scene| scene.set_device(DeviceChoice::WebGpu)), [FindAdapter]);
    let steps = scene.after(|scene| scene.found_adapter(Ok(ADAPTER)));
    assert_eq!(steps, [Fetch(Asset::Program(WebGpu), Any)]);
    assert_eq!(scene.after(|scene| scene.fetched(Asset::Program(WebGpu), Ok(()))), [Start(WebGpu)]);
    assert_eq!(scene.after(|scene| scene.up(WebGpu)), [Call(WebGpu, Request::Open { device: WebGpu })]);
    assert_eq!(scene.after(|scene| scene.done(WebGpu)), [Call(WebGpu, Request::Configure(Asset::Detector(Haar)))]);
    assert_eq!(scene.after(|scene| scene.done(WebGpu)), [Call(WebGpu, Request::Configure(Asset::Network(Small)))]);
    assert_eq!(scene.after(|scene| scene.loaded(WebGpu, Small)), [test(Cpu)]);
    assert_eq!(scene.after(|scene| scene.tested(Cpu, tested(0.0, 4.0))), [test(WebGpu)]);
    let steps = scene.after(|scene| scene.tested(WebGpu, tested(1e-4, 9.0)));
    assert!(
        matches!(steps[..], [Event(EngineEvent::Measured(_)), Event(EngineEvent::Ready(Ready { device: WebGpu, .. }))]),
        "chosen, if slower"
    );
}

#[test]
fn webgpu_that_disagrees_or_cannot_start_stays_unused_with_a_word_why() {
    let why = "WebGPU disagrees with the CPU here, by 0.010 in a probability";
    for device in [DeviceChoice::WebGpu, DeviceChoice::Auto] {
        let mut scene = Scene::on_both(device);
        let steps = scene.after(|scene| scene.tested(WebGpu, tested(0.08, 1.0)));
        assert_eq!(steps[1..], [ready(Cpu, Small, Some(why)), End(WebGpu)]);
        let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
        scene.set_device(device);
        scene.fake.take_steps();
        let steps = scene.after(|scene| scene.found_adapter(Err("no adapter")));
        assert_eq!(steps, [ready(Cpu, Small, Some("no adapter"))]);
        assert_eq!(scene.after(|scene| scene.set_device(device)), [ready(Cpu, Small, None), FindAdapter]);
    }

    let mut scene = Scene::on_cpu(DeviceChoice::WebGpu);
    let steps = scene.after(|scene| scene.fetched(Asset::Program(WebGpu), Err(problem())));
    assert_eq!(steps, [ready(Cpu, Small, Some("detail"))]);
    assert_eq!(scene.after(|scene| scene.set_device(DeviceChoice::Cpu)), [ready(Cpu, Small, None)]);
    let steps = scene.after(|scene| scene.set_device(DeviceChoice::WebGpu));
    assert_eq!(steps, [Fetch(Asset::Program(WebGpu), Fresh)], "a person wants it again");
}

#[test]
fn a_network_is_switched_without_a_pause() {
    let mut scene = Scene::on_gpu();
    let steps = scene.after(|scene| scene.set_network(Residual));
    assert_eq!(steps, [Fetch(Asset::Network(Residual), Any)]);
    let steps = scene.after(|scene| scene.fetched(Asset::Network(Residual), Ok(())));
    assert_eq!(steps, [Call(Cpu, Request::Configure(Asset::Network(Residual)))]);
    assert_eq!(scene.after(|scene| scene.offer_frame(1)), [Frame(WebGpu, 1)], "the old network goes on");
    assert_eq!(scene.after(|scene| scene.loaded(Cpu, Residual)), []);
    let steps = scene.after(|scene| scene.answered(WebGpu));
    assert_eq!(steps, [Call(WebGpu, Request::Configure(Asset::Network(Residual)))]);
    let steps = scene.after(|scene| scene.loaded(WebGpu, Residual));
    assert_eq!(steps, [ready(Cpu, Residual, None), test(Cpu)], "until WebGPU is known to agree");
    scene.tested(Cpu, tested(0.0, 4.0));
    let steps = scene.after(|scene| scene.tested(WebGpu, tested(0.0, 2.0)));
    assert_eq!(steps.last(), Some(&ready(WebGpu, Residual, None)));
    let steps = scene.after(|scene| scene.set_network(Small));
    assert_eq!(steps, [Call(Cpu, Request::Configure(Asset::Network(Small)))], "fetched once, kept");
}

#[test]
fn a_switch_that_fails_keeps_the_old_network_and_can_be_tried_again() {
    let problem = problem();
    let cases: [fn(&mut Scene, Problem); 2] = [
        |scene, problem| scene.fetched(Asset::Network(Residual), Err(problem)),
        |scene, problem| {
            scene.fetched(Asset::Network(Residual), Ok(()));
            scene.fake.take_steps();
            scene.refused(Cpu, problem);
        },
    ];
    for fail in cases {
        let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
        scene.set_network(Residual);
        scene.fake.take_steps();
        assert_eq!(scene.after(|scene| fail(scene, problem.clone())), [failed(&problem)]);
        assert_eq!(scene.settings().network, Small);
        assert_eq!(scene.after(|scene| scene.offer_frame(1)), [Frame(Cpu, 1)]);
        scene.answered(Cpu);
        let steps = scene.after(|scene| scene.retry());
        assert_eq!((steps, scene.settings().network), (vec![Fetch(Asset::Network(Residual), Fresh)], Residual));
    }
}

#[test]
fn another_choice_after_a_failure_is_not_undone_by_trying_again() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    scene.set_network(Residual);
    scene.fetched(Asset::Network(Residual), Err(problem()));
    scene.set_network(UNet);
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.retry()), [], "UNet is on its way");
}

#[test]
fn a_network_that_fails_after_it_was_switched_away_is_nobodys_problem() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    scene.set_network(Residual);
    scene.set_network(Small);
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.fetched(Asset::Network(Residual), Err(problem()))), []);
}

#[test]
fn a_start_that_fails_waits_for_a_person() {
    for asset in [Asset::Detector(Haar), Asset::Network(Small), Asset::Program(Cpu)] {
        let (mut scene, problem) = (Scene::new(DeviceChoice::WebGpu), problem());
        scene.fake.take_steps();
        scene.photo("a");
        assert_eq!(scene.after(|scene| scene.fetched(asset, Err(problem.clone()))), [failed(&problem)]);
        assert_eq!(scene.after(|scene| scene.fake.tick()), [], "nothing is hammered");
        assert_eq!(scene.after(|scene| scene.retry()), [Fetch(asset, Fresh)]);
    }
}

#[test]
fn one_photo_or_frame_is_in_flight_and_the_newest_waits() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    assert_eq!(scene.after(|scene| scene.photo("a")), [Photo(Cpu, "a")]);
    assert_eq!(scene.after(|scene| scene.photo("b")), []);
    assert_eq!(scene.after(|scene| (1..9).for_each(|frame| scene.offer_frame(frame))), []);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [Photo(Cpu, "b")]);
    assert_eq!(scene.answers(), [], "superseded");
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [Frame(Cpu, 8)]);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), []);
    assert_eq!(scene.answers(), [Answer::Photo("b"), Answer::Frame(8)]);
}

#[test]
fn a_search_continues_between_closer_looks_until_the_photo_is_done() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    let continued = || Call(Cpu, Request::ContinueSearch);
    scene.photo("a");
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.begun(Cpu)), [continued()]);
    scene.inspect(inspection());
    assert_eq!(
        scene.after(|scene| scene.begun(Cpu)),
        [Call(Cpu, Request::Inspect(inspection()))],
        "a person waits for it"
    );
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [continued()]);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [], "done");
    assert_eq!(
        scene.answers(),
        [Answer::Photo("a"), Answer::SearchContinued, Answer::Inspection, Answer::SearchContinued]
    );
}

#[test]
fn an_archive_is_listed_while_a_photo_is_searched() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    scene.photo("a");
    scene.list_archive("zip");
    scene.fake.take_steps();
    let list = Photo(Cpu, "zip");
    assert_eq!(scene.after(|scene| scene.begun(Cpu)), [list], "the one request with a file beside a photo");
    let told = Event(EngineEvent::Archive(Ok(vec!["a.jpg".into()])));
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [told, Call(Cpu, Request::ContinueSearch)]);
}

#[test]
fn an_archive_that_comes_later_is_the_one_that_is_told_of() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    scene.list_archive("first");
    scene.fake.take_steps();
    scene.list_archive("second");
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [Photo(Cpu, "second")], "nothing is told of the first");
    let told = Event(EngineEvent::Archive(Ok(vec!["a.jpg".into()])));
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [told]);
}

#[test]
fn a_search_ends_when_it_is_stopped_or_another_photo_comes() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    scene.photo("a");
    scene.begun(Cpu);
    scene.fake.take_steps();
    scene.stop_search();
    assert_eq!(scene.after(|scene| scene.begun(Cpu)), [], "stopped while a step was on its way");
    scene.photo("b");
    scene.begun(Cpu);
    scene.fake.take_steps();
    scene.photo("c");
    assert_eq!(scene.after(|scene| scene.begun(Cpu)), [Photo(Cpu, "c")]);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), []);
    assert_eq!(
        scene.answers(),
        ["a", "", "b", "c"].map(|it| if it.is_empty() { Answer::SearchContinued } else { Answer::Photo(it) })
    );
}

fn inspection() -> InspectRequest {
    InspectRequest { face: GreyBytes::default(), kind: InspectKind::Compare }
}

#[test]
fn an_inspection_comes_before_the_next_frame_and_nothing_else_is_in_flight() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    assert_eq!(scene.after(|scene| scene.offer_frame(1)), [Frame(Cpu, 1)]);
    assert_eq!(scene.after(|scene| scene.offer_frame(2)), []);
    assert_eq!(scene.after(|scene| scene.inspect(inspection())), []);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [Call(Cpu, Request::Inspect(inspection()))]);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [Frame(Cpu, 2)]);
}

#[test]
fn other_networks_are_fetched_and_preloaded_while_a_person_compares() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    let steps = scene.after(|scene| scene.set_comparing(true));
    assert_eq!(steps, [Ferrum, Residual, UNet].map(|network| Fetch(Asset::Network(network), Any)));
    let steps = scene.after(|scene| scene.fetched(Asset::Network(UNet), Ok(())));
    assert_eq!(steps, [Call(Cpu, Request::Preload { network: UNet })]);
    assert_eq!(scene.after(|scene| scene.offer_frame(1)), [], "one request at a time");
    let steps = scene.after(|scene| scene.done(Cpu));
    assert_eq!(steps, [preloaded(UNet, Ok(())), Frame(Cpu, 1)]);
    scene.answered(Cpu);
    scene.set_comparing(false);
    let steps = scene.after(|scene| scene.fetched(Asset::Network(Residual), Ok(())));
    assert_eq!(steps, [], "closed meanwhile");
    let steps = scene.after(|scene| scene.set_comparing(true));
    assert_eq!(steps, [Call(Cpu, Request::Preload { network: Residual })], "what has come is kept");
}

#[test]
fn a_switch_that_fails_while_a_person_compares_is_told_in_both_places() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    scene.set_comparing(true);
    scene.set_network(UNet);
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.fetched(Asset::Network(UNet), Err(problem())));
    assert_eq!(steps, [preloaded(UNet, Err(problem())), failed(&problem())]);
    assert_eq!(scene.settings().network, Small);
    let steps = scene.after(|scene| scene.set_comparing(true));
    assert_eq!(steps, [Fetch(Asset::Network(UNet), Fresh)], "a person tries again");
}

#[test]
fn a_network_that_cannot_be_preloaded_is_told_and_tried_again_when_comparing_begins_anew() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    scene.set_comparing(true);
    scene.fake.take_steps();
    let not_preloaded = |network| preloaded(network, Err(problem()));
    let steps = scene.after(|scene| scene.fetched(Asset::Network(Residual), Err(problem())));
    assert_eq!(steps, [not_preloaded(Residual)]);
    scene.fetched(Asset::Network(UNet), Ok(()));
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.refused(Cpu, problem())), [not_preloaded(UNet)]);
    assert_eq!(scene.after(|scene| scene.offer_frame(1)), [Frame(Cpu, 1)], "what is in use goes on");
    scene.set_comparing(false);
    let steps = scene.after(|scene| scene.set_comparing(true));
    assert_eq!(steps, [Residual, UNet].map(|network| Fetch(Asset::Network(network), Fresh)));
}

#[test]
fn dropping_the_last_engine_ends_the_workers() {
    let Scene { fake, engine, .. } = Scene::on_gpu();
    fake.take_steps();
    let other = engine.clone();
    drop(engine);
    assert_eq!(fake.take_steps(), []);
    drop(other);
    assert_eq!(fake.take_steps(), [End(Cpu), End(WebGpu)]);
}
