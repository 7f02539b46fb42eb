//! A picture made of numbers, with crisp pixels.

use yew::prelude::*;

use crate::picture::Raster;
use crate::web;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The pixels.
    pub raster: Raster,
    /// A description for people who cannot see it; empty beside words that say the same.
    pub label: AttrValue,
    /// CSS pixels for each, where there is room; without it as the style sheet says.
    #[prop_or_default]
    pub zoom: Option<usize>,
    /// CSS class.
    #[prop_or_default]
    pub class: Classes,
    /// Name for the browser tests.
    #[prop_or_default]
    pub testid: Option<AttrValue>,
}

/// A picture made of numbers, with crisp pixels.
#[component]
pub(super) fn Pixels(props: &Props) -> Html {
    let canvas = use_node_ref();
    let deps = (canvas.clone(), props.raster.clone(), props.zoom);
    use_effect_with(deps, |(canvas, raster, zoom)| web::raster::paint(canvas, raster, *zoom));
    let is_described = !props.label.is_empty();
    html! {
        <canvas
            ref={canvas}
            class={classes!("pixels", props.class.clone())}
            role={is_described.then_some("img")}
            aria-label={is_described.then(|| props.label.clone())}
            aria-hidden={(!is_described).then_some("true")}
            data-testid={props.testid.clone()}
        />
    }
}
