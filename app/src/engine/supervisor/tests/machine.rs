//! Which device is chosen by what was measured, now or on an earlier visit.

use super::*;
use crate::engine::paces::Benchmark;

/// What is kept of a network that was measured on `MACHINE`.
fn paces(architecture: Architecture, cpu_ms: f64, gpu_ms: f64, difference: f32) -> Benchmarks {
    let mut paces = Benchmarks::default();
    let sha256 = card(architecture).sha256;
    paces.record(MACHINE, Benchmark { network: architecture, sha256, cpu_ms, gpu_ms, difference });
    paces
}

#[test]
fn the_faster_device_is_taken_and_remembered_unless_a_person_chose_one() {
    let cases = [
        (2.0, ready(WebGpu, Small, Some("CPU: 4.0 ms a face, WebGPU: 2.0 ms"))),
        (9.8, ready(Cpu, Small, Some("CPU: 4.0 ms a face, WebGPU: 9.8 ms"))),
    ];
    for (gpu_ms, expected) in cases {
        let mut boss = on_both(DeviceChoice::Auto);
        let effects = after(&mut boss, |boss| boss.tested(WebGpu, tested(0.0, gpu_ms)));
        let stop = (gpu_ms > 4.0).then_some(Stop(WebGpu));
        let remember = Remember(paces(Small, 4.0, gpu_ms, 0.0));
        assert_eq!(effects, [remember].into_iter().chain(stop).chain([expected]).collect::<Effects>());
    }
}

#[test]
fn on_the_next_visit_webgpu_is_started_only_if_it_was_the_faster_one_with_the_same_weights() {
    let slower = "CPU: 4.0 ms a face, WebGPU: 9.8 ms";
    let disagrees = "WebGPU disagrees with the CPU here, by 0.100 in a probability";
    let fetch = || vec![Fetch(Asset::Program(WebGpu), Any)];
    let mut other_weights = card(Small);
    other_weights.sha256.push('0');
    let cases = [
        (DeviceChoice::Auto, paces(Small, 4.0, 9.8, 0.0), MACHINE, vec![ready(Cpu, Small, Some(slower))]),
        (DeviceChoice::Auto, paces(Small, 4.0, 1.0, 0.1), MACHINE, vec![ready(Cpu, Small, Some(disagrees))]),
        (DeviceChoice::Auto, paces(Small, 4.0, 2.0, 0.0), MACHINE, fetch()),
        (DeviceChoice::Auto, paces(Small, 4.0, 9.8, 0.0), "another adapter", fetch()),
        (DeviceChoice::Auto, paces(Residual, 4.0, 9.8, 0.0), MACHINE, fetch()),
        (DeviceChoice::WebGpu, paces(Small, 4.0, 9.8, 0.0), MACHINE, fetch()),
    ];
    for (device, paces, machine, expected) in cases {
        let mut boss = Boss::new(EngineSettings { network: Small, device, detector: Haar }, paces.clone());
        for part in [Asset::Program(Cpu), Asset::Detector(Haar), Asset::Network(Small)] {
            boss.fetched(part, Ok(()));
        }
        open(&mut boss, Cpu);
        boss.take_effects();
        let effects = after(&mut boss, |boss| boss.loaded(Cpu, card(Small)));
        assert_eq!(effects, [FindAdapter, ready(Cpu, Small, None)]);
        let effects = after(&mut boss, |boss| boss.found_adapter(Ok(machine.into())));
        assert_eq!(effects, expected, "{device:?} {paces:?}");
    }
}

#[test]
fn devices_are_timed_while_nothing_else_is_asked() {
    let mut boss = on_cpu(DeviceChoice::Auto);
    boss.offer_frame(1);
    boss.fetched(Asset::Program(WebGpu), Ok(()));
    open(&mut boss, WebGpu);
    boss.take_effects();
    assert_eq!(after(&mut boss, |boss| boss.loaded(WebGpu, card(Small))), [], "the CPU has a frame");
    assert_eq!(after(&mut boss, |boss| boss.offer_frame(2)), []);
    assert_eq!(after(&mut boss, |boss| boss.answered(Cpu)), [test(Cpu)], "before the next frame");
    assert_eq!(after(&mut boss, |boss| boss.tested(Cpu, tested(0.0, 4.0))), [test(WebGpu)]);
    let effects = after(&mut boss, |boss| boss.tested(WebGpu, tested(0.0, 2.0)));
    assert_eq!(effects.last(), Some(&ask(WebGpu, Ask::Frame(2))));
}

#[test]
fn each_network_runs_where_it_is_faster() {
    let mut boss = on_both(DeviceChoice::Auto);
    boss.tested(WebGpu, tested(0.0, 9.0));
    boss.set_network(Residual);
    boss.fetched(Asset::Network(Residual), Ok(()));
    boss.take_effects();
    let effects = after(&mut boss, |boss| boss.loaded(Cpu, card(Residual)));
    assert_eq!(effects, [Launch(WebGpu), ready(Cpu, Residual, None)], "not measured yet");
    open(&mut boss, WebGpu);
    boss.loaded(WebGpu, card(Residual));
    boss.tested(Cpu, tested(0.0, 20.0));
    boss.take_effects();
    let effects = after(&mut boss, |boss| boss.tested(WebGpu, tested(0.0, 10.0)));
    let why = "CPU: 20.0 ms a face, WebGPU: 10.0 ms";
    assert_eq!(effects.last(), Some(&ready(WebGpu, Residual, Some(why))));
    boss.set_network(Small);
    boss.take_effects();
    let effects = after(&mut boss, |boss| boss.loaded(Cpu, card(Small)));
    assert_eq!(effects, [Stop(WebGpu), ready(Cpu, Small, Some("CPU: 4.0 ms a face, WebGPU: 9.0 ms"))]);
}
