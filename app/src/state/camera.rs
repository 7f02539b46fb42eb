//! The camera on the stage, and why there may be none.

use crate::problem::Problem;

/// The camera on the stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Camera {
    /// Its step.
    pub step: CameraStep,
    /// The browser's id of it.
    pub id: String,
    /// Whether it looks away from the person.
    pub faces_away: bool,
    /// Whether its picture is being kept.
    pub is_recorded: bool,
    /// Why nothing can be read of its picture, if that is so.
    pub trouble: Option<CameraTrouble>,
}

/// Why nothing can be read of a running camera's picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CameraTrouble {
    /// The system has taken it for a while, such as for a call.
    Interrupted,
    /// All of it is black.
    Black,
}

impl CameraTrouble {
    /// For the screen.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Interrupted => "The camera is interrupted by the system or another app; it goes on by itself",
            Self::Black => "The picture is black: is the camera's shutter closed, or its lens covered?",
        }
    }
}

/// The step that the camera is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CameraStep {
    /// The browser asks the person.
    Asking,
    /// Frames arrive.
    Running,
}

/// A camera as the browser names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraInfo {
    /// The browser's id of it.
    pub id: String,
    /// Its name; empty before permission was given.
    pub label: String,
}

/// Why the camera does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraProblem {
    /// The page is neither `https` nor on this machine, so the browser hides its cameras.
    Insecure,
    /// The browser has no way to ask for a camera.
    Unsupported,
    /// The person or the browser's settings said no.
    Denied,
    /// The system lets this browser use no camera.
    DeniedBySystem,
    /// A page that shows this one in a frame, named by its origin, does not pass the camera on.
    Framed(String),
    /// The browser gives noise in the place of pixels.
    Masked,
    /// There is none.
    NotFound,
    /// Another program has it.
    InUse,
    /// It was pulled out, or the system took it away.
    Unplugged,
    /// The remembered camera is gone; another may be there.
    Gone,
    /// Another reason, in the browser's words.
    Other(String),
}

impl Camera {
    pub(crate) fn asked() -> Self {
        Self { step: CameraStep::Asking, id: String::new(), faces_away: false, is_recorded: false, trouble: None }
    }
}

impl CameraProblem {
    /// From the name of the exception of `getUserMedia` (W3C Media Capture and Streams, § 10.2) and its message.
    pub fn from_exception(name: &str, message: &str) -> Self {
        match name {
            // Chromium's words; other browsers do not tell the two apart.
            "NotAllowedError" if message.contains("by system") => Self::DeniedBySystem,
            "NotAllowedError" | "SecurityError" => Self::Denied,
            "NotFoundError" => Self::NotFound,
            "NotReadableError" | "AbortError" => Self::InUse,
            "OverconstrainedError" => Self::Gone,
            _ => Self::Other(format!("{name}: {message}")),
        }
    }
}

impl From<CameraProblem> for Problem {
    fn from(problem: CameraProblem) -> Self {
        const OR_A_PHOTO: &str = "or use a photo instead";
        let [title, detail, advice] = match problem {
            CameraProblem::Insecure => [
                "The camera cannot be used on this page",
                "Browsers give a camera only to pages that come over https or from this machine",
                "Open the page with https:// or as localhost",
            ],
            CameraProblem::Unsupported => [
                "This browser cannot use a camera",
                "It has no navigator.mediaDevices",
                "Open the page in a current Chrome, Edge, Firefox or Safari",
            ],
            CameraProblem::Denied => [
                "The camera is not allowed",
                "The browser or its settings said no",
                "Allow the camera for this page beside the address, then press Start camera",
            ],
            CameraProblem::DeniedBySystem => [
                "The system does not let this browser use the camera",
                "The browser asked for it and was refused",
                "Allow it in the system's settings, on Windows and macOS under privacy and security, then press Start camera",
            ],
            CameraProblem::Framed(by) => {
                let detail = format!("{by} shows it in a frame without allow=\"camera\"");
                let advice = format!("Open Ferrum in a tab of its own, {OR_A_PHOTO}");
                return Self::new("The page around this one does not pass the camera on", detail, advice);
            }
            CameraProblem::Masked => [
                "The browser hides the pixels of pictures",
                "It gives noise for what a canvas shows, as protection against fingerprinting (resistFingerprinting)",
                "Allow this page to read canvases, in Firefox beside the address, then press Start camera",
            ],
            CameraProblem::NotFound | CameraProblem::Gone => [
                "No camera was found",
                "The browser knows of no camera that it could use",
                "Connect a camera and press Start camera",
            ],
            CameraProblem::InUse => [
                "The camera is used elsewhere",
                "It is there but gives no picture",
                "Close other programs and tabs that use it, then press Start camera",
            ],
            CameraProblem::Unplugged => [
                "The camera is gone",
                "It was unplugged, the system took it away, or its permission was taken back",
                "Connect it again and press Start camera",
            ],
            CameraProblem::Other(what) => {
                let advice = format!("Press Start camera to try again, {OR_A_PHOTO}");
                return Self::new("The camera could not be started", what, advice);
            }
        };
        Self::new(title, detail, format!("{advice}, {OR_A_PHOTO}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_browser_throws_becomes_a_title_and_advice() {
        let cases = [
            ("NotAllowedError", "Permission denied", "not allowed", "Allow the camera"),
            ("NotAllowedError", "Permission denied by system", "The system does not", "system's settings"),
            ("NotFoundError", "why", "No camera", "Connect"),
            ("NotReadableError", "why", "used elsewhere", "Close other programs"),
            ("OverconstrainedError", "why", "No camera", "Connect"),
            ("TypeError", "why", "could not be started", "try again"),
        ];
        for (name, message, title, advice) in cases {
            let problem = Problem::from(CameraProblem::from_exception(name, message));
            assert!(problem.title.contains(title) && problem.advice.contains(advice), "{name}: {problem:?}");
            assert!(problem.advice.ends_with("or use a photo instead"), "{problem:?}");
        }
        let other = Problem::from(CameraProblem::from_exception("TypeError", "why"));
        assert_eq!(other.detail, "TypeError: why");
        let framed = Problem::from(CameraProblem::Framed("https://example.org".into()));
        assert!(framed.detail.starts_with("https://example.org shows it"), "{framed:?}");
    }
}
