//! Where pictures are shown, and where photos are dropped.

use std::rc::Rc;

use vision::QualityIssue;
use yew::prelude::*;

use super::invitation::invitation;
use crate::display::FaceRef;
use crate::live::LiveView;
use crate::state::{AnalyzedPhoto, CameraTrouble, Mode, Photo, PhotoWait, Source};
use crate::web::canvas::{self, Surface};

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The thing that a person does.
    pub mode: Mode,
    /// The source of the picture on the stage.
    pub source: Source,
    /// A snapshot of the camera's side.
    pub live: Rc<LiveView>,
    /// The canvas.
    pub surface: Rc<Surface>,
    /// The part that a photo waits for.
    pub wait: Option<PhotoWait>,
    /// Whether eyes, nose, mouth and ears are marked.
    pub key_points: bool,
    /// The face that a person points at.
    pub pointed: Option<FaceRef>,
    /// Whether a file hovers over the page.
    pub is_file_over: bool,
    /// Whether another part of the page is shown.
    pub is_hidden: bool,
    /// A face was selected.
    pub on_select: Callback<FaceRef>,
    /// A face is pointed at, or none any more.
    pub on_point: Callback<Option<FaceRef>>,
}

/// Where pictures are shown, and where photos are dropped.
#[component]
pub(super) fn Stage(props: &Props) -> Html {
    let is_live = props.source.is_live();
    use_painting(props);
    let has_picture = match &props.source {
        Source::Nothing => false,
        Source::Photo(photo) => photo.shown.is_some(),
        Source::Camera(_) | Source::Video(_) => is_live && props.live.frame.is_some(),
    };
    let class = classes!("stage", props.is_file_over.then_some("over"), (!has_picture).then_some("empty"));
    html! {
        <div {class} data-testid="drop-zone">
            <canvas
                ref={props.surface.node()}
                hidden={!has_picture}
                class={classes!(props.pointed.map(|_| "over-face"))}
                onclick={on_click(props)}
                onmousemove={on_move(props)}
                onmouseleave={props.on_point.reform(|_: MouseEvent| None)}
                role="img"
                aria-label={describe(props)}
                data-testid="overlay"
            />
            if let Some(words) = advice(props, has_picture) {
                <p class="advice" role="status" data-testid="advice">{ words }</p>
            }
            if props.is_file_over {
                <p class="veil" aria-hidden="true">{ "Drop the file anywhere" }</p>
            } else if !has_picture {
                { invitation(props.mode, &props.source, props.wait) }
            }
        </div>
    }
}

/// Advice for the person before the camera, if there is any.
fn advice(props: &Props, has_picture: bool) -> Option<&'static str> {
    let is_live = props.source.is_live();
    let trouble = if let Source::Camera(camera) = &props.source { camera.trouble } else { None };
    let issue = props.live.advice.filter(|_| is_live && has_picture);
    trouble.map(CameraTrouble::words).or(issue.map(QualityIssue::advice))
}

/// Paint what stands still, a photo or a frame of a video, when it, the marks, the face pointed at or the room has
/// changed. Frames that follow each other are painted as they come.
#[hook]
fn use_painting(props: &Props) {
    let still = still(props);
    let surface = Rc::clone(&props.surface);
    use_effect_with((still, props.key_points, props.pointed, props.is_hidden), move |(still, _, _, is_hidden)| {
        let paint = still.clone().filter(|_| !is_hidden).map(|still| move || still.paint(&surface));
        let listening = paint.map(|paint| {
            paint();
            canvas::on_resize(paint)
        });
        move || drop(listening)
    });
}

/// A picture that stands still, and which of its faces is selected.
#[derive(Clone, PartialEq)]
enum Still {
    Photo(Rc<AnalyzedPhoto>, usize),
    /// The frame that was painted last, with its faces.
    Frame(usize),
}

impl Still {
    fn paint(&self, surface: &Surface) {
        match self {
            Self::Photo(shown, selected) => surface.paint(&shown.display(), Some(*selected)),
            Self::Frame(selected) => surface.repaint(Some(*selected)),
        }
    }
}

fn still(props: &Props) -> Option<Still> {
    match &props.source {
        Source::Photo(photo) => Some(Still::Photo(Rc::clone(photo.shown.as_ref()?), photo.selected)),
        Source::Video(video) if video.is_still() => Some(Still::Frame(props.live.frame.as_ref()?.selected_idx)),
        _ => None,
    }
}

fn on_click(props: &Props) -> Callback<MouseEvent> {
    let (surface, on_select) = (Rc::clone(&props.surface), props.on_select.clone());
    Callback::from(move |event: MouseEvent| {
        if let Some(face) = surface.face_at(&event) {
            on_select.emit(face);
        }
    })
}

fn on_move(props: &Props) -> Callback<MouseEvent> {
    let (surface, on_point, pointed) = (Rc::clone(&props.surface), props.on_point.clone(), props.pointed);
    Callback::from(move |event: MouseEvent| {
        let face = surface.face_at(&event);
        if face != pointed {
            on_point.emit(face);
        }
    })
}

/// For people who cannot see the canvas.
fn describe(props: &Props) -> String {
    match &props.source {
        Source::Camera(_) => {
            let n_faces = props.live.frame.as_ref().map_or(0, |frame| frame.faces.len());
            marked("The camera's picture", n_faces)
        }
        Source::Photo(Photo { name, shown, .. }) => {
            marked(name, shown.as_ref().map_or(0, |shown| shown.analysis.faces.len()))
        }
        Source::Video(video) => marked(&video.name, props.live.frame.as_ref().map_or(0, |frame| frame.faces.len())),
        Source::Nothing => String::new(),
    }
}

fn marked(picture: &str, n_faces: usize) -> String {
    match n_faces {
        0 => format!("{picture}, no face found"),
        1 => format!("{picture} with a box and a label around 1 face"),
        n => format!("{picture} with a box and a label around each of {n} faces"),
    }
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn a_picture_is_said_to_have_as_many_boxes_as_it_has() {
        let cases = [
            (0, "a.png, no face found"),
            (1, "a.png with a box and a label around 1 face"),
            (3, "a.png with a box and a label around each of 3 faces"),
        ];
        for (n_faces, expected) in cases {
            assert_eq!(marked("a.png", n_faces), expected);
        }
    }
}
