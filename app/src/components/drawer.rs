//! The settings: network, device and detector, and whether they are right here.

use yew::prelude::*;

use super::{detector::DetectorPanel, engine_bar::EngineBar};
use crate::hooks::Controls;
use crate::settings::Settings;
use crate::state::EngineState;
use crate::web::dialog;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Whether it is open.
    pub is_open: bool,
    /// The person's settings.
    pub settings: Settings,
    /// The state of the engine.
    pub engine: EngineState,
    /// The page's controls.
    pub controls: Controls,
}

/// The settings, in a drawer over the page.
#[component]
pub(super) fn Drawer(props: &Props) -> Html {
    let node = use_node_ref();
    use_effect_with((node.clone(), props.is_open), |(node, is_open)| dialog::set_open(node, *is_open));
    let controls = &props.controls;
    // Escape closes it without a word of ours.
    let onclose = controls.on_close_settings.reform(|_: Event| ());
    let onclick = controls.on_close_settings.reform(|_: MouseEvent| ());
    html! {
        <dialog ref={node} class="drawer" aria-labelledby="settings-title" closedby="any" {onclose} data-testid="drawer">
            <div class="heading">
                <h2 id="settings-title">{ "Settings" }</h2>
                <button type="button" {onclick} data-testid="settings-close">{ "Close" }</button>
            </div>
            <EngineBar
                settings={props.settings.clone()}
                engine={props.engine.clone()}
                on_network={controls.on_network.clone()}
                on_device={controls.on_device.clone()}
                on_self_test={controls.on_self_test.clone()}
            />
            <DetectorPanel
                settings={props.settings.clone()}
                status={props.engine.detector.clone()}
                is_failed={props.engine.failed.is_some()}
                controls={controls.clone()}
            />
        </dialog>
    }
}
