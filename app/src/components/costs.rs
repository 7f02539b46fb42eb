//! Milliseconds of each stage, and the frame rate.

use yew::prelude::*;

use crate::live::Cost;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Milliseconds of each stage.
    pub cost: Cost,
    /// The name of what comes before the detector.
    pub source: AttrValue,
    /// Analysed frames per second, for a camera.
    #[prop_or_default]
    pub frames_per_second: Option<f64>,
}

/// Milliseconds of each stage, and the frame rate.
#[component]
pub(super) fn Costs(props: &Props) -> Html {
    let stages = props.cost.stages;
    html! {
        <dl class="costs" aria-label="Time of each stage">
            if let Some(frame_rate) = props.frames_per_second {
                { figure("Frame rate", "fps", frame_rate, "fps") }
            }
            { figure(&props.source, "ms-capture", props.cost.capture, "ms") }
            { figure("Detect", "ms-detect", stages.detect, "ms") }
            { figure("Crop", "ms-crop", stages.crop, "ms") }
            { figure("Classify", "ms-classify", stages.classify, "ms") }
        </dl>
    }
}

fn figure(word: &str, testid: &'static str, value: f64, unit: &str) -> Html {
    html! {
        <div>
            <dt>{ word }</dt>
            <dd data-testid={testid} data-value={value.to_string()}>{ format!("{value:.1}\u{a0}{unit}") }</dd>
        </div>
    }
}
