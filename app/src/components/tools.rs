//! Under the picture: buttons for a closer look, and the tool that is open.

use std::cell::RefCell;
use std::rc::Rc;

use model_core::Architecture;
use yew::prelude::*;

use super::card::Card;
use super::compare::Compare;
use super::inspector::Inspector;
use crate::hooks::{Controls, use_news};
use crate::inspection::InspectionState;
use crate::state::{EngineState, Source, Tool, ToolAction, Tools};
use crate::web;

/// The tool that is open; its buttons control it.
const TOOL: &str = "tool";

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Which one is open, and what a person chose in it.
    pub tools: Tools,
    /// What is on the stage.
    pub source: Source,
    /// What is in use.
    pub engine: EngineState,
    /// The network that a person chose.
    pub network: Architecture,
    /// What is found in the selected face.
    pub inspection: Rc<RefCell<InspectionState>>,
    /// What a person can do.
    pub controls: Controls,
}

/// Buttons for a closer look, and the tool that is open.
#[component]
pub(super) fn ToolsPanel(props: &Props) -> Html {
    use_news(&props.inspection);
    let open = props.tools.open;
    let panel = use_node_ref();
    // It opens below the picture, where a person would not see it.
    use_effect_with((panel.clone(), open), |(panel, _)| web::reveal(panel));
    let button = |(tool, id, word): (Tool, &'static str, &'static str)| {
        let onclick = props.controls.on_tool.reform(move |_: MouseEvent| ToolAction::Toggle(tool));
        let is_open = open == Some(tool);
        html! {
            <button
                type="button"
                {onclick}
                aria-expanded={is_open.to_string()}
                aria-controls={is_open.then_some(TOOL)}
                data-testid={id}
            >
                { word }
            </button>
        }
    };
    let buttons = [
        (Tool::Inspector, "tool-inspector", "Look inside"),
        (Tool::Compare, "tool-compare", "Compare networks"),
        (Tool::Card, "tool-card", "Network card"),
    ];
    html! {
        <>
            <div class="tools" role="group" aria-label="Closer looks">{ for buttons.into_iter().map(button) }</div>
            if let Some(tool) = open {
                <section ref={panel} id={TOOL} class="panel tool" aria-labelledby="tool-title">
                    { content(tool, props) }
                </section>
            }
        </>
    }
}

fn content(tool: Tool, props: &Props) -> Html {
    let inspection = props.inspection.borrow();
    let on_tool = props.controls.on_tool.clone();
    match tool {
        Tool::Inspector => {
            let looked = inspection.looked();
            let weights = looked.as_ref().and_then(|looked| inspection.weights(looked.network));
            html! {
                <Inspector
                    {looked}
                    {weights}
                    advice={advice(&props.engine, &props.source)}
                    network={props.network}
                    layer={props.tools.layer(props.network)}
                    colors={props.tools.colors}
                    {on_tool}
                    on_network={props.controls.on_network.clone()}
                />
            }
        }
        Tool::Compare => html! {
            <Compare
                compared={inspection.compared()}
                beside={props.tools.beside.clone()}
                advice={advice(&props.engine, &props.source)}
                {on_tool}
            />
        },
        Tool::Card => {
            let network = props.tools.card_network(props.network);
            html! {
                <Card
                    {network}
                    card={props.tools.card(network).cloned()}
                    report={props.tools.report(network).cloned()}
                    {on_tool}
                />
            }
        }
    }
}

/// What to do while there is no face to look at.
fn advice(engine: &EngineState, source: &Source) -> &'static str {
    match (&engine.ready, source) {
        (None, _) if engine.failed.is_some() => "Nothing is loaded; the message above the picture says why",
        (None, _) => "It appears when all is loaded",
        (_, Source::Nothing) => "Choose a photo or start the camera, then a face appears here",
        (_, Source::Photo(photo)) if photo.is_reading => "The photo is being read…",
        (_, Source::Photo(photo)) if photo.shown.as_ref().is_none_or(|shown| shown.crops.is_empty()) => {
            "There is no face in this photo; choose another one"
        }
        (_, Source::Photo(_)) => "The face is being read…",
        (_, Source::Camera(_)) => "Waiting for a face in the camera's picture…",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Ready;
    use crate::problem::Problem;
    use crate::state::{Camera, Photo, Shown};
    use model_core::{DeviceKind, ModelCard, Training};

    #[test]
    fn while_there_is_no_face_a_person_is_told_what_to_do() {
        let card = Rc::new(ModelCard::new(Architecture::Small, b"", Training::default()));
        let ready = Some(Ready { device: DeviceKind::Cpu, why: None, card });
        let loading = EngineState::default();
        let failed = EngineState { failed: Some(Problem::new("a", "b", "c")), ..EngineState::default() };
        let ready = EngineState { ready, ..failed.clone() };
        let photo = |is_reading, n_faces: Option<usize>| {
            let shown = n_faces.map(|n_faces| Rc::new(Shown::of_faces(n_faces)));
            Source::Photo(Photo { name: "a".into(), is_reading, is_stopped: false, shown, selected: 0 })
        };
        let cases = [
            (&loading, Source::Nothing, "when all is loaded"),
            (&failed, Source::Nothing, "the message above"),
            (&ready, Source::Nothing, "Choose a photo"),
            (&ready, photo(true, None), "photo is being read"),
            (&ready, photo(false, Some(0)), "no face"),
            (&ready, photo(false, Some(1)), "face is being read"),
            (&ready, Source::Camera(Camera::asked()), "camera"),
        ];
        for (engine, source, words) in cases {
            assert!(advice(engine, &source).contains(words), "{source:?}: {}", advice(engine, &source));
        }
    }
}
