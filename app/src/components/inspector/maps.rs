//! Activation maps of a layer, with the scale of their colours.

use model_core::{Architecture, DeviceKind};
use yew::prelude::*;

use super::scale::Scale;
use crate::components::raster::Pixels;
use crate::picture::{ColorMap, Raster};
use crate::protocol::Maps;
use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The network that made them.
    pub network: Architecture,
    /// Where it ran.
    pub device: DeviceKind,
    /// Index of the layer.
    pub layer: usize,
    /// The maps.
    pub maps: Maps,
    /// Colours of numbers.
    pub colors: ColorMap,
}

/// Activation maps of a layer, with the scale of their colours.
#[component]
pub(super) fn MapsFigure(props: &Props) -> Html {
    let (maps, colors) = (&props.maps, props.colors);
    let [least, greatest] = maps.range();
    let words = theme::layer_words(props.network, props.layer);
    let label = format!("{words}, from {} to {}", theme::number(least), theme::number(greatest));
    let raster = maps.raster(colors);
    // As large as they may become in a wide window; narrow ones shrink them.
    let zoom = (720 / raster.width.max(1)).clamp(1, 8);
    html! {
        <figure
            data-testid="maps"
            data-network={props.network.id()}
            data-device={props.device.to_string().to_lowercase()}
            data-layer={props.layer.to_string()}
            data-n={maps.n.to_string()}
            data-side={maps.width.to_string()}
            data-least={least.to_string()}
            data-greatest={greatest.to_string()}
            data-means={list(&maps.means())}
        >
            <figcaption>{ words }</figcaption>
            <Pixels {raster} {zoom} {label} testid="maps-canvas" />
            <Scale raster={Raster::of_scale(|x| colors.color(x))} {least} {greatest} />
        </figure>
    }
}

fn list(numbers: &[f32]) -> String {
    numbers.iter().map(f32::to_string).collect::<Vec<_>>().join(" ")
}
