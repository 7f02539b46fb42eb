//! Stored cases on both devices.

use model_core::{CaseFace, NetworkReference, ReferenceCases};

use super::*;
use crate::engine::{DeviceReport, SelfTestReport};

/// Stored answers of `Small` to two faces.
fn cases() -> Rc<ReferenceCases> {
    let network =
        NetworkReference { network: Small, sha256: card(Small).sha256, predictions: vec![prediction(0.0); 2] };
    let face = |level| CaseFace { source: "a".into(), levels: vec![level; 9] };
    Rc::new(ReferenceCases { format: ReferenceCases::FORMAT, faces: vec![face(1), face(2)], networks: vec![network] })
}

/// The cases are to be read on `device`.
fn read_cases(device: DeviceKind) -> Step {
    let faces = [1, 2].map(|level| GreyBytes([level; 9].into())).into();
    Call(device, Request::Test { faces })
}

/// The answers of a device to the two faces.
fn answers(logit: f32, ms_per_face: f64) -> Tested {
    Tested {
        predictions: vec![prediction(0.0), prediction(logit)],
        ms_per_face,
        submit_ms: ms_per_face,
        search_ms: 0.0,
    }
}

fn report(step: &Step) -> (DeviceReport, Result<DeviceReport, String>) {
    let Event(EngineEvent::SelfTested(Ok(SelfTestReport { network: Small, n_faces: 2, cpu, gpu }))) = step else {
        panic!("expected a report, got {step:?}")
    };
    (*cpu, gpu.clone())
}

#[test]
fn cases_are_run_on_every_device_one_after_the_other() {
    let mut scene = Scene::on_gpu();
    scene.offer_frame(1);
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.self_test(cases())), [], "one thing at a time");
    assert_eq!(scene.after(|scene| scene.answered(WebGpu)), [read_cases(Cpu)]);
    assert_eq!(scene.after(|scene| scene.offer_frame(2)), []);
    assert_eq!(scene.after(|scene| scene.tested(Cpu, answers(0.0, 4.0))), [read_cases(WebGpu)]);
    let steps = scene.after(|scene| scene.tested(WebGpu, answers(1e-4, 3.0)));
    let [Event(EngineEvent::Measured(_)), tested_now, Frame(WebGpu, 2)] = &steps[..] else { panic!("{steps:?}") };
    let (cpu, gpu) = report(tested_now);
    let gpu = gpu.expect("it was run");
    assert!(cpu.agrees() && gpu.agrees() && gpu.difference > 0.0);
    assert!((cpu.ms_per_face - 4.0).abs() < 1e-9 && (gpu.ms_per_face - 3.0).abs() < 1e-9);
}

#[test]
fn a_webgpu_that_gives_other_answers_is_given_up_with_a_word() {
    let mut scene = Scene::on_gpu();
    scene.self_test(cases());
    scene.tested(Cpu, answers(0.0, 4.0));
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.tested(WebGpu, answers(0.08, 3.0)));
    let [Event(EngineEvent::Measured(_)), Event(EngineEvent::Notice(notice)), tested_now, now, End(WebGpu)] =
        &steps[..]
    else {
        panic!("{steps:?}")
    };
    assert!(notice.contains("WebGPU gives other answers") && notice.contains("0.010"), "{notice}");
    assert!(report(tested_now).1.is_ok_and(|gpu| !gpu.agrees()));
    let why = "WebGPU disagrees with the CPU here, by 0.010 in a probability";
    assert_eq!(*now, ready(Cpu, Small, Some(why)));
}

#[test]
fn a_cpu_that_gives_other_answers_is_told() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    assert_eq!(scene.after(|scene| scene.self_test(cases())), [read_cases(Cpu)]);
    let steps = scene.after(|scene| scene.tested(Cpu, answers(0.08, 4.0)));
    let [Event(EngineEvent::Notice(notice)), tested_now] = &steps[..] else { panic!("{steps:?}") };
    assert!(notice.contains("CPU gives other answers") && notice.contains("do not rely"), "{notice}");
    let (cpu, gpu) = report(tested_now);
    assert!(!cpu.agrees() && gpu.unwrap_err().contains("the CPU was chosen"));
}

#[test]
fn a_slower_webgpu_is_started_again_for_the_self_test_and_ended_after_it() {
    let mut scene = Scene::on_both(DeviceChoice::Auto);
    scene.tested(WebGpu, tested(0.0, 9.0));
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.self_test(cases())), [Start(WebGpu)]);
    scene.open(WebGpu);
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.loaded(WebGpu, Small)), [read_cases(Cpu)]);
    assert_eq!(scene.after(|scene| scene.tested(Cpu, answers(0.0, 4.0))), [read_cases(WebGpu)]);
    let steps = scene.after(|scene| scene.tested(WebGpu, answers(0.0, 8.0)));
    let [Event(EngineEvent::Measured(_)), tested_now, now, End(WebGpu)] = &steps[..] else { panic!("{steps:?}") };
    assert!(report(tested_now).1.is_ok_and(DeviceReport::agrees));
    assert_eq!(*now, ready(Cpu, Small, Some("CPU: 4.0 ms from frame to label, WebGPU: 8.0 ms")), "as measured now");
}

#[test]
fn a_self_test_without_webgpu_or_without_answers_says_so() {
    let mut scene = Scene::on_cpu(DeviceChoice::Auto);
    scene.self_test(cases());
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.fetched(Asset::Program(WebGpu), Err(problem())));
    assert_eq!(steps, [ready(Cpu, Small, Some("detail")), read_cases(Cpu)]);
    let steps = scene.after(|scene| scene.tested(Cpu, answers(0.0, 4.0)));
    assert_eq!(report(&steps[0]).1, Err("detail".into()));

    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    let other = ReferenceCases { networks: vec![], ..(*cases()).clone() };
    let steps = scene.after(|scene| scene.self_test(Rc::new(other)));
    let [Event(EngineEvent::SelfTested(Err(problem)))] = &steps[..] else { panic!("{steps:?}") };
    assert!(problem.title.contains("another version of this network"), "{problem:?}");
}

#[test]
fn a_self_test_begins_anew_with_another_network_and_ends_with_what_it_needs() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    scene.self_test(cases());
    scene.set_network(Residual);
    scene.tested(Cpu, answers(0.0, 4.0));
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.set_network(Small));
    assert_eq!(steps, [read_cases(Cpu)], "what came was of the network before");
    scene.died(Cpu, "panic");
    scene.died(Cpu, "panic");
    let steps = scene.after(|scene| scene.died(Cpu, "panic"));
    assert!(steps.iter().any(|step| matches!(step, Event(EngineEvent::SelfTested(Err(_))))), "{steps:?}");
}
