//! Workers that die, fall silent or answer something else, and what is done without them.

use super::*;

#[test]
fn a_photo_whose_worker_dies_between_two_steps_begins_anew() {
    let mut scene = Scene::on_gpu();
    scene.photo("a");
    scene.begun(WebGpu);
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.died(WebGpu, "device lost"));
    assert_eq!(steps.last(), Some(&Photo(Cpu, "a")));
}

#[test]
fn a_lost_gpu_leaves_its_photo_to_the_cpu() {
    let mut scene = Scene::on_gpu();
    scene.photo("a");
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.died(WebGpu, "device lost"));
    let notice = Event(EngineEvent::Notice("WebGPU stopped (device lost); reading goes on on the CPU".into()));
    let ready = ready(Cpu, Small, Some("WebGPU stopped (device lost)"));
    assert_eq!(steps, [End(WebGpu), notice, ready, Photo(Cpu, "a")]);
}

#[test]
fn webgpu_is_given_up_for_the_cpu_only_after_its_answer() {
    let mut scene = Scene::on_gpu();
    scene.offer_frame(1);
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.set_device(DeviceChoice::Cpu)), [ready(Cpu, Small, None)]);
    assert_eq!(scene.after(|scene| scene.offer_frame(2)), [], "one in flight, whoever has it");
    let steps = scene.after(|scene| scene.answered(WebGpu));
    assert_eq!(steps, [End(WebGpu), Frame(Cpu, 2)]);
}

#[test]
fn a_dead_cpu_worker_is_started_again_until_it_dies_too_often() {
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    let revive = |scene: &mut Scene| {
        scene.after(|scene| {
            scene.open(Cpu);
            scene.loaded(Cpu, Small);
        })
    };
    let stopped = || Event(EngineEvent::Stopped);
    let again = || Event(EngineEvent::Notice("The worker stopped (panic) and is started again".into()));
    scene.photo("a");
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.died(Cpu, "panic")), [End(Cpu), again(), stopped(), Start(Cpu)]);
    assert_eq!(revive(&mut scene).last(), Some(&Photo(Cpu, "a")), "redone");
    let given_up =
        Problem::new("The photo could not be analysed", "panic", "Try a smaller picture, or another network");
    let steps = scene.after(|scene| scene.died(Cpu, "panic"));
    assert_eq!(steps, [End(Cpu), again(), Event(EngineEvent::Photo(Err(given_up))), stopped(), Start(Cpu)]);
    assert_eq!(revive(&mut scene).last(), Some(&ready(Cpu, Small, None)));
    let steps = scene.after(|scene| scene.died(Cpu, "panic"));
    assert!(
        matches!(steps.as_slice(), [End(Cpu), Event(EngineEvent::Failed(_)), Event(EngineEvent::Stopped)]),
        "{steps:?}"
    );
    assert_eq!(scene.after(|scene| scene.retry()), [Fetch(Asset::Program(Cpu), Fresh)]);
}

#[test]
fn silence_is_death() {
    let mut scene = Scene::on_gpu();
    scene.offer_frame(1);
    scene.fake.take_steps();
    let quiet = scene.after(|scene| (0..29).for_each(|_| scene.fake.tick()));
    assert_eq!(quiet, [late()]);
    let steps = scene.after(|scene| scene.fake.tick());
    assert_eq!(steps.first(), Some(&End(WebGpu)));
    let why = "WebGPU stopped (no answer within 30 seconds)";
    assert_eq!(steps.last(), Some(&ready(Cpu, Small, Some(why))), "and the frame is dropped");
}

#[test]
fn only_an_unanswered_request_runs_out_of_time() {
    let wait = |scene: &mut Scene, n_secs| scene.after(|scene| (0..n_secs).for_each(|_| scene.fake.tick()));
    let mut scene = Scene::new(DeviceChoice::Cpu);
    scene.fake.take_steps();
    assert_eq!(wait(&mut scene, 1000), [], "no worker runs");
    let mut scene = Scene::on_cpu(DeviceChoice::Cpu);
    assert_eq!(wait(&mut scene, 1000), [], "nothing is asked");
    scene.offer_frame(1);
    wait(&mut scene, 29);
    scene.answered(Cpu);
    scene.offer_frame(2);
    assert_eq!(wait(&mut scene, 29), [Frame(Cpu, 2)], "a new request, a new wait");
    assert_eq!(wait(&mut scene, 1).first(), Some(&End(Cpu)));
    assert_eq!(wait(&mut scene, 59), [], "it may take a minute to start");
    let steps = wait(&mut scene, 1);
    let [End(Cpu), Event(EngineEvent::Failed(problem))] = &steps[..] else { panic!("{steps:?}") };
    assert_eq!((&*problem.title, &*problem.detail), ("The CPU engine stopped", "no answer within 60 seconds"));
}

#[test]
fn webgpu_goes_on_while_its_cpu_stand_in_is_started_again() {
    let mut scene = Scene::on_gpu();
    scene.died(Cpu, "panic");
    scene.fake.take_steps();
    assert_eq!(scene.after(|scene| scene.offer_frame(1)), [Frame(WebGpu, 1)]);
}

#[test]
fn a_photo_that_ends_both_workers_is_no_reason_against_webgpu() {
    let mut scene = Scene::on_gpu();
    scene.photo("a");
    scene.died(WebGpu, "out of memory");
    scene.died(Cpu, "out of memory");
    scene.open(Cpu);
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.loaded(Cpu, Small));
    assert_eq!(steps, [ready(Cpu, Small, None), Start(WebGpu)]);
}

#[test]
fn any_choice_starts_a_cpu_worker_again_that_died_too_often_beside_webgpu() {
    let mut scene = cpu_bad_beside_gpu();
    let steps = scene.after(|scene| scene.set_network(Residual));
    assert_eq!(steps, [Fetch(Asset::Network(Residual), Any), Fetch(Asset::Program(Cpu), Fresh)]);

    let mut scene = cpu_bad_beside_gpu();
    let steps = scene.after(|scene| scene.set_device(DeviceChoice::Cpu));
    assert_eq!(steps, [Event(EngineEvent::Stopped), End(WebGpu), Fetch(Asset::Program(Cpu), Fresh)]);
}

/// As [`Scene::on_gpu`], and the CPU worker has died too often.
fn cpu_bad_beside_gpu() -> Scene {
    let mut scene = Scene::on_gpu();
    for _ in 0..2 {
        scene.died(Cpu, "panic");
        scene.up(Cpu);
    }
    let steps = scene.after(|scene| scene.died(Cpu, "panic"));
    assert!(matches!(steps.last(), Some(Event(EngineEvent::Failed(_)))), "{steps:?}");
    scene
}

#[test]
fn a_late_answer_of_a_dead_worker_never_reaches_the_page() {
    let mut scene = Scene::on_gpu();
    scene.offer_frame(1);
    scene.died(WebGpu, "device lost");
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.offer_frame(2));
    assert_eq!(steps, [Frame(Cpu, 2)], "the frame of the dead one is dropped");
    let late = WorkerMessage::Arrived(Response::Broken("late".into()), Payload::None);
    assert_eq!(scene.after(|scene| scene.fake.say(WebGpu, late)), []);
    scene.answered(Cpu);
    assert_eq!(scene.answers(), [Answer::Frame(2)]);
}

#[test]
fn a_worker_that_answers_something_else_or_cannot_be_asked_is_ended() {
    let mut scene = Scene::on_gpu();
    scene.offer_frame(1);
    scene.fake.take_steps();
    let steps = scene.after(|scene| scene.tested(WebGpu, tested(0.0, 1.0)));
    let why = "WebGPU stopped (expected the response to its request, got another one)";
    assert_eq!((steps.first(), steps.last()), (Some(&End(WebGpu)), Some(&ready(Cpu, Small, Some(why)))));
    scene.fake.cut();
    let steps = scene.after(|scene| scene.offer_frame(2));
    let again = Event(EngineEvent::Notice("The worker stopped (cannot be copied) and is started again".into()));
    assert_eq!(steps, [End(Cpu), again, Event(EngineEvent::Stopped), Start(Cpu)]);
}

#[test]
fn a_worker_that_dies_while_it_has_nothing_to_do_is_missed_at_once() {
    let mut scene = Scene::on_gpu();
    let steps = scene.after(|scene| scene.died(WebGpu, "device lost"));
    assert_eq!(steps.first(), Some(&End(WebGpu)));
    assert_eq!(steps.last(), Some(&ready(Cpu, Small, Some("WebGPU stopped (device lost)"))));
}
