//! Where pictures come from.

use yew::prelude::*;

use super::{choice::Choice, strip::ChooseFolder};
use crate::hooks::Controls;
use crate::state::{Camera, CameraInfo, CameraStep, Mode, Source};
use crate::web::file::{self, NamedFile};
use crate::web::input;

/// The id of the file picker; a `<label for>` of it opens it too.
pub(super) const PHOTO_INPUT: &str = "photo-input";

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The thing that a person does.
    pub mode: Mode,
    /// The source of the stage's picture.
    pub source: Source,
    /// The cameras that are there.
    pub cameras: Vec<CameraInfo>,
    /// The one used last.
    pub camera: Option<String>,
    /// Whether the camera is mirrored.
    pub mirror: bool,
    /// The page's controls.
    pub controls: Controls,
}

/// Where the pictures of a mode come from: a file or the sample, the camera, a video.
#[component]
pub(super) fn Toolbar(props: &Props) -> Html {
    html! {
        <div class="toolbar">
            { match props.mode {
                Mode::Photos => photos(props),
                Mode::Camera => camera(props),
                Mode::Video => video(&props.controls),
            } }
        </div>
    }
}

fn photos(props: &Props) -> Html {
    let Controls { on_files, on_sample, on_mode, on_sample_video, .. } = props.controls.clone();
    let onchange = picked(&on_files);
    let on_sample_video = move |_: MouseEvent| {
        on_mode.emit(Mode::Video);
        on_sample_video.emit(());
    };
    html! {
        <>
            <label class="button main">
                <input
                    type="file"
                    accept="image/*,.zip"
                    multiple=true
                    id={PHOTO_INPUT}
                    class="unseen"
                    {onchange}
                    data-testid="photo-input"
                />
                { "Choose photos…" }
            </label>
            <ChooseFolder controls={props.controls.clone()} />
            <button type="button" onclick={move |_| on_sample.emit(())} data-testid="sample">{ "Sample photo" }</button>
            if props.source == Source::Nothing {
                <button type="button" onclick={on_sample_video} data-testid="first-sample-video">
                    { "Sample video" }
                </button>
            }
        </>
    }
}

/// Tells of the files that were picked.
pub(super) fn picked(on_files: &Callback<Vec<NamedFile>>) -> Callback<Event> {
    let on_files = on_files.clone();
    Callback::from(move |event: Event| {
        let files = file::picked(&event);
        if !files.is_empty() {
            on_files.emit(files);
        }
    })
}

fn video(controls: &Controls) -> Html {
    let onchange = picked(&controls.on_files);
    html! {
        <>
            <label class="button main">
                <input
                    type="file"
                    accept="video/*,.mkv,.mov,.m4v"
                    multiple=true
                    class="unseen"
                    onchange={onchange.clone()}
                    data-testid="video-input"
                />
                { "Choose videos…" }
            </label>
            <button type="button" onclick={controls.on_sample_video.reform(|_: MouseEvent| ())} data-testid="sample-video">
                { "Sample video" }
            </button>
            <label class="button">
                <input type="file" accept=".json" class="unseen" {onchange} data-testid="session-input" />
                { "Open session…" }
            </label>
        </>
    }
}

fn camera(props: &Props) -> Html {
    let Controls { on_camera, on_stop, .. } = props.controls.clone();
    if let Source::Camera(camera) = &props.source {
        return html! {
            <>
                <button type="button" onclick={move |_| on_stop.emit(())} data-testid="camera-stop">
                    { "Stop camera" }
                </button>
                { settings(props, camera) }
                if camera.step == CameraStep::Running {
                    { recording(camera.is_recorded, &props.controls) }
                }
            </>
        };
    }
    let id = props.camera.clone();
    html! {
        <button type="button" class="main" onclick={move |_| on_camera.emit(id.clone())} data-testid="camera-start">
            { "Start camera" }
        </button>
    }
}

/// Expressions are recorded in any case; video only if a person asks for it, and then a sign says so.
fn recording(is_recorded: bool, controls: &Controls) -> Html {
    let onclick = controls.on_record.reform(move |_: MouseEvent| !is_recorded);
    html! {
        <>
            <button type="button" {onclick} aria-pressed={is_recorded.to_string()} data-testid="camera-record">
                { if is_recorded { "Stop and save video" } else { "Record video, too" } }
            </button>
            if is_recorded {
                <span class="recording" role="status" data-testid="camera-recording">{ "Video is being recorded" }</span>
            }
        </>
    }
}

/// The settings of the running camera. They stay while another camera is asked for: a menu that goes takes the
/// keyboard along.
fn settings(props: &Props, camera: &Camera) -> Html {
    let is_asking = camera.step == CameraStep::Asking;
    if is_asking && props.cameras.is_empty() {
        return Html::default();
    }
    let value = if is_asking { props.camera.clone().unwrap_or_default() } else { camera.id.clone() };
    let on_choose = props.controls.on_camera.reform(Some);
    let on_mirror = props.controls.on_mirror.reform(|event: Event| input::is_checked(&event));
    html! {
        <>
            <Choice
                label="Camera"
                testid="camera-select"
                options={options(&props.cameras)}
                {value}
                {on_choose}
            />
            <label class="check">
                <input type="checkbox" checked={props.mirror} disabled={camera.faces_away} onchange={on_mirror}
                    data-testid="mirror" />
                { "Mirror" }
            </label>
        </>
    }
}

/// A camera without a name is numbered.
fn options(cameras: &[CameraInfo]) -> Vec<(AttrValue, AttrValue)> {
    let named = cameras.iter().enumerate().map(|(i, camera)| {
        let name = if camera.label.is_empty() { format!("Camera {}", i + 1) } else { camera.label.clone() };
        (camera.id.clone().into(), name.into())
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cameras_have_their_name_or_a_number() {
        let camera = |label: &str| CameraInfo { id: "x".into(), label: label.into() };
        let words: Vec<_> = options(&[camera("Front"), camera("")]).into_iter().map(|option| option.1).collect();
        assert_eq!(words, ["Front", "Camera 2"]);
    }
}
