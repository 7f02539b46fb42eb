//! The selected face: how probable each expression is, and how raters would vote.

use yew::prelude::*;

use super::{probabilities::Probabilities, votes::VotesTable};
use crate::detector::{DetectorInUse, DetectorKind};
use crate::display::DisplayFace;
use crate::state::Source;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The face.
    pub face: DisplayFace,
}

/// The selected face: how probable each expression is, and how raters would vote.
#[component]
pub(super) fn Expression(Props { face }: &Props) -> Html {
    html! {
        <div class="expression">
            { notes(face) }
            <section class="stack" aria-labelledby="probabilities">
                <h3 id="probabilities">{ "Probabilities" }</h3>
                <Probabilities scores={face.face.prediction.scores} />
                { label_head(face) }
            </section>
            if let Some(votes) = face.face.prediction.votes {
                <VotesTable {votes} />
            }
        </div>
    }
}

/// Reasons not to believe the label.
fn notes(face: &DisplayFace) -> Html {
    html! {
        <>
            if let Some(issue) = face.face.worst_issue() {
                <p class="wide-row note" data-testid="issue">
                    { format!("Hard to read: {}", issue.advice().to_lowercase()) }
                </p>
            }
            if face.label.is_none() {
                <p class="wide-row note" data-testid="unsure">
                    { if face.face.quality.allows_sure_label() {
                        "Unsure: no label is probable enough for the face to be called so"
                    } else {
                        "Unsure: the face has too few pixels for a label"
                    } }
                </p>
            }
            if face.id.is_some() {
                <p class="wide-row quiet">
                    { "The label is smoothed over 0.3\u{a0}s; these are the probabilities in the newest frame" }
                </p>
            }
        </>
    }
}

fn label_head(face: &DisplayFace) -> Html {
    let Some(scores) = face.face.prediction.label_head else { return Html::default() };
    html! {
        <details data-testid="label-head">
            <summary>{ "By FER2013’s label alone" }</summary>
            <div class="stack">
                <p class="quiet">
                    { "Above, both heads of the network answer together: what FER2013’s label would be, and how FER+’s \
                       ten raters would vote" }
                </p>
                <Probabilities {scores} testid="label-probability" />
            </div>
        </details>
    }
}

/// The place of a picture's faces where it has none: what to do about it.
pub(super) fn no_face(source: &Source) -> Html {
    let advice = match source {
        Source::Photo(photo) => photo.shown.as_ref().map(|shown| photo_advice(shown.read_by.detector)),
        Source::Camera(_) => Some("Turn to the camera, come closer, and let light fall on the face"),
        Source::Nothing | Source::Video(_) => None,
    };
    html! {
        <div class="stack" data-testid="no-face">
            <h2>{ "No face found" }</h2>
            <p>{ advice.unwrap_or_default() }</p>
        </div>
    }
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
