//! Asks about the selected face while a tool wants to know, and hands out what comes.

use std::cell::RefCell;
use std::rc::Rc;

use web_time::Instant;
use yew::prelude::*;

use crate::engine::Engine;
use crate::inspection::InspectionState;
use crate::live::Live;
use crate::protocol::GreyBytes;
use crate::state::{Source, State, Tool};

/// Whose selected face is asked about when the stage, the view or the network changes.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Nothing,
    /// A photo's.
    Face(GreyBytes),
    /// That of the newest frame of a video that stands still.
    NewestFrame,
    /// Nobody's: each frame that comes brings its own request ([`inspect_newest`]).
    Moving,
}

/// Ask about the selected face of what stands still whenever face, view or network change.
#[hook]
pub(super) fn use_inspection(
    state: &State,
    engine: &Rc<Engine>,
    inspection: &Rc<RefCell<InspectionState>>,
    live: &Rc<RefCell<Live>>,
) {
    let target = state.tools.inspection_target(&state.engine);
    inspection.borrow_mut().set_target(target);
    let in_use = state.engine.ready.as_ref().map(|ready| (ready.card.architecture, ready.device));
    let deps = (stage(&state.source), target, in_use, state.tools.beside.n_preloaded);
    let (inspection, live, asked) = (Rc::clone(inspection), Rc::clone(live), Rc::clone(engine));
    use_effect_with(deps, move |(stage, ..)| {
        let face = match stage {
            Stage::Moving => return,
            Stage::Nothing => None,
            Stage::Face(face) => Some(face.clone()),
            Stage::NewestFrame => live.borrow().crop().cloned(),
        };
        ask(&inspection, face.as_ref(), &asked);
    });
    let engine = Rc::clone(engine);
    let comparing = (state.tools.open == Some(Tool::Compare), state.tools.n_tries);
    use_effect_with(comparing, move |&(comparing, _)| engine.set_comparing(comparing));
}

fn stage(source: &Source) -> Stage {
    match source {
        Source::Video(video) if video.is_still() => Stage::NewestFrame,
        Source::Camera(_) | Source::Video(_) => Stage::Moving,
        Source::Photo(photo) => {
            let crops = photo.shown.as_ref().map(|shown| &shown.crops);
            crops.and_then(|crops| crops.get(photo.selected)).map_or(Stage::Nothing, |crop| Stage::Face(crop.clone()))
        }
        Source::Nothing => Stage::Nothing,
    }
}

fn ask(inspection: &RefCell<InspectionState>, face: Option<&GreyBytes>, engine: &Engine) {
    if let Some(face) = face {
        let request = inspection.borrow_mut().request(face);
        if let Some(request) = request {
            engine.inspect(request);
        }
    } else {
        inspection.borrow_mut().clear();
        let listener = inspection.borrow().listener();
        listener.emit(());
    }
}

/// Ask about the selected face of the frame that just came, if that is due.
pub(super) fn inspect_newest(live: &RefCell<Live>, inspection: &RefCell<InspectionState>, engine: &Engine) {
    let crop = live.borrow().crop().cloned();
    let request = crop.and_then(|crop| inspection.borrow_mut().request_in_time(&crop, Instant::now()));
    if let Some(request) = request {
        engine.inspect(request);
    }
}

/// Render the component again whenever there is something new to show.
#[hook]
pub(crate) fn use_news(inspection: &Rc<RefCell<InspectionState>>) {
    let update = use_force_update();
    let inspection = Rc::clone(inspection);
    use_effect_with((), move |()| {
        inspection.borrow_mut().set_listening(Callback::from(move |()| update.force_update()));
        move || inspection.borrow_mut().set_listening(Callback::noop())
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{AnalyzedPhoto, Camera, Photo};

    #[test]
    fn the_selected_face_of_a_photo_is_asked_about() {
        let crop = |level| GreyBytes([level].into());
        let shown = |n_faces: u8| {
            Rc::new(AnalyzedPhoto { crops: (0..n_faces).map(crop).collect(), ..AnalyzedPhoto::of_faces(0) })
        };
        let photo =
            |shown| Source::Photo(Photo { name: "a".into(), is_reading: true, is_stopped: false, shown, selected: 1 });
        let cases = [
            (Source::Nothing, Stage::Nothing),
            (Source::Camera(Camera::asked()), Stage::Moving),
            (photo(None), Stage::Nothing),
            (photo(Some(shown(1))), Stage::Nothing),
            (photo(Some(shown(3))), Stage::Face(crop(1))),
        ];
        for (source, expected) in cases {
            assert_eq!(stage(&source), expected);
        }
    }
}
