//! Where pictures are shown, and where photos are dropped.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;

use super::toolbar::PHOTO_INPUT;
use crate::hooks::use_ticker;
use crate::live::Live;
use crate::state::{CameraStep, Photo, Shown, Source};
use crate::web::canvas::{self, Surface};

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// What is on the stage.
    pub source: Source,
    /// What the camera sees.
    pub live: Rc<RefCell<Live>>,
    /// The canvas.
    pub surface: Rc<Surface>,
    /// Whether faces can be read.
    pub is_ready: bool,
    /// Whether a file hovers over the page.
    pub is_file_over: bool,
    /// A face was selected.
    pub on_select: Callback<usize>,
}

/// Where pictures are shown, and where photos are dropped.
#[component]
pub(super) fn Stage(props: &Props) -> Html {
    let is_live = props.source.is_live();
    use_ticker(is_live, 250);
    use_painting(props);
    let has_picture = match &props.source {
        Source::Nothing => false,
        Source::Photo(photo) => photo.shown.is_some(),
        Source::Camera(_) => is_live && props.live.borrow().frame().is_some(),
    };
    let class = classes!("stage", props.is_file_over.then_some("over"), (!has_picture).then_some("empty"));
    html! {
        <div {class} data-testid="drop-zone">
            <canvas
                ref={props.surface.node()}
                hidden={!has_picture}
                onclick={on_click(props)}
                role="img"
                aria-label={describe(props)}
                data-testid="overlay"
            />
            if props.is_file_over {
                <p class="veil" aria-hidden="true">{ "Drop the photo anywhere" }</p>
            } else if !has_picture {
                { invitation(&props.source, props.is_ready) }
            }
        </div>
    }
}

/// Paint the photo when it, the selection or the window has changed. Camera frames are painted as they come.
#[hook]
fn use_painting(props: &Props) {
    let shown = photo(&props.source).map(|(photo, shown)| (Rc::clone(shown), photo.selected));
    let surface = Rc::clone(&props.surface);
    use_effect_with(shown, move |shown| {
        let paint = shown.clone().map(|(shown, selected)| move || surface.paint(&shown.analysis.faces, Some(selected)));
        let listening = paint.map(|paint| {
            paint();
            canvas::on_resize(paint)
        });
        move || drop(listening)
    });
}

fn photo(source: &Source) -> Option<(&Photo, &Rc<Shown>)> {
    let Source::Photo(photo) = source else { return None };
    Some((photo, photo.shown.as_ref()?))
}

fn on_click(props: &Props) -> Callback<MouseEvent> {
    let (surface, live, on_select) = (Rc::clone(&props.surface), Rc::clone(&props.live), props.on_select.clone());
    let shown = photo(&props.source).map(|(_, shown)| Rc::clone(shown));
    Callback::from(move |event: MouseEvent| {
        let face_idx = match &shown {
            Some(shown) => surface.face_at(&shown.analysis.faces, &event),
            None => live.borrow().frame().and_then(|frame| surface.face_at(&frame.faces, &event)),
        };
        if let Some(face_idx) = face_idx {
            on_select.emit(face_idx);
        }
    })
}

/// For people who cannot see the canvas.
fn describe(props: &Props) -> String {
    match &props.source {
        Source::Camera(_) => "The camera's picture with a box and a label around each face".to_owned(),
        Source::Photo(photo) => format!("{} with a box and a label around each face", photo.name),
        Source::Nothing => String::new(),
    }
}

fn invitation(source: &Source, is_ready: bool) -> Html {
    let (title, text) = match source {
        Source::Nothing => return welcome(),
        Source::Photo(_) if is_ready => ("Reading the photo…", "It stays on this device"),
        Source::Photo(_) => ("The photo waits", "It is read as soon as all is loaded, and stays on this device"),
        Source::Camera(camera) if camera.step == CameraStep::Asking => (
            "Waiting for the camera…",
            "The browser asks whether this page may use it; its picture stays on this device",
        ),
        Source::Camera(_) => ("Waiting for the first label…", "The camera is on"),
    };
    html! {
        <div class="invitation">
            <p class="large">{ title }</p>
            <p class="quiet">{ text }</p>
        </div>
    }
}

/// A press anywhere on the empty stage opens the file picker, too.
fn welcome() -> Html {
    html! {
        <label class="invitation welcome" for={PHOTO_INPUT}>
            <span class="large with-mouse">{ "Drop a photo here" }</span>
            <span class="quiet with-mouse">{ "or choose one, paste one with Ctrl+V, or start the camera" }</span>
            <span class="large with-touch">{ "Choose a photo" }</span>
            <span class="quiet with-touch">{ "or start the camera" }</span>
        </label>
    }
}
