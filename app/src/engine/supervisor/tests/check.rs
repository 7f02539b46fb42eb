//! Stored cases on both devices.

use model_core::{CaseFace, Cases, NetworkCases};

use super::*;
use crate::engine::{Checked, Outcome};

/// Stored answers of `Small` to two faces.
fn cases() -> Rc<Cases> {
    let network = NetworkCases { network: Small, sha256: card(Small).sha256, readings: vec![reading(0.0); 2] };
    let face = |level| CaseFace { source: "a".into(), levels: vec![level; 9] };
    Rc::new(Cases { format: Cases::FORMAT, faces: vec![face(1), face(2)], networks: vec![network] })
}

fn ask_cases(device: DeviceKind) -> Effect<&'static str, u32> {
    let faces: Rc<[GreyBytes]> = [1, 2].map(|level| GreyBytes([level; 9].into())).into();
    ask(device, Ask::Test(faces))
}

/// How a device answers the two faces.
fn answers(logit: f32, ms_per_face: f64) -> Tested {
    Tested { readings: vec![reading(0.0), reading(logit)], ms_per_face }
}

fn outcome(checked: &Effect<&'static str, u32>) -> (Outcome, Result<Outcome, String>) {
    let Say(Word::Checked(Ok(Checked { network: Small, n_faces: 2, cpu, gpu }))) = checked else {
        panic!("expected an outcome, got {checked:?}")
    };
    (*cpu, gpu.clone())
}

#[test]
fn cases_are_run_on_every_device_one_after_the_other() {
    let mut boss = on_gpu();
    boss.offer_frame(1);
    boss.take_effects();
    assert_eq!(after(&mut boss, |boss| boss.check(cases())), [], "one thing at a time");
    assert_eq!(after(&mut boss, |boss| boss.answered(WebGpu)), [ask_cases(Cpu)]);
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(2)), []);
    assert_eq!(after(&mut boss, |boss| boss.tested(Cpu, answers(0.0, 4.0))), [ask_cases(WebGpu)]);
    let effects = after(&mut boss, |boss| boss.tested(WebGpu, answers(1e-4, 3.0)));
    let [Remember(_), checked, Effect::Ask(WebGpu, Ask::Frame(2))] = &effects[..] else { panic!("{effects:?}") };
    let (cpu, gpu) = outcome(checked);
    let gpu = gpu.expect("it was run");
    assert!(cpu.agrees() && gpu.agrees() && gpu.difference > 0.0);
    assert!((cpu.ms_per_face - 4.0).abs() < 1e-9 && (gpu.ms_per_face - 3.0).abs() < 1e-9);
}

#[test]
fn a_webgpu_that_gives_other_answers_is_given_up_with_a_word() {
    let mut boss = on_gpu();
    boss.check(cases());
    boss.tested(Cpu, answers(0.0, 4.0));
    boss.take_effects();
    let effects = after(&mut boss, |boss| boss.tested(WebGpu, answers(0.08, 3.0)));
    let [Remember(_), Say(Word::Notice(notice)), checked, Stop(WebGpu), now] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert!(notice.contains("WebGPU gives other answers") && notice.contains("0.010"), "{notice}");
    assert!(outcome(checked).1.is_ok_and(|gpu| !gpu.agrees()));
    let why = "WebGPU disagrees with the CPU here, by 0.010 in a probability";
    assert_eq!(*now, ready(Cpu, Small, Some(why)));
}

#[test]
fn a_cpu_that_gives_other_answers_is_told() {
    let mut boss = on_cpu(DeviceChoice::Cpu);
    assert_eq!(after(&mut boss, |boss| boss.check(cases())), [ask_cases(Cpu)]);
    let effects = after(&mut boss, |boss| boss.tested(Cpu, answers(0.08, 4.0)));
    let [Say(Word::Notice(notice)), checked] = &effects[..] else { panic!("{effects:?}") };
    assert!(notice.contains("CPU gives other answers") && notice.contains("do not rely"), "{notice}");
    let (cpu, gpu) = outcome(checked);
    assert!(!cpu.agrees() && gpu.unwrap_err().contains("the CPU was chosen"));
}

#[test]
fn a_slower_webgpu_is_started_again_for_the_check_and_ended_after_it() {
    let mut boss = on_both(DeviceChoice::Auto);
    boss.tested(WebGpu, tested(0.0, 9.0));
    boss.take_effects();
    assert_eq!(after(&mut boss, |boss| boss.check(cases())), [Launch(WebGpu)]);
    open(&mut boss, WebGpu);
    boss.take_effects();
    assert_eq!(after(&mut boss, |boss| boss.loaded(WebGpu, card(Small))), [ask_cases(Cpu)]);
    assert_eq!(after(&mut boss, |boss| boss.tested(Cpu, answers(0.0, 4.0))), [ask_cases(WebGpu)]);
    let effects = after(&mut boss, |boss| boss.tested(WebGpu, answers(0.0, 8.0)));
    let [Remember(_), checked, Stop(WebGpu), now] = &effects[..] else { panic!("{effects:?}") };
    assert!(outcome(checked).1.is_ok_and(Outcome::agrees));
    assert_eq!(*now, ready(Cpu, Small, Some("CPU: 4.0 ms a face, WebGPU: 8.0 ms")), "as measured now");
}

#[test]
fn a_check_without_webgpu_or_without_answers_says_so() {
    let mut boss = on_cpu(DeviceChoice::Auto);
    boss.check(cases());
    boss.take_effects();
    let effects = after(&mut boss, |boss| boss.fetched(Asset::Program(WebGpu), Err(missing())));
    assert_eq!(effects, [ask_cases(Cpu), ready(Cpu, Small, Some("detail"))]);
    let effects = after(&mut boss, |boss| boss.tested(Cpu, answers(0.0, 4.0)));
    assert_eq!(outcome(&effects[0]).1, Err("detail".into()));

    let mut boss = on_cpu(DeviceChoice::Cpu);
    let other = Cases { networks: vec![], ..(*cases()).clone() };
    let effects = after(&mut boss, |boss| boss.check(Rc::new(other)));
    let [Say(Word::Checked(Err(problem)))] = &effects[..] else { panic!("{effects:?}") };
    assert!(problem.title.contains("another version of this network"), "{problem:?}");
}

#[test]
fn a_check_begins_anew_with_another_network_and_ends_with_what_it_needs() {
    let mut boss = on_cpu(DeviceChoice::Cpu);
    boss.check(cases());
    boss.set_network(Residual);
    boss.tested(Cpu, answers(0.0, 4.0));
    boss.take_effects();
    let effects = after(&mut boss, |boss| boss.set_network(Small));
    assert_eq!(effects, [ask_cases(Cpu)], "what came was of the network before");
    boss.died(Cpu, "panic");
    boss.died(Cpu, "panic");
    let effects = after(&mut boss, |boss| boss.died(Cpu, "panic"));
    assert!(effects.iter().any(|effect| matches!(effect, Say(Word::Checked(Err(_))))), "{effects:?}");
}
