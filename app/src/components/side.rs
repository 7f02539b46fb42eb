//! Beside the picture: the faces that were found, and a view of the selected one.

use std::cell::RefCell;
use std::rc::Rc;

use model_core::Architecture;
use yew::prelude::*;

use super::expression::{Expression, no_face};
use super::faces::Faces;
use super::views::{View, advice, buttons};
use crate::display::{DisplayFace, FaceRef};
use crate::hooks::Controls;
use crate::inspection::InspectionState;
use crate::live::LiveView;
use crate::state::{EngineState, Source, Tools};

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The source of the picture on the stage.
    pub source: Source,
    /// A snapshot of the camera's side.
    pub live: Rc<LiveView>,
    /// The views, and which one is open.
    pub tools: Tools,
    /// The state of the engine.
    pub engine: EngineState,
    /// The network that a person chose.
    pub network: Architecture,
    /// The face that a person points at.
    pub pointed: Option<FaceRef>,
    /// The inspection of the selected face.
    pub inspection: Rc<RefCell<InspectionState>>,
    /// The page's controls.
    pub controls: Controls,
}

/// Beside the picture: the faces that were found, and a view of the selected one.
#[component]
pub(super) fn Side(props: &Props) -> Html {
    let found = found(props);
    let selected = found.as_ref().and_then(|(faces, selected)| faces.get(*selected).copied());
    html! {
        <aside class="side panel" aria-label="Faces">
            { match &found {
                None => html! { <p class="quiet">{ advice(&props.engine, &props.source) }</p> },
                Some((faces, _)) if faces.is_empty() => no_face(&props.source),
                Some((faces, selected)) => list(faces, *selected, props),
            } }
            { buttons(props.tools.open, &props.controls.on_tool) }
            { match (props.tools.open, selected) {
                (Some(tool), _) => html! {
                    <View
                        {tool}
                        tools={props.tools.clone()}
                        source={props.source.clone()}
                        engine={props.engine.clone()}
                        network={props.network}
                        inspection={props.inspection.clone()}
                        controls={props.controls.clone()}
                    />
                },
                (None, Some(face)) => html! { <Expression {face} /> },
                (None, None) => Html::default(),
            } }
        </aside>
    }
}

/// The faces of the picture and which of them is selected, if it has been read.
fn found(props: &Props) -> Option<(Vec<DisplayFace>, usize)> {
    match &props.source {
        Source::Nothing => None,
        // Nothing is said of faces that are still looked for.
        Source::Photo(photo) => {
            let shown = photo.shown.as_ref()?;
            let is_told = !shown.analysis.faces.is_empty() || photo.progress().is_none();
            is_told.then(|| (shown.display(), photo.selected))
        }
        Source::Camera(_) | Source::Video(_) => {
            props.live.frame.as_ref().map(|frame| (frame.faces.clone(), frame.selected_idx))
        }
    }
}

fn list(faces: &[DisplayFace], selected: usize, props: &Props) -> Html {
    html! {
        <div class="stack">
            <h2>{ if faces.len() == 1 { "Apparent expression" } else { "Apparent expressions" } }</h2>
            <Faces
                faces={faces.to_vec()}
                {selected}
                pointed={props.pointed}
                on_select={props.controls.on_select.clone()}
                on_point={props.controls.on_point.clone()}
            />
        </div>
    }
}
