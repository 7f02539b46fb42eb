//! The window in a real browser: painting, settings, file events.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "clippy does not know these for tests")]

use std::cell::RefCell;
use std::rc::Rc;

use app::display::DisplayFace;
use app::web::canvas::Surface;
use app::web::file::{self, FileEvent};
use app::web::storage;
use app::web::{ImageBitmap, ImageData};
use gloo::timers::future::TimeoutFuture;
use model_core::{Emotion, Prediction, Scores};
use pipeline::Face;
use vision::{Detection, Quality, Rect};
use wasm_bindgen::{Clamped, JsCast};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{CanvasRenderingContext2d, DataTransfer, DragEvent, DragEventInit, File, HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

wasm_bindgen_test_configure!(run_in_browser);

const RED: [u8; 3] = [255, 0, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const GREEN: [u8; 3] = [0, 255, 0];

#[derive(PartialEq, Properties)]
struct Props {
    surface: Rc<Surface>,
}

#[component]
fn Canvas(props: &Props) -> Html {
    html! { <canvas ref={props.surface.node()} /> }
}

/// Times of ten milliseconds until Yew has painted.
const MAX_WAITS: u32 = 1000;

/// An empty surface in a box 200 CSS pixels wide.
async fn surface() -> (Rc<Surface>, HtmlCanvasElement) {
    let document = web_sys::window().unwrap().document().unwrap();
    let root: HtmlElement = document.document_element().unwrap().unchecked_into();
    for (property, color) in [("--happy", "#00ff00"), ("--unsure", "#ffffff"), ("--unsure-ink", "#000000")] {
        root.style().set_property(property, color).unwrap();
    }
    let stage: HtmlElement = document.create_element("div").unwrap().unchecked_into();
    stage.style().set_property("width", "200px").unwrap();
    document.body().unwrap().append_child(&stage).unwrap();
    let surface = Rc::new(Surface::default());
    let props = Props { surface: Rc::clone(&surface) };
    yew::Renderer::<Canvas>::with_root_and_props(stage.clone().unchecked_into(), props).render();
    for _ in 0..MAX_WAITS {
        if let Some(canvas) = stage.first_element_child() {
            return (surface, canvas.unchecked_into());
        }
        TimeoutFuture::new(10).await;
    }
    panic!("the canvas is not there")
}

/// 40×20 pixels: left half red, right half blue.
fn picture() -> ImageData {
    let pixel = |i: usize| if i % 40 < 20 { [255, 0, 0, 255] } else { [0, 0, 255, 255] };
    let pixels: Vec<u8> = (0..800).flat_map(pixel).collect();
    ImageData::new_with_u8_clamped_array(Clamped(&pixels), 40).unwrap()
}

async fn frame() -> ImageBitmap {
    let window = web_sys::window().unwrap();
    let bitmap = window.create_image_bitmap_with_image_data(&picture()).unwrap();
    JsFuture::from(bitmap).await.unwrap().unchecked_into()
}

/// The colour at a point given as a fraction of the canvas.
fn color(canvas: &HtmlCanvasElement, x: f64, y: f64) -> [u8; 3] {
    let context: CanvasRenderingContext2d = canvas.get_context("2d").unwrap().unwrap().unchecked_into();
    let (x, y) = (x * f64::from(canvas.width()), y * f64::from(canvas.height()));
    let data = context.get_image_data(x, y, 1.0, 1.0).unwrap().data();
    [data[0], data[1], data[2]]
}

/// A happy face: x 4…20 of 40, y 2…18 of 20, so that its lines are of full width.
fn face() -> Face {
    let mut logits = [0.0; Emotion::COUNT];
    logits[Emotion::Happy as usize] = 9.0;
    let rect = Rect { x: 4.0, y: 2.0, width: 16.0, height: 16.0 };
    let detection = Detection { rect, score: 1.0, key_points: None };
    let prediction =
        Prediction { scores: Scores::from_logits(logits).unwrap(), label_head: None, is_sure: true, votes: None };
    Face { detection, prediction, quality: Quality { side: 16.0, brightness: 0.5, sharpness: 1.0, yaw: None } }
}

#[wasm_bindgen_test]
async fn a_photo_and_its_box_are_painted_where_they_belong() {
    let (surface, canvas) = surface().await;
    surface.show_photo(&picture());
    expect_painted(&surface, &canvas, RED, 0.1);
}

#[wasm_bindgen_test]
async fn a_frame_and_its_box_are_painted_where_they_belong_also_in_a_mirror() {
    let (surface, canvas) = surface().await;
    surface.show_frame(frame().await.into());
    for (mirrored, left, edge) in [(false, RED, 0.1), (true, BLUE, 0.9)] {
        surface.set_mirrored(mirrored);
        expect_painted(&surface, &canvas, left, edge);
    }
}

/// Paints, and expects the colour `left` at the left and the box of [`face`] at `edge`, a fraction of the width.
fn expect_painted(surface: &Surface, canvas: &HtmlCanvasElement, left: [u8; 3], edge: f64) {
    surface.paint(&[DisplayFace::from(&face())], None);
    let ratio = web_sys::window().unwrap().device_pixel_ratio();
    assert_eq!(canvas.width(), (120.0 * ratio).round() as u32, "40 pixels, magnified three times");
    assert_eq!((color(canvas, 0.02, 0.95), color(canvas, edge, 0.5)), (left, GREEN));
}

#[wasm_bindgen_test]
async fn an_unsure_face_has_a_dashed_box_and_no_colour_of_a_label() {
    let (surface, canvas) = surface().await;
    surface.show_photo(&picture());
    let mut unsure = face();
    unsure.prediction.is_sure = false;
    surface.paint(&[DisplayFace::from(&unsure)], None);
    // Along the left edge of the box.
    let colors: Vec<_> = (0..24).map(|i| color(&canvas, 0.1, 0.35 + f64::from(i) / 80.0)).collect();
    assert!(colors.contains(&[255; 3]) && colors.contains(&[0; 3]) && !colors.contains(&GREEN), "{colors:?}");
}

#[wasm_bindgen_test]
fn settings_are_kept() {
    storage::write("ferrum.test", "ü1");
    assert_eq!(storage::read("ferrum.test").as_deref(), Some("ü1"));
    assert_eq!(storage::read("ferrum.absent"), None);
}

#[wasm_bindgen_test]
fn a_dropped_file_is_heard_of_and_the_browser_stays_on_the_page() {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let hear = Rc::clone(&heard);
    let listening = file::listen(&Callback::from(move |event| hear.borrow_mut().push(event)));
    let drop_on_page = |transfer: &DataTransfer| {
        let init = DragEventInit::new();
        init.set_bubbles(true);
        init.set_cancelable(true);
        init.set_data_transfer(Some(transfer));
        let event = DragEvent::new_with_event_init_dict("drop", &init).unwrap();
        web_sys::window().unwrap().document().unwrap().body().unwrap().dispatch_event(&event).unwrap();
        event.default_prevented()
    };
    let transfer = DataTransfer::new().unwrap();
    assert!(drop_on_page(&transfer));
    let file = File::new_with_str_sequence(&js_sys::Array::of1(&"x".into()), "a.png").unwrap();
    transfer.items().add_with_file(&file).unwrap();
    assert!(drop_on_page(&transfer));
    drop(listening);
    drop_on_page(&transfer);
    let heard = heard.borrow();
    assert!(
        matches!(&heard[..], [FileEvent::DroppedNoFile, FileEvent::Files(files)] if files.len() == 1 && files[0].name == "a.png"),
        "{heard:?}"
    );
}
