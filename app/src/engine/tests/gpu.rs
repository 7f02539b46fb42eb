//! The choice of the device by measurements, of now or of an earlier visit.

use super::*;
use crate::engine::benchmark::Benchmark;

/// The measurement of a network on `ADAPTER`.
fn benchmarks(architecture: Architecture, cpu_ms: f64, gpu_ms: f64, difference: f32) -> Benchmarks {
    let mut benchmarks = Benchmarks::default();
    let sha256 = card(architecture).sha256;
    benchmarks.record(ADAPTER, Benchmark { network: architecture, sha256, cpu_ms, gpu_ms, difference });
    benchmarks
}

#[test]
fn the_faster_device_is_taken_and_remembered_unless_a_person_chose_one() {
    let cases = [
        (2.0, ready(WebGpu, Small, Some("CPU: 4.0 ms from frame to label, WebGPU: 2.0 ms"))),
        (9.8, ready(Cpu, Small, Some("CPU: 4.0 ms from frame to label, WebGPU: 9.8 ms"))),
    ];
    for (gpu_ms, expected) in cases {
        let mut scene = Scene::on_both(DeviceChoice::Auto);
        let steps = scene.after(|scene| scene.tested(WebGpu, tested(0.0, gpu_ms)));
        let stop = (gpu_ms > 4.0).then_some(End(WebGpu));
        let measured = Event(EngineEvent::Measured(benchmarks(Small, 4.0, gpu_ms, 0.0)));
        assert_eq!(steps, [measured, expected].into_iter().chain(stop).collect::<Vec<_>>());
    }
}

#[test]
fn on_the_next_visit_webgpu_is_started_only_if_it_was_the_faster_one_with_the_same_weights() {
    let slower = "CPU: 4.0 ms from frame to label, WebGPU: 9.8 ms";
    let disagrees = "WebGPU disagrees with the CPU here, by 0.100 in a probability";
    let mut of_other_weights = Benchmarks::default();
    let sha256 = format!("{}0", card(Small).sha256);
    of_other_weights.record(ADAPTER, Benchmark { network: Small, sha256, cpu_ms: 4.0, gpu_ms: 9.8, difference: 0.0 });
    let fetch = || vec![Fetch(Asset::Program(WebGpu), Any)];
    let cases = [
        (DeviceChoice::Auto, benchmarks(Small, 4.0, 9.8, 0.0), ADAPTER, vec![ready(Cpu, Small, Some(slower))]),
        (DeviceChoice::Auto, benchmarks(Small, 4.0, 1.0, 0.1), ADAPTER, vec![ready(Cpu, Small, Some(disagrees))]),
        (DeviceChoice::Auto, benchmarks(Small, 4.0, 2.0, 0.0), ADAPTER, fetch()),
        (DeviceChoice::Auto, benchmarks(Small, 4.0, 9.8, 0.0), "another adapter", fetch()),
        (DeviceChoice::Auto, benchmarks(Residual, 4.0, 9.8, 0.0), ADAPTER, fetch()),
        (DeviceChoice::WebGpu, benchmarks(Small, 4.0, 9.8, 0.0), ADAPTER, fetch()),
        (DeviceChoice::Auto, of_other_weights, ADAPTER, fetch()),
    ];
    for (device, benchmarks, adapter, expected) in cases {
        let mut scene = Scene::with(EngineSettings { network: Small, device, detector: Haar }, benchmarks.clone());
        for asset in [Asset::Program(Cpu), Asset::Detector(Haar), Asset::Network(Small)] {
            scene.fetched(asset, Ok(()));
        }
        scene.open(Cpu);
        scene.fake.take_steps();
        let steps = scene.after(|scene| scene.loaded(Cpu, Small));
        assert_eq!(steps, [ready(Cpu, Small, None), FindAdapter]);
        let steps = scene.after(|scene| scene.found_adapter(Ok(adapter)));
        assert_eq!(steps, expected, "{device:?} {benchmarks:?}");
    }
}

#[test]
fn devices_are_timed_while_nothing_else_is_asked() {
    let mut scene = Scene::on_cpu(DeviceChoice::Auto);
    scene.offer_frame(1);
    scene.fetched(Asset::Program(WebGpu), Ok(()));
    scene.open(WebGpu);
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.loaded(WebGpu, Small)), [], "the CPU has a frame");
    assert_eq!(scene.after(|scene| scene.offer_frame(2)), []);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [test(Cpu)], "before the next frame");
    assert_eq!(scene.after(|scene| scene.tested(Cpu, tested(0.0, 4.0))), [test(WebGpu)]);
    let steps = scene.after(|scene| scene.tested(WebGpu, tested(0.0, 2.0)));
    assert_eq!(steps.last(), Some(&Frame(WebGpu, 2)));
}

#[test]
fn each_network_runs_where_it_is_faster() {
    let mut scene = Scene::on_both(DeviceChoice::Auto);
    scene.tested(WebGpu, tested(0.0, 9.0));
    scene.set_network(Residual);
    scene.fetched(Asset::Network(Residual), Ok(()));
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.loaded(Cpu, Residual));
    assert_eq!(steps, [ready(Cpu, Residual, None), Start(WebGpu)], "not measured yet");
    scene.open(WebGpu);
    scene.loaded(WebGpu, Residual);
    scene.tested(Cpu, tested(0.0, 20.0));
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.tested(WebGpu, tested(0.0, 10.0)));
    let why = "CPU: 20.0 ms from frame to label, WebGPU: 10.0 ms";
    assert_eq!(steps.last(), Some(&ready(WebGpu, Residual, Some(why))));
    scene.set_network(Small);
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.loaded(Cpu, Small));
    assert_eq!(steps, [End(WebGpu), ready(Cpu, Small, Some("CPU: 4.0 ms from frame to label, WebGPU: 9.0 ms"))]);
}
