//! The network's view of the selected face: the crop, the maps of a layer, the weights, the output.

mod maps;
mod save;
mod scale;
mod weights;

use std::rc::Rc;

use model_core::{Architecture, INPUT_SIDE};
use yew::prelude::*;

use super::{
    badge::Badge,
    choice::{Choice, parsed},
    probabilities::Probabilities,
    raster::Pixels,
};
use crate::inspection::Shared;
use crate::picture::{ColorMap, Raster};
use crate::protocol::{LayerInspection, Weights};
use crate::state::ToolAction;
use crate::theme;
use maps::MapsFigure;
use save::Save;
use weights::WeightsFigures;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The newest inspection, if one has come.
    pub looked: Option<Rc<LayerInspection>>,
    /// The weights of that network, if they have come.
    pub weights: Option<Shared<Weights>>,
    /// Advice while there is no inspection.
    pub advice: AttrValue,
    /// The network that a person chose.
    pub network: Architecture,
    /// The layer that a person chose.
    pub layer: usize,
    /// Colours of numbers.
    pub colors: ColorMap,
    /// Another layer or other colours were chosen.
    pub on_tool: Callback<ToolAction>,
    /// Another network was chosen.
    pub on_network: Callback<Architecture>,
}

/// The network's view of the selected face.
#[component]
pub(super) fn Inspector(props: &Props) -> Html {
    html! {
        <div class="inspector" data-testid="inspector">
            <div class="heading">
                <h2 id="tool-title">{ "Inside the network" }</h2>
                <Save looked={props.looked.clone()} colors={props.colors} />
            </div>
            <div class="choices">{ choices(props) }</div>
            { props.looked.as_deref().map_or_else(|| waiting(&props.advice), |looked| view(looked, props)) }
        </div>
    }
}

fn waiting(advice: &AttrValue) -> Html {
    html! { <p data-testid="no-look">{ advice }</p> }
}

fn view(looked: &LayerInspection, props: &Props) -> Html {
    html! {
        <>
            <div class="seen">
                <figure>
                    <Pixels
                        raster={Raster::of_crop(&looked.face, INPUT_SIDE)}
                        zoom={4}
                        label="The face as the network saw it, 48×48 pixels of grey"
                        testid="crop"
                    />
                    <figcaption class="quiet">{ "As the network saw it, 48×48 pixels" }</figcaption>
                </figure>
                <div>
                    <h3>{ format!("Output of the {} network", theme::network_word(looked.network)) }</h3>
                    <p><Badge scores={looked.prediction.scores} label={looked.prediction.is_sure.then(|| looked.prediction.scores.top().0)} /></p>
                    <Probabilities scores={looked.prediction.scores} testid="output" />
                </div>
            </div>
            <MapsFigure
                network={looked.network}
                device={looked.device}
                layer={looked.layer}
                maps={looked.maps.clone()}
                colors={props.colors}
            />
            if let Some(weights) = &props.weights {
                <WeightsFigures network={looked.network} weights={weights.clone()} />
            }
        </>
    }
}

fn choices(props: &Props) -> Html {
    let network = props.network;
    let on_network = parsed(&props.on_network, |id| id.parse().ok());
    let on_layer =
        parsed(&props.on_tool.reform(move |layer| ToolAction::SetLayer(network, layer)), |id| id.parse().ok());
    let on_colors = parsed(&props.on_tool.reform(ToolAction::SetColors), ColorMap::from_id);
    let networks = Architecture::ALL.map(|it| (it.id().into(), theme::network_word(it).into()));
    let colors = ColorMap::ALL.map(|it| (it.id().into(), theme::colors_word(it).into()));
    html! {
        <>
            <Choice label="Network" testid="inspector-network" options={networks.to_vec()} value={network.id()}
                on_choose={on_network} />
            <Choice label="Layer" testid="inspector-layer" options={layers(network)} value={props.layer.to_string()}
                on_choose={on_layer} />
            <Choice label="Colours" testid="inspector-colors" options={colors.to_vec()} value={props.colors.id()}
                on_choose={on_colors} />
        </>
    }
}

/// The layers that have maps.
fn layers(network: Architecture) -> Vec<(AttrValue, AttrValue)> {
    let table = network.table();
    let summary = table.summary().into_iter().take(table.features.len()).enumerate();
    summary.map(|(i, layer)| (i.to_string().into(), format!("{} {}", i + 1, layer.name).into())).collect()
}
