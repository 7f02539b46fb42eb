//! The words on the stage while it shows no picture.

use yew::prelude::*;

use super::toolbar::PHOTO_INPUT;
use crate::state::{Camera, CameraStep, CameraTrouble, Mode, PhotoWait, Source};

/// The stage without a picture: what it waits for, or what can be done.
pub(super) fn invitation(mode: Mode, source: &Source, wait: Option<PhotoWait>) -> Html {
    let (title, text) = match source {
        Source::Nothing => return welcome(mode),
        Source::Photo(_) => match wait {
            None => ("Reading the photo…", "It stays on this device"),
            Some(PhotoWait::All) => {
                ("The photo waits", "It is read as soon as all is loaded, and stays on this device")
            }
            Some(PhotoWait::FullRange) => (
                "The photo waits for the detector of small and far faces",
                "It is read as soon as that is loaded, and stays on this device",
            ),
        },
        Source::Camera(camera) if camera.step == CameraStep::Asking => (
            "Waiting for the camera…",
            "The browser asks whether this page may use it; its picture stays on this device",
        ),
        Source::Camera(Camera { trouble: Some(CameraTrouble::Interrupted), .. }) => {
            ("Waiting for the camera…", "It gives no picture at present")
        }
        Source::Camera(_) => ("Waiting for the first label…", "The camera is on"),
        Source::Video(_) => ("Opening the video…", "It stays on this device"),
    };
    html! {
        <div class="invitation">
            <p class="large">{ title }</p>
            <p class="quiet">{ text }</p>
        </div>
    }
}

/// An invitation to begin; the buttons for it lie below. A press anywhere on the empty stage opens the file picker,
/// too.
fn welcome(mode: Mode) -> Html {
    match mode {
        Mode::Photos => html! {
            <label class="invitation welcome" for={PHOTO_INPUT}>
                <span>
                    <span class="large with-mouse">{ "Drop or paste a photo" }</span>
                    <span class="large with-touch">{ "Choose a photo" }</span>
                    <span class="quiet">
                        { "Ferrum reads the apparent expression of every face. Nothing leaves this device" }
                    </span>
                </span>
            </label>
        },
        Mode::Camera => {
            lead("Read faces as they move", "The browser asks first. The camera’s picture stays on this device")
        }
        Mode::Video => {
            lead("Drop a video to read it frame by frame", "MP4, MOV, WebM or MKV; its frames stay on this device")
        }
    }
}

fn lead(title: &'static str, text: &'static str) -> Html {
    html! {
        <div class="invitation welcome">
            <span>
                <span class="large">{ title }</span>
                <span class="quiet">{ text }</span>
            </span>
        </div>
    }
}
