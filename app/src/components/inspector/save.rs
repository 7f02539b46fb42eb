//! A button that saves the view as a picture.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::inspector_image::InspectorImage;
use crate::picture::ColorMap;
use crate::protocol::LayerInspection;
use crate::web::save::save_png;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The inspection in view; without it there is nothing to save.
    pub looked: Option<Rc<LayerInspection>>,
    /// Colours of numbers.
    pub colors: ColorMap,
}

/// A button that saves the view as a picture, and why it could not, if it could not.
#[component]
pub(super) fn Save(props: &Props) -> Html {
    let failure = use_state_eq(|| None);
    let (looked, colors, setter) = (props.looked.clone(), props.colors, failure.setter());
    let onclick = Callback::from(move |_: MouseEvent| {
        if let Some(looked) = &looked {
            let file_name = format!("ferrum-{}-layer-{}.png", looked.network, looked.layer + 1);
            let (image, setter) = (InspectorImage::of(looked, colors), setter.clone());
            spawn_local(async move { setter.set(save_png(&image, &file_name).await.err()) });
        }
    });
    html! {
        <>
            <button type="button" {onclick} disabled={props.looked.is_none()} data-testid="save-png">
                { "Save as PNG" }
            </button>
            if let Some(why) = &*failure {
                <p role="alert" data-testid="not-saved">{ format!("The picture could not be saved: {why}") }</p>
            }
        </>
    }
}
