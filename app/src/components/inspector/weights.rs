//! The weights of the network: the filters of its convolutions and the weights of its first dense layer.

use model_core::Architecture;
use yew::prelude::*;

use super::scale::Scale;
use crate::components::raster::Pixels;
use crate::inspection::Shared;
use crate::picture::{Raster, diverging};
use crate::protocol::{Maps, Weights};

/// Filters a row, at least; a filter's channels lie side by side.
const COLUMNS: usize = 16;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The network that they belong to.
    pub network: Architecture,
    /// The weights.
    pub weights: Shared<Weights>,
}

/// The weights of the network. Drawn once: they do not change with the face.
#[component]
pub(super) fn WeightsFigures(props: &Props) -> Html {
    let convolutions = props.network.table().convolutions();
    let n = convolutions.len();
    let filters = props.weights.0.filters.iter().zip(&convolutions).enumerate();
    let filters = filters.map(|(i, (maps, [inputs, outputs, kernel]))| {
        let channels = if *inputs == 1 { "1 channel".to_owned() } else { format!("{inputs} channels") };
        let words = format!("Convolution {} of {n}: {outputs} filters of {kernel}×{kernel} over {channels}", i + 1);
        figure(&words, maps, inputs * COLUMNS.div_ceil(*inputs), "filters")
    });
    let dense = &props.weights.0.first_dense;
    let words = format!(
        "First dense layer: a row for each of {} neurons, a column for each of {} inputs",
        dense.height, dense.width
    );
    html! {
        <details data-testid="weights">
            <summary>{ "Filters and first dense weights" }</summary>
            <div class="weights">
                { for filters }
                { figure(&words, dense, 1, "dense") }
                <p class="quiet">{ "Blue is below zero, white is zero, red is above" }</p>
            </div>
        </details>
    }
}

fn figure(words: &str, maps: &Maps, columns: usize, testid: &'static str) -> Html {
    let (raster, most) = maps.signed_raster(columns);
    let zoom = (560 / raster.width.max(1)).clamp(1, 12);
    html! {
        <figure data-testid={testid}>
            <figcaption>{ words }</figcaption>
            // A region that scrolls must be reached by the keyboard.
            <div class="wide" tabindex="0" role="group" aria-label={words.to_owned()}>
                <Pixels {raster} {zoom} label={words.to_owned()} class="whole" />
            </div>
            <Scale raster={Raster::of_scale(|x| diverging(2.0 * x - 1.0))} least={-most} greatest={most} />
        </figure>
    }
}
