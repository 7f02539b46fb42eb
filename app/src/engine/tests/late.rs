//! Nobody waits for WebGPU: while it starts, is given something or is late, the CPU answers.

use super::*;

/// BlazeFace's second net.
const FULL_RANGE: Step = Fetch(Asset::FullRange, Any);

#[test]
fn the_cpu_answers_at_every_step_until_webgpu_is_ready() {
    let mut scene = Scene::on_cpu(DeviceChoice::WebGpu);
    let steps: [fn(&mut Scene); 6] = [
        |scene| scene.fetched(Asset::Program(WebGpu), Ok(())),
        |scene| scene.up(WebGpu),
        |scene| scene.done(WebGpu),
        |scene| scene.done(WebGpu),
        |scene| scene.loaded(WebGpu, Small),
        |scene| scene.tested(Cpu, tested(0.0, 4.0)),
    ];
    for (n, step) in steps.into_iter().enumerate() {
        let is_cpu_tested = n == 5;
        step(&mut scene);
        if n == 4 {
            continue; // the CPU is timed now, which takes it a third of a second
        }
        let (photo, frame) = (["a", "b", "c", "d", "e", "f"][n], n as u32);
        scene.fake.take_steps();
        scene.photo(photo);
        if is_cpu_tested {
            assert_eq!(scene.fake.take_steps(), [], "WebGPU is timed");
            scene.fake.lapse();
        }
        assert_eq!(scene.fake.take_steps(), [Photo(Cpu, photo)], "step {n}");
        scene.answered(Cpu);
        assert_eq!(scene.after(|scene| scene.offer_frame(frame)), [Frame(Cpu, frame)], "step {n}");
        scene.answered(Cpu);
        assert_eq!(scene.answers(), [Answer::Photo(photo), Answer::Frame(frame)]);
    }
    let steps = scene.after(|scene| scene.tested(WebGpu, tested(0.0, 900.0)));
    assert_eq!(steps.last(), Some(&ready(WebGpu, Small, None)), "as chosen, however slow");
}

#[test]
fn a_late_photo_is_read_by_the_cpu_and_then_shown_as_webgpu_reads_it() {
    let mut scene = Scene::on_gpu();
    assert_eq!(scene.after(|scene| scene.photo("a")), [Photo(WebGpu, "a")]);
    assert_eq!(scene.after(|scene| scene.fake.lapse()), [late(), Photo(Cpu, "a")]);
    scene.answered(Cpu);
    assert_eq!(scene.answers(), [Answer::Photo("a")]);
    scene.answered(WebGpu);
    assert_eq!(scene.answers(), [Answer::Photo("a")]);

    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.photo("b")), [Photo(WebGpu, "b")]);
    assert_eq!(scene.after(|scene| scene.fake.lapse()), [Photo(Cpu, "b")], "told once");
    scene.answered(WebGpu);
    scene.answered(Cpu);
    assert_eq!(scene.answers(), [Answer::Photo("b")], "what the CPU says comes too late");
}

#[test]
fn a_newer_photo_takes_the_place_of_a_late_one_on_both_devices() {
    let mut scene = Scene::on_gpu();
    scene.photo("a");
    scene.fake.lapse();
    assert_eq!(scene.fake.take_steps().last(), Some(&Photo(Cpu, "a")));
    assert_eq!(scene.after(|scene| scene.photo("b")), []);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [Photo(Cpu, "b")]);
    scene.answered(WebGpu);
    assert_eq!(scene.answers(), [], "both are of the photo before");
    scene.answered(Cpu);
    assert_eq!(scene.answers(), [Answer::Photo("b")]);
}

#[test]
fn frames_go_on_while_webgpu_is_late_and_none_goes_back_in_time() {
    let mut scene = Scene::on_gpu();
    assert_eq!(scene.after(|scene| scene.offer_frame(1)), [Frame(WebGpu, 1)]);
    assert_eq!(scene.after(|scene| scene.offer_frame(2)), [], "one in flight");
    assert_eq!(scene.after(|scene| scene.fake.lapse()), [late(), Frame(Cpu, 2)]);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), []);
    assert_eq!(scene.after(|scene| scene.offer_frame(3)), [Frame(Cpu, 3)]);
    assert_eq!(scene.after(|scene| scene.answered(WebGpu)), [], "the CPU has one");
    scene.answered(Cpu);
    assert_eq!(scene.answers(), [Answer::Frame(2), Answer::Frame(3)], "the first one came too late");
    assert_eq!(scene.after(|scene| scene.offer_frame(4)), [Frame(WebGpu, 4)], "it is free again");
}

#[test]
fn webgpu_that_is_lost_while_it_is_late_leaves_nothing_to_be_read_again() {
    let mut scene = Scene::on_gpu();
    scene.photo("a");
    scene.fake.lapse();
    scene.answered(Cpu);
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.died(WebGpu, "device lost"));
    assert_eq!(steps.last(), Some(&ready(Cpu, Small, Some("WebGPU stopped (device lost)"))));
    assert_eq!(scene.answers(), [Answer::Photo("a")], "once");
}

#[test]
fn a_cpu_that_dies_standing_in_has_its_photo_read_again() {
    let mut scene = Scene::on_gpu();
    scene.photo("a");
    scene.fake.lapse();
    scene.fake.take_steps();
    scene.died(Cpu, "panic");
    scene.open(Cpu);
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.loaded(Cpu, Small)), [Photo(Cpu, "a")], "WebGPU is late still");
}

#[test]
fn the_cpu_reads_by_a_new_network_while_webgpu_compiles_it() {
    let mut scene = Scene::on_gpu();
    scene.set_network(Residual);
    scene.fetched(Asset::Network(Residual), Ok(()));
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.loaded(Cpu, Residual));
    assert_eq!(steps, [Call(WebGpu, Request::Configure(Asset::Network(Residual)))]);
    assert_eq!(scene.after(|scene| scene.offer_frame(1)), [Frame(Cpu, 1)]);
    assert_eq!(scene.after(|scene| scene.photo("a")), []);
    assert_eq!(scene.after(|scene| scene.answered(Cpu)), [Photo(Cpu, "a")]);
}

#[test]
fn a_photo_does_not_wait_until_webgpu_has_the_net_for_far_faces() {
    let settings = EngineSettings { network: Small, device: DeviceChoice::WebGpu, detector: BlazeFace };
    let mut scene = Scene::with(settings, Benchmarks::default());
    for asset in [Asset::Program(Cpu), Asset::Detector(BlazeFace), Asset::Network(Small)] {
        scene.fetched(asset, Ok(()));
    }
    scene.open(Cpu);
    scene.loaded(Cpu, Small);
    scene.found_adapter(Ok(ADAPTER));
    scene.fetched(Asset::Program(WebGpu), Ok(()));
    scene.open(WebGpu);
    scene.loaded(WebGpu, Small);
    scene.tested(Cpu, tested(0.0, 4.0));
    scene.tested(WebGpu, tested(0.0, 2.0));
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.photo("a")), [FULL_RANGE]);
    let mut steps = scene.after(|scene| scene.fetched(Asset::FullRange, Ok(())));
    let configure = |device| Call(device, Request::Configure(Asset::FullRange));
    assert!(steps.contains(&configure(Cpu)) && steps.contains(&configure(WebGpu)), "{steps:?}");
    steps = scene.after(|scene| scene.done(Cpu));
    assert_eq!(steps, [Photo(Cpu, "a")], "WebGPU compiles");
}

#[test]
fn a_choice_counts_the_whole_way_from_a_frame_to_a_label() {
    let mut scene = Scene::on_cpu(DeviceChoice::Auto);
    scene.fetched(Asset::Program(WebGpu), Ok(()));
    scene.open(WebGpu);
    scene.loaded(WebGpu, Small);
    scene.tested(Cpu, Tested { search_ms: 9.0, ..tested(0.0, 2.0) });
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.tested(WebGpu, Tested { search_ms: 3.0, ..tested(0.0, 4.0) }));
    let why = "CPU: 11.0 ms from frame to label, WebGPU: 7.0 ms";
    assert_eq!(steps.last(), Some(&ready(WebGpu, Small, Some(why))));
}
