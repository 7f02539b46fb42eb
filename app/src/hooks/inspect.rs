//! Asks about the selected face while a tool wants to know, and hands out what comes.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;

use crate::engine::Engine;
use crate::inspection::InspectionState;
use crate::protocol::GreyBytes;
use crate::state::{Source, State, Tool};

/// The stage, as far as inspections are requested from here; the camera's frames request theirs as they come.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Nothing,
    Face(GreyBytes),
    Camera,
}

/// Ask about the selected face of a photo whenever face, view or network change.
#[hook]
pub(super) fn use_inspection(state: &State, engine: &Rc<Engine>, inspection: &Rc<RefCell<InspectionState>>) {
    let target = state.tools.inspection_target(&state.engine);
    inspection.borrow_mut().set_target(target);
    let (asking, engine_to_ask) = (Rc::clone(inspection), Rc::clone(engine));
    use_effect_with((), move |()| {
        let on_question = Callback::from(move |question| engine_to_ask.inspect(question));
        asking.borrow_mut().set_asking(on_question);
    });
    let in_use = state.engine.ready.as_ref().map(|ready| (ready.card.architecture, ready.device));
    let deps = (stage(&state.source), target, in_use, state.tools.beside.n_preloaded);
    let inspection = Rc::clone(inspection);
    use_effect_with(deps, move |(stage, ..)| ask(&inspection, stage));
    let engine = Rc::clone(engine);
    let comparing = (state.tools.open == Some(Tool::Compare), state.tools.n_tries);
    use_effect_with(comparing, move |&(comparing, _)| engine.set_comparing(comparing));
}

fn stage(source: &Source) -> Stage {
    match source {
        Source::Camera(_) | Source::Video(_) => Stage::Camera,
        Source::Photo(photo) => {
            let crops = photo.shown.as_ref().map(|shown| &shown.crops);
            crops.and_then(|crops| crops.get(photo.selected)).map_or(Stage::Nothing, |crop| Stage::Face(crop.clone()))
        }
        Source::Nothing => Stage::Nothing,
    }
}

fn ask(inspection: &RefCell<InspectionState>, stage: &Stage) {
    match stage {
        Stage::Camera => {}
        Stage::Nothing => {
            inspection.borrow_mut().clear();
            let listener = inspection.borrow().listener();
            listener.emit(());
        }
        Stage::Face(face) => {
            let asked = inspection.borrow_mut().ask(face);
            if let Some((on_question, question)) = asked {
                on_question.emit(question);
            }
        }
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
            (Source::Camera(Camera::asked()), Stage::Camera),
            (photo(None), Stage::Nothing),
            (photo(Some(shown(1))), Stage::Nothing),
            (photo(Some(shown(3))), Stage::Face(crop(1))),
        ];
        for (source, expected) in cases {
            assert_eq!(stage(&source), expected);
        }
    }
}
