//! A scale of numbers and their colours.

use yew::prelude::*;

use crate::components::raster::Pixels;
use crate::picture::Raster;
use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The colours from left to right.
    pub raster: Raster,
    /// The number at the left end.
    pub least: f32,
    /// The number at the right end.
    pub greatest: f32,
}

/// A scale of numbers and their colours.
#[component]
pub(super) fn Scale(props: &Props) -> Html {
    let (least, greatest) = (theme::number(props.least), theme::number(props.greatest));
    let label = format!("Colours from {least} on the left to {greatest} on the right");
    html! {
        <div class="scale" data-testid="scale">
            <span>{ least }</span>
            <Pixels raster={props.raster.clone()} {label} />
            <span>{ greatest }</span>
        </div>
    }
}
