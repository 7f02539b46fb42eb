//! The status of the page, in one sentence for people who cannot see the stage.

use super::{CameraStep, CameraTrouble, EngineState, Photo, PhotoWait, Source, State, Video, VideoStep};
use crate::engine::Ready;
use crate::theme;

impl State {
    /// The status, in one sentence. It changes when a person does something, not with every frame.
    pub(crate) fn status(&self) -> String {
        let ready = self.engine.ready.as_ref();
        match &self.source {
            _ if self.engine.word() == "failed" => "Ferrum could not be loaded".to_owned(),
            Source::Camera(camera) => match camera.step {
                CameraStep::Asking => "Allow the camera in the browser's question…".to_owned(),
                CameraStep::Running if camera.trouble == Some(CameraTrouble::Interrupted) => {
                    "The camera is interrupted".to_owned()
                }
                CameraStep::Running if ready.is_some() => "The camera is running".to_owned(),
                CameraStep::Running => "The camera is running, the first label comes when all is loaded…".to_owned(),
            },
            Source::Photo(photo) => photo_status(photo, &self.engine),
            Source::Video(video) => video_status(video, &self.engine),
            Source::Nothing if ready.is_some() => "Ready".to_owned(),
            Source::Nothing => "Loading…".to_owned(),
        }
    }
}

fn video_status(Video { name, step, .. }: &Video, engine: &EngineState) -> String {
    match step {
        VideoStep::Opening => format!("Opening {name}…"),
        VideoStep::Reading => match engine.photo_wait() {
            Some(PhotoWait::All) => format!("{name} is read when all is loaded…"),
            Some(PhotoWait::FullRange) => format!("{name} waits for the detector of small and far faces…"),
            None => format!("Reading {name}, every frame at its own time…"),
        },
        VideoStep::Paused => format!("{name} is paused"),
        VideoStep::Stopped => format!("{name} was stopped; what was read stays"),
        VideoStep::Ended(end) if end.problem.is_some() => format!("{name} could not be read to its end"),
        VideoStep::Ended(_) => format!("{name} was read"),
        VideoStep::Attached => format!("{name} belongs to the session"),
    }
}

fn photo_status(photo: &Photo, engine: &EngineState) -> String {
    let name = &photo.name;
    let shown = match (&photo.shown, &engine.ready) {
        (None, _) => {
            return match engine.photo_wait() {
                Some(PhotoWait::All) => format!("{name} is read when all is loaded…"),
                Some(PhotoWait::FullRange) => format!("{name} waits for the detector of small and far faces…"),
                None => format!("Reading {name}…"),
            };
        }
        (Some(_), Some(Ready { device, card, .. })) if photo.is_reading => {
            let network = theme::network_word(card.architecture);
            return format!("Reading {name} again with the {network} network on {device}…");
        }
        (Some(shown), _) => shown,
    };
    let faces = &shown.analysis.faces;
    let Some(face) = faces.get(photo.selected) else {
        if photo.progress().is_some() {
            return format!("Looking for small faces in {name}…");
        }
        return format!("No face found in {name}");
    };
    let (emotion, p) = face.prediction.scores.top();
    let hedge = if face.prediction.is_sure { "" } else { "unsure, perhaps " };
    let expression = format!("{hedge}{}, {}", theme::word(emotion).to_lowercase(), theme::percent(p.into()));
    match faces.len() {
        1 => format!("1 face in {name}, apparent expression {expression}"),
        n => format!("{n} faces in {name}; face {}, apparent expression {expression}", photo.selected + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use crate::detector::{DetectorStatus, Range};
    use crate::engine::{EngineEvent, Ready};
    use model_core::{Architecture, DeviceKind, ModelCard, Training};

    fn become_ready() -> Action {
        let card = ModelCard::new(Architecture::UNet, b"", Training::default());
        Action::Engine(EngineEvent::Ready(Ready { device: DeviceKind::WebGpu, why: None, card: Rc::new(card) }))
    }

    fn expect<const N: usize>(cases: [(Vec<Action>, &str); N]) {
        for (actions, expected) in cases {
            let mut state = State::default();
            for action in actions {
                state.apply(action);
            }
            assert_eq!(state.status(), expected);
        }
    }

    #[test]
    fn the_status_follows_the_photo() {
        let show = |n_faces| Action::ShowPhoto(AnalyzedPhoto::of_faces(n_faces).into());
        let begun =
            |n_faces| Action::ShowPhoto(AnalyzedPhoto { progress: 0.2, ..AnalyzedPhoto::of_faces(n_faces) }.into());
        let choose = || Action::ChoosePhoto("a.png".into());
        let coming = || DetectorStatus { range: Range::Coming, ..DetectorStatus::default() };
        let mut unsure = AnalyzedPhoto::of_faces(1);
        unsure.analysis.faces[0].prediction.is_sure = false;
        expect([
            (vec![], "Loading…"),
            (vec![choose()], "a.png is read when all is loaded…"),
            (
                vec![choose(), become_ready(), Action::Engine(EngineEvent::Detector(coming()))],
                "a.png waits for the detector of small and far faces…",
            ),
            (vec![choose(), become_ready()], "Reading a.png…"),
            (vec![choose(), show(0)], "No face found in a.png"),
            (vec![choose(), begun(0)], "Looking for small faces in a.png…"),
            (vec![choose(), begun(0), Action::StopSearch], "No face found in a.png"),
            (vec![choose(), begun(1)], "1 face in a.png, apparent expression angry, 14\u{a0}%"),
            (vec![choose(), show(1)], "1 face in a.png, apparent expression angry, 14\u{a0}%"),
            (
                vec![choose(), Action::ShowPhoto(unsure.into())],
                "1 face in a.png, apparent expression unsure, perhaps angry, 14\u{a0}%",
            ),
            (
                vec![choose(), show(2), Action::SelectFace(1)],
                "2 faces in a.png; face 2, apparent expression angry, 14\u{a0}%",
            ),
            (
                vec![choose(), show(1), become_ready(), Action::RereadPhoto],
                "Reading a.png again with the U-net network on WebGPU…",
            ),
        ]);
    }

    #[test]
    fn the_status_follows_video_and_camera() {
        let running = || Action::StartCamera { id: "x".into(), faces_away: false };
        expect([
            (vec![Action::ChooseVideo("a.mp4".into(), vec![])], "Opening a.mp4…"),
            (
                vec![
                    Action::ChooseVideo("a.mp4".into(), vec![]),
                    Action::EndVideo(crate::protocol::VideoEnd::default()),
                ],
                "a.mp4 was read",
            ),
            (vec![Action::AskCamera], "Allow the camera in the browser's question…"),
            (vec![Action::AskCamera, running(), become_ready()], "The camera is running"),
            (
                vec![Action::AskCamera, running(), Action::SetCameraTrouble(Some(CameraTrouble::Interrupted))],
                "The camera is interrupted",
            ),
        ]);
    }
}
