//! The choice of the network, and of the device that it runs on.

use model_core::{Architecture, DeviceKind, ModelCard};
use yew::prelude::*;

use super::choice::{Choice, parsed};
use super::self_test::SelfTestPanel;
use crate::engine::{DeviceChoice, EngineSettings};
use crate::settings::{DEVICE_CHOICES, Settings, device_from_id, device_id};
use crate::state::EngineState;
use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The person's settings.
    pub settings: Settings,
    /// The state of the engine.
    pub engine: EngineState,
    /// Another network was chosen.
    pub on_network: Callback<Architecture>,
    /// Another device was chosen.
    pub on_device: Callback<DeviceChoice>,
    /// A person asks whether it is right on this device.
    pub on_self_test: Callback<()>,
}

/// The choice of the network, and of the device that it runs on.
#[component]
pub(super) fn EngineBar(props: &Props) -> Html {
    let on_network = parsed(&props.on_network, |id| id.parse().ok());
    let on_device = parsed(&props.on_device, device_from_id);
    let networks = Architecture::ALL.map(|network| (network.id().into(), theme::network_word(network).into()));
    let devices = DEVICE_CHOICES.map(|device| (device_id(device).into(), device_word(device).into()));
    html! {
        <section class="engine" aria-labelledby="engine-title">
            <h3 id="engine-title">{ "Network and device" }</h3>
            <Choice
                label="Network"
                testid="network-select"
                options={networks.to_vec()}
                value={props.settings.engine.network.id()}
                on_choose={on_network}
            />
            <Choice
                label="Device"
                testid="device-select"
                options={devices.to_vec()}
                value={device_id(props.settings.engine.device)}
                on_choose={on_device}
            />
            { in_use(&props.engine, props.settings.engine) }
            <SelfTestPanel
                state={props.engine.self_test.clone()}
                is_ready={props.engine.ready.is_some()}
                on_self_test={props.on_self_test.clone()}
            />
        </section>
    }
}

fn in_use(engine: &EngineState, settings: EngineSettings) -> Html {
    let Some(ready) = &engine.ready else {
        let words = if engine.failed.is_some() { "Nothing is loaded" } else { "Loading…" };
        return html! { <p data-testid="device-state" data-state={engine.word()}>{ words }</p> };
    };
    let (device, place) = match ready.device {
        DeviceKind::Cpu => ("cpu", "Runs on the CPU"),
        DeviceKind::WebGpu => ("webgpu", "Runs on WebGPU"),
    };
    html! {
        <>
            <p
                data-testid="device-state"
                data-state={engine.word()}
                data-device={device}
                data-network={ready.card.architecture.id()}
            >
                { place }
                if let Some(why) = &ready.why {
                    <span class="why">{ why }</span>
                } else if engine.awaits_webgpu(settings) {
                    <span class="why">{ "The CPU answers until WebGPU is ready" }</span>
                }
            </p>
            <p class="quiet">{ quality(&ready.card) }</p>
        </>
    }
}

/// The quality of the network, by its card.
fn quality(card: &ModelCard) -> String {
    let Some(figures) = card.figures.first() else { return "Its accuracy was not measured".to_owned() };
    let (percent, split) = (theme::percent(figures.accuracy), &figures.split);
    format!("Labels {percent} of the {} faces of FER2013 {split} as the raters did", figures.n)
}

fn device_word(device: DeviceChoice) -> &'static str {
    match device {
        DeviceChoice::Auto => "Automatic",
        DeviceChoice::WebGpu => "WebGPU, else CPU",
        DeviceChoice::Cpu => "CPU (wasm SIMD)",
    }
}
