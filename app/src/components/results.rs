//! What was found in the photo, or is being found by the camera.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;

use super::{faces::Faces, probabilities::Probabilities, shares::SharesTable, votes::VotesTable};
use crate::detector::{DetectorInUse, DetectorKind};
use crate::hooks::{Controls, Pressed, use_ticker};
use crate::live::{Live, Poor};
use crate::seen::Seen;
use crate::state::Source;

/// Numbers that change faster cannot be read.
pub(super) const TICK_MS: u32 = 125;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// What is on the stage.
    pub source: Source,
    /// What the camera sees.
    pub live: Rc<RefCell<Live>>,
    /// What becomes of frames in which a face is poorly seen.
    pub poor: Poor,
    /// What a person can do.
    pub controls: Controls,
}

/// What was found in the photo, or is being found by the camera.
#[component]
pub(super) fn Results(props: &Props) -> Html {
    use_ticker(props.source.is_live(), TICK_MS);
    let update = use_force_update();
    let on_reset = {
        let live = Rc::clone(&props.live);
        Callback::from(move |()| {
            live.borrow_mut().reset_shares();
            update.force_update();
        })
    };
    let was_live = props.source == Source::Nothing && props.live.borrow().shares(props.poor).secs() > 0.0;
    // It looks again whenever this does.
    let n_looks = use_mut_ref(|| 0_u32);
    *n_looks.borrow_mut() += 1;
    let n_looks = *n_looks.borrow();
    html! {
        <>
            { found(props) }
            if props.source.is_live() || was_live {
                <SharesTable
                    live={props.live.clone()}
                    {n_looks}
                    poor={props.poor}
                    on_leave_out_poor={props.controls.on_leave_out_poor.clone()}
                    {on_reset}
                />
            }
        </>
    }
}

fn found(props: &Props) -> Html {
    match &props.source {
        Source::Nothing => Html::default(),
        Source::Photo(photo) => photo.shown.as_ref().map_or_else(Html::default, |shown| {
            faces(&shown.seen(), photo.selected, &props.controls.on_select, photo_advice(shown.detector))
        }),
        Source::Camera(_) => props.live.borrow().frame().map_or_else(Html::default, |frame| {
            let advice = "Turn to the camera, come closer, and let light fall on the face";
            faces(&frame.faces, props.live.borrow().selected(), &props.controls.on_select, advice)
        }),
    }
}

/// What to do about a photo without a face.
fn photo_advice(detector: DetectorInUse) -> &'static str {
    match (detector.kind, detector.full_range) {
        (DetectorKind::Haar, _) => {
            "The classic detector finds faces that are upright, turned to the camera and at least 30 pixels wide. \
             Try BlazeFace or another photo"
        }
        (DetectorKind::BlazeFace, true) => {
            "Ferrum finds faces that are turned to the camera and not too small. Try another photo"
        }
        (DetectorKind::BlazeFace, false) => {
            "Only near faces are found, as the net for small and far ones is not loaded. Try again or another photo"
        }
    }
}

fn faces(faces: &[Seen], selected: usize, on_select: &Callback<Pressed>, advice: &'static str) -> Html {
    let Some(face) = faces.get(selected) else {
        return html! {
            <section class="panel" data-testid="no-face">
                <h2>{ "No face found" }</h2>
                <p>{ advice }</p>
            </section>
        };
    };
    html! {
        <section class="panel">
            <h2>{ "Apparent expression" }</h2>
            <Faces faces={faces.to_vec()} {selected} on_select={on_select.clone()} />
            if let Some(flaw) = face.flaw {
                <p data-testid="flaw">{ format!("Hard to read: {}", flaw.advice().to_lowercase()) }</p>
            }
            if face.label.is_none() {
                <p data-testid="unsure">{ "Unsure: no label is probable enough for the face to be called so" }</p>
            }
            if face.id.is_some() {
                <p class="quiet">
                    { "The label is smoothed over 0.3\u{a0}s; these are the probabilities in the newest frame" }
                </p>
            }
            <Probabilities scores={face.face.scores} />
            if let Some(votes) = face.face.votes {
                <VotesTable {votes} />
            }
        </section>
    }
}
