//! The faces that were found in the photo, or are being found by the camera.

use std::rc::Rc;

use pipeline::PoorFramePolicy;
use yew::prelude::*;

use super::{faces::Faces, probabilities::Probabilities, shares::SharesTable, votes::VotesTable};
use crate::detector::{DetectorInUse, DetectorKind};
use crate::display::DisplayFace;
use crate::hooks::{Controls, FaceClick};
use crate::live::LiveView;
use crate::state::{Photo, Shown, Source};

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The source of the picture on the stage.
    pub source: Source,
    /// A snapshot of the camera's side.
    pub live: Rc<LiveView>,
    /// How frames count in which a face is poorly seen.
    pub poor_frames: PoorFramePolicy,
    /// The things that a person can do.
    pub controls: Controls,
}

/// The faces that were found in the photo, or are being found by the camera.
#[component]
pub(super) fn Results(props: &Props) -> Html {
    let was_live = props.source == Source::Nothing && props.live.shares.secs() > 0.0;
    html! {
        <>
            { found(props) }
            if props.source.is_live() || was_live {
                <SharesTable
                    live={props.live.clone()}
                    poor_frames={props.poor_frames}
                    on_leave_out_poor={props.controls.on_leave_out_poor.clone()}
                    on_reset={props.controls.on_reset_shares.clone()}
                />
            }
        </>
    }
}

fn found(props: &Props) -> Html {
    match &props.source {
        Source::Nothing => Html::default(),
        // Nothing is said of faces that are still looked for.
        Source::Photo(photo) => {
            photo.shown.as_ref().filter(|shown| is_told(photo, shown)).map_or_else(Html::default, |shown| {
                faces(&shown.display(), photo.selected, &props.controls.on_select, photo_advice(shown.detector))
            })
        }
        Source::Camera(_) => props.live.frame.as_ref().map_or_else(Html::default, |frame| {
            let advice = "Turn to the camera, come closer, and let light fall on the face";
            faces(&frame.faces, frame.selected_idx, &props.controls.on_select, advice)
        }),
    }
}

fn is_told(photo: &Photo, shown: &Shown) -> bool {
    !shown.analysis.faces.is_empty() || photo.progress().is_none()
}

/// Advice on a photo without a face.
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

fn faces(faces: &[DisplayFace], selected: usize, on_select: &Callback<FaceClick>, advice: &'static str) -> Html {
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
            if let Some(flaw) = face.face.worst_flaw() {
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
            <Probabilities scores={face.face.reading.scores} />
            if let Some(scores) = face.face.reading.label_head {
                <p class="quiet">
                    { "By both heads of the network together: what FER2013’s label would be, and how FER+’s ten raters \
                       would vote" }
                </p>
                <details data-testid="label-head">
                    <summary>{ "By FER2013’s label alone" }</summary>
                    <Probabilities {scores} testid="label-probability" />
                </details>
            }
            if let Some(votes) = face.face.reading.votes {
                <VotesTable {votes} />
            }
        </section>
    }
}
