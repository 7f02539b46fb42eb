//! Tests that need a browser: fetching, and messages as they cross between window and worker.
#![cfg(target_arch = "wasm32")]

use std::{pin::pin, rc::Rc};

use app::{
    asset::Asset,
    detector::{DetectorInUse, DetectorKind},
    engine::{Benchmarks, Browser, Callbacks, Engine, EngineEvent, EngineSettings},
    problem::Problem,
    protocol::{
        AnalyzedFrame, AnalyzedPhoto, Answer, Comparison, DecodedFrame, F32Bytes, GreyBytes, InspectKind,
        InspectRequest, Inspection, LayerInspection, Maps, PhotoOptions, ReadBy, Request, Response, Tested, VideoEnd,
        VideoInfo, VideoRange, Weights,
    },
    web::{
        Blob, ImageBitmap, ImageData, OwnedBitmap, Payload,
        fetch::{FetchError, Freshness, fetch, fetch_ahead},
        gpu::find_adapter,
        worker::{Worker, WorkerMessage},
    },
};
use futures_channel::{mpsc, oneshot};
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use gloo::timers::future::TimeoutFuture;
use model_core::{Architecture, DeviceKind, ModelCard, Prediction, Scores, Training, Votes};
use pipeline::{Analysis, Face, FrameTask, Search, StageMs};
use serde::{Serialize, de::DeserializeOwned};
use vision::{Detection, KeyPoints, Point, Quality, Rect, Turn};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// To a worker and back.
async fn echoed<T: Serialize + DeserializeOwned + 'static>(messages: &[T]) -> Vec<T> {
    let (sender, mut messages_back) = mpsc::unbounded();
    let echo = script("onmessage = ({ data }) => postMessage(data); postMessage('listening')");
    let worker = Worker::start::<T>(&echo, move |message| sender.unbounded_send(message).expect("the test waits"));
    let worker = worker.expect("a browser starts any worker");
    // No message of this page, but a worker may lose what is sent before it listens.
    assert!(matches!(messages_back.next().await, Some(WorkerMessage::Died(_))));
    for message in messages {
        worker.post(message, &Payload::none()).expect("plain data");
    }
    let echoes = messages_back.take(messages.len()).map(|message| match message {
        WorkerMessage::Arrived(message, _) => message,
        WorkerMessage::Died(reason) => panic!("expected an echo, got {reason}"),
    });
    echoes.collect().await
}

fn detection() -> Detection {
    let points = [0.0, 1.0, 2.0, 3.0, 4.0, 5.5].map(|x| Point { x, y: 0.1 });
    let rect = Rect { x: 0.1, y: 2.0, width: 3.0, height: 4.0 };
    Detection { rect, score: 5.0, key_points: Some(KeyPoints::from_array(points)) }
}

fn analysis() -> Analysis {
    let detection = detection();
    let quality = Quality { side: 3.0, brightness: 0.1, sharpness: 0.2, yaw: Some(-0.3) };
    let faces = vec![
        Face { detection, prediction: prediction(), quality },
        Face {
            detection,
            prediction: Prediction { votes: None, ..prediction() },
            quality: Quality { yaw: None, ..quality },
        },
    ];
    Analysis { faces, ms: StageMs { detect: 1.0, crop: 0.1, classify: 2.5 } }
}

fn prediction() -> Prediction {
    Prediction {
        scores: Scores::from_logits([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]).expect("finite"),
        label_head: None,
        is_sure: false,
        votes: Some(Votes::from_logits([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]).expect("finite")),
    }
}

fn card() -> ModelCard {
    let training = Training { seed: u64::MAX, ..Training::default() };
    ModelCard::new(Architecture::UNet, b"weights", training)
}

fn face() -> GreyBytes {
    GreyBytes([0, 7, 255].into())
}

fn looked(network: Architecture) -> LayerInspection {
    let maps = Maps { n: 1, width: 3, height: 1, values: F32Bytes([0.1, -3.5e-9, f32::MAX].into()) };
    LayerInspection {
        face: face(),
        network,
        device: DeviceKind::WebGpu,
        prediction: prediction(),
        layer: 4,
        maps: maps.clone(),
        weights: Some(Weights { filters: vec![maps.clone(); 2], first_dense: maps }),
    }
}

const NETWORK: Architecture = Architecture::Small;
const DETECTOR: DetectorInUse = DetectorInUse { kind: DetectorKind::Haar, full_range: true };

fn photo() -> AnalyzedPhoto {
    AnalyzedPhoto {
        analysis: analysis(),
        crops: vec![face()],
        width: 1,
        height: 2,
        original_width: 3,
        original_height: 4,
        animated: true,
        decode_ms: 0.5,
        by_browser: Some("a picture in AVIF format".into()),
        turn: Turn::Quarter,
        progress: 0.25,
        read_by: ReadBy { detector: DETECTOR, network: NETWORK, device: DeviceKind::WebGpu },
    }
}

fn frame() -> AnalyzedFrame {
    AnalyzedFrame {
        analysis: analysis(),
        crops: vec![face(); 2],
        capture_ms: 0.25,
        read_by: ReadBy { detector: DETECTOR, network: NETWORK, device: DeviceKind::Cpu },
    }
}

/// Every kind of request.
fn requests() -> Vec<Request> {
    vec![
        Request::Open { device: DeviceKind::WebGpu },
        Request::Configure(Asset::Detector(DetectorKind::BlazeFace)),
        Request::Configure(Asset::FullRange),
        Request::Configure(Asset::Network(Architecture::UNet)),
        Request::Photo(PhotoOptions { turn: Some(Turn::Half), entry: Some("a/b.jpg".into()) }),
        Request::Photo(PhotoOptions::default()),
        Request::ListArchive,
        Request::ContinueSearch,
        Request::Frame { task: FrameTask::Search(Search::Near) },
        Request::Frame { task: FrameTask::Follow(vec![detection()]) },
        Request::Preload { network: Architecture::Small },
        Request::Inspect(InspectRequest { face: face(), kind: InspectKind::Layer { layer: 2, with_weights: true } }),
        Request::Inspect(InspectRequest { face: face(), kind: InspectKind::Compare }),
        Request::Test { faces: vec![face(); 2] },
        Request::VideoFrame { task: FrameTask::Search(Search::Far), width: 640, height: 480 },
        Request::OpenVideo,
        Request::SeekVideo(VideoRange { from_secs: 0.5, to_secs: Some(1.5), every: 2 }),
        Request::NextFrame,
    ]
}

/// Every kind of response.
fn responses() -> Vec<Response> {
    vec![
        Response::Up,
        Response::Done,
        Response::Loaded(Box::new(card())),
        Response::Refused(Problem::new("a", "b", "c")),
        Response::Photo(photo()),
        Response::Archive(vec!["a/b.jpg".into()]),
        Response::Frame(frame()),
        Response::VideoFrame { frame: frame(), width: 640, height: 480 },
        Response::Inspected(Inspection::Layer(Box::new(looked(NETWORK)))),
        Response::Inspected(Inspection::Comparison(Comparison {
            face: face(),
            device: DeviceKind::Cpu,
            answers: vec![Answer { network: NETWORK, prediction: prediction(), ms: 1.5 }],
        })),
        Response::Tested(Tested {
            predictions: vec![prediction(); 2],
            ms_per_face: 1.5,
            submit_ms: 0.5,
            search_ms: 2.5,
        }),
        Response::VideoOpened(VideoInfo {
            codec: "H.264".into(),
            coded_size: [640, 480],
            end_secs: Some(2.04),
            n_frames: Some(u64::MAX),
            frames_per_sec: Some(29.97),
        }),
        Response::Decoded(DecodedFrame { time_secs: 0.1, width: 640, height: 480 }),
        Response::VideoEnd(VideoEnd { n_lost: 1, problem: Some(Problem::new("a", "b", "c")) }),
        Response::NoDecoder(Problem::new("a", "b", "c")),
        Response::Broken("panic".into()),
    ]
}

#[wasm_bindgen_test]
async fn every_message_arrives_as_it_was_sent() {
    assert_eq!(echoed(&requests()).await, requests());
    assert_eq!(echoed(&responses()).await, responses());
}

#[wasm_bindgen_test]
async fn blocks_of_numbers_cross_as_one_array_of_bytes() {
    let (levels, numbers) = (face(), F32Bytes([0.1, f32::MAX].into()));
    let [levels, numbers] = [serde_wasm_bindgen::to_value(&levels), serde_wasm_bindgen::to_value(&numbers)]
        .map(|value| value.expect("plain data").dyn_into::<js_sys::Uint8Array>().expect("bytes, not numbers"));
    assert_eq!((levels.length(), numbers.length()), (3, 2 * 4));
}

#[wasm_bindgen_test]
async fn a_frame_is_freed_with_its_owner_and_crosses_without_a_copy() {
    let echo = script("onmessage = ({ data }) => postMessage(data, [data[1]]); postMessage(['Up', undefined])");
    let (sender, mut messages) = mpsc::unbounded();
    let worker = Worker::start::<Response>(&echo, move |message| sender.unbounded_send(message).expect("it waits"));
    let worker = worker.expect("a browser starts any worker");
    assert!(matches!(messages.next().await, Some(WorkerMessage::Arrived(Response::Up, _))));
    let frame = OwnedBitmap::from(bitmap(3, 2).await);
    worker.post(&Response::Done, &Payload::transferred(&frame)).expect("plain data");
    assert_eq!((frame.width(), frame.height()), (0, 0), "the sender has lost it");
    let Some(WorkerMessage::Arrived(Response::Done, payload)) = messages.next().await else { panic!("no echo") };
    let back = payload.bitmap().expect("a frame");
    assert_eq!((back.width(), back.height()), (3, 2));
    let other = ImageBitmap::clone(&back);
    drop(back);
    assert_eq!((other.width(), other.height()), (0, 0), "its memory is freed");
}

/// A picture of one colour.
async fn bitmap(width: u32, height: u32) -> ImageBitmap {
    let pixels = ImageData::new_with_sw(width, height).expect("a small picture");
    let window = web_sys::window().expect("a window");
    let bitmap = window.create_image_bitmap_with_image_data(&pixels).expect("a picture");
    wasm_bindgen_futures::JsFuture::from(bitmap).await.expect("a picture").unchecked_into()
}

#[wasm_bindgen_test]
async fn a_file_comes_with_progress() {
    // The test's own program, from the server of the test runner.
    let url = "./wasm-bindgen-test_bg.wasm";
    let mut steps = vec![];
    let file =
        fetch(url, Freshness::Any, |loaded, total| steps.push((loaded, total))).await.expect("the file is there");
    assert!(steps.is_sorted() && steps.len() > 1, "{steps:?}");
    assert_eq!(steps.last().map(|step| step.0), Some(u64::from(file.length())));
    assert_eq!(file.slice(0, 4).to_vec(), b"\0asm");
    let mut last = 0;
    fetch_ahead(url, Freshness::Fresh, |loaded, _| last = loaded).await.expect("the file is there");
    assert_eq!(last, u64::from(file.length()));
}

#[wasm_bindgen_test]
async fn a_file_that_does_not_come_says_why() {
    let missing = fetch("./no-such-file", Freshness::Any, |_, _| ()).await.expect_err("no such file");
    assert_eq!(missing, FetchError::Status { url: "./no-such-file".into(), status: 404 });
    let page = fetch("./", Freshness::Any, |_, _| ()).await.expect_err("a page is no model");
    assert_eq!(page, FetchError::WebPage { url: "./".into() });
    // Port 9 discards what it is sent; browsers do not even connect to it.
    let nobody = fetch("http://localhost:9/", Freshness::Any, |_, _| ()).await.expect_err("nobody listens");
    assert!(matches!(nobody, FetchError::Unreachable { .. }), "{nobody}");
}

/// Time in which an engine without files must have failed, milliseconds: the test runner refuses them at once.
const FAILURE_WITHIN_MS: u32 = 10_000;

#[wasm_bindgen_test]
async fn an_engine_needs_no_framework_and_says_what_it_lacks() {
    let (sender, mut events) = mpsc::unbounded();
    let on_event = move |event| sender.unbounded_send(event).expect("the test waits");
    let callbacks = Callbacks {
        on_event: Rc::new(on_event),
        plan: Rc::new(|_, _| FrameTask::Search(Search::Near)),
        plan_video: Rc::new(|_, _| FrameTask::Search(Search::Far)),
    };
    let engine = Engine::start(Browser, EngineSettings::default(), Benchmarks::default(), callbacks);
    // The test runner serves neither workers nor models.
    let failure = async {
        loop {
            match events.next().await.expect("the engine lives") {
                EngineEvent::Failed(problem) => break problem,
                EngineEvent::Ready(ready) => panic!("expected a failure, got {ready:?}"),
                _ => {}
            }
        }
    };
    let problem = match select(pin!(failure), TimeoutFuture::new(FAILURE_WITHIN_MS)).await {
        Either::Left((problem, _)) => problem,
        Either::Right(_) => panic!("no failure within {FAILURE_WITHIN_MS} ms"),
    };
    assert!(problem.title.ends_with("could not be loaded") && problem.detail.contains("404"), "{problem:?}");
    drop(engine);
}

/// Put `gpu` in the place of the browser's WebGPU.
fn pretend_gpu(gpu: &JsValue) {
    let descriptor = js_sys::Object::new();
    js_sys::Reflect::set(&descriptor, &"value".into(), gpu).expect("an object");
    js_sys::Reflect::set(&descriptor, &"configurable".into(), &JsValue::TRUE).expect("an object");
    let navigator = web_sys::window().expect("a window").navigator();
    js_sys::Object::define_property(&navigator, &"gpu".into(), &descriptor);
}

#[wasm_bindgen_test]
async fn without_webgpu_there_is_a_word_why() {
    pretend_gpu(&JsValue::UNDEFINED);
    assert_eq!(find_adapter().await, Err("No WebGPU in this browser".into()));
    let gpu = js_sys::Object::new();
    let no_adapter = Closure::<dyn Fn() -> js_sys::Promise>::new(|| js_sys::Promise::resolve(&JsValue::NULL));
    js_sys::Reflect::set(&gpu, &"requestAdapter".into(), no_adapter.as_ref()).expect("an object");
    pretend_gpu(&gpu);
    assert_eq!(find_adapter().await, Err("WebGPU finds no graphics adapter here".into()));
    js_sys::Reflect::set(&gpu, &"requestAdapter".into(), &JsValue::NULL).expect("an object");
    assert_eq!(find_adapter().await, Err("WebGPU finds no graphics adapter here".into()));
}

#[wasm_bindgen_test]
async fn an_adapter_is_known_by_what_it_and_the_browser_call_themselves() {
    for (info, expected) in
        [("{ vendor: 'acme', architecture: '', device: '0x7' }", "acme 0x7 | "), ("undefined", " | ")]
    {
        let gpu = js_sys::eval(&format!("({{ requestAdapter: async () => ({{ info: {info} }}) }})"));
        pretend_gpu(&gpu.expect("a script"));
        let machine = find_adapter().await.expect("an adapter");
        assert!(machine.starts_with(expected) && machine.contains("Mozilla"), "{machine}");
    }
}

/// The first message of a worker that runs `script`.
async fn first_message(script: &str) -> WorkerMessage<Response> {
    let (sender, first) = oneshot::channel();
    let mut sender = Some(sender);
    let worker = Worker::start(script, move |message| {
        if let Some(sender) = sender.take() {
            sender.send(message).expect("the test waits");
        }
    });
    let worker = worker.expect("a browser starts any worker");
    let first = first.await.expect("the worker says something");
    assert_eq!(
        worker.post(&Request::ContinueSearch, &Payload::none()),
        Ok(()),
        "the dead hear nothing, and it does no harm"
    );
    first
}

/// A script of the test's own.
fn script(text: &str) -> String {
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &kind).expect("a text");
    web_sys::Url::create_object_url_with_blob(&blob).expect("a blob")
}

#[wasm_bindgen_test]
async fn a_worker_that_fails_is_dead_and_says_why() {
    let cases = [
        ("./no-such-worker.js".into(), "no-such-worker.js"),
        (script("throw new Error('boom')"), "boom"),
        (script("await Promise.reject(new Error('no wasm'))"), "no wasm"),
        (script("postMessage('hello')"), "expected a message of this page"),
        (script("postMessage(['Goodbye', undefined])"), "expected a message of the same version of this page"),
    ];
    for (script, word) in cases {
        match first_message(&script).await {
            WorkerMessage::Died(reason) => assert!(reason.contains(word), "{reason}"),
            WorkerMessage::Arrived(response, _) => panic!("expected `{word}`, got {response:?}"),
        }
    }
    let alive = first_message(&script("postMessage(['Up', undefined])")).await;
    assert!(matches!(alive, WorkerMessage::Arrived(Response::Up, _)), "{alive:?}");
}
