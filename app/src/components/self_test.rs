//! Whether the network in use is right on this device, and how fast: a button, and what came of it.

use model_core::{DeviceKind, device_check::TOLERANCE};
use yew::prelude::*;

use super::alerts::to_retry;
use crate::engine::{DeviceReport, SelfTestReport};
use crate::state::SelfTestState;
use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Its progress or result.
    pub state: SelfTestState,
    /// Whether there is a network to check.
    pub is_ready: bool,
    /// A person asks for the self-test.
    pub on_self_test: Callback<()>,
}

/// A button, and how the network in use reads the stored cases on this device.
#[component]
pub(super) fn SelfTestPanel(props: &Props) -> Html {
    let onclick = props.on_self_test.reform(|_: MouseEvent| ());
    let is_running = props.state == SelfTestState::Running;
    html! {
        <div class="check-panel">
            <button type="button" {onclick} disabled={!props.is_ready || is_running} data-testid="verify">
                { if is_running { "Testing…" } else { "Self-test" } }
            </button>
            <div role="status" class="outcome" data-testid="verification" data-state={word(&props.state)}>
                { match &props.state {
                    SelfTestState::None => html! {
                        <p class="quiet">{ "Runs stored faces here and compares the answers with those of the makers" }</p>
                    },
                    SelfTestState::Running => html! { <p>{ "Running the stored faces on every device…" }</p> },
                    SelfTestState::Failed(problem) => to_retry(problem, &props.on_self_test),
                    SelfTestState::Done(checked) => outcome(checked),
                } }
            </div>
        </div>
    }
}

fn word(state: &SelfTestState) -> &'static str {
    match state {
        SelfTestState::None => "none",
        SelfTestState::Running => "running",
        SelfTestState::Failed(_) => "failed",
        SelfTestState::Done(checked) if is_verified(checked) => "verified",
        SelfTestState::Done(_) => "differs",
    }
}

/// Whether every device that could be tried agrees with the stored answers.
fn is_verified(checked: &SelfTestReport) -> bool {
    checked.cpu.agrees() && checked.gpu.as_ref().map_or(true, |gpu| gpu.agrees())
}

fn outcome(checked: &SelfTestReport) -> Html {
    html! {
        <>
            <p><strong>{ verdict(checked) }</strong></p>
            <table class="figures">
                <thead>
                    <tr>
                        <th scope="col">{ "Device" }</th>
                        <th scope="col" class="number">{ "Difference" }</th>
                        <th scope="col" class="number">{ "A face" }</th>
                        <th scope="col" class="number">{ "CPU’s part" }</th>
                    </tr>
                </thead>
                <tbody>
                    { row(DeviceKind::Cpu, checked.cpu) }
                    { for checked.gpu.iter().map(|gpu| row(DeviceKind::WebGpu, *gpu)) }
                </tbody>
            </table>
            if let Err(reason) = &checked.gpu {
                <p class="quiet" data-testid="not-verified">{ format!("WebGPU: {reason}") }</p>
            }
            <p class="quiet">
                { format!(
                    "The greatest difference in any probability, over {} faces; up to {TOLERANCE} is rounding. \
                     Times are medians",
                    checked.n_faces,
                ) }
            </p>
        </>
    }
}

fn row(device: DeviceKind, outcome: DeviceReport) -> Html {
    html! {
        <tr
            data-testid="verified"
            data-device={device.to_string().to_lowercase()}
            data-difference={outcome.difference.to_string()}
            data-ms={outcome.ms_per_face.to_string()}
            data-submit-ms={outcome.submit_ms.to_string()}
            data-agrees={outcome.agrees().to_string()}
        >
            <th scope="row">{ format!("{} {device}", if outcome.agrees() { "✓" } else { "✗" }) }</th>
            <td class="number">{ difference(outcome.difference) }</td>
            <td class="number">{ format!("{:.1}\u{a0}ms", outcome.ms_per_face) }</td>
            <td class="number">{ format!("{:.1}\u{a0}ms", outcome.submit_ms) }</td>
        </tr>
    }
}

fn verdict(checked: &SelfTestReport) -> String {
    let network = theme::network_word(checked.network);
    let wrong: Vec<_> = [("CPU", Some(checked.cpu)), ("WebGPU", checked.gpu.as_ref().ok().copied())]
        .into_iter()
        .filter(|(_, outcome)| outcome.is_some_and(|outcome| !outcome.agrees()))
        .map(|(device, _)| device)
        .collect();
    match &wrong[..] {
        [] => format!("Verified: the {network} network gives the stored answers here"),
        wrong => format!("The {network} network gives other answers here on {}", wrong.join(" and ")),
    }
}

/// With as many digits as say something.
fn difference(difference: f32) -> String {
    if difference < 1e-6 { "< 0.000001".to_owned() } else { format!("{difference:.6}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Architecture;

    #[test]
    fn what_differs_is_named() {
        let outcome = |difference| DeviceReport { difference, ms_per_face: 4.0, submit_ms: 1.0, frame_ms: 9.0 };
        let (same, other) = (outcome(1e-7), outcome(0.2));
        let cases = [
            (same, Ok(same), "verified", "Verified: the Ferrum network gives the stored answers here"),
            (same, Err("no".to_owned()), "verified", "Verified: the Ferrum network gives the stored answers here"),
            (same, Ok(other), "differs", "The Ferrum network gives other answers here on WebGPU"),
            (other, Err("no".to_owned()), "differs", "The Ferrum network gives other answers here on CPU"),
            (other, Ok(other), "differs", "The Ferrum network gives other answers here on CPU and WebGPU"),
        ];
        for (cpu, gpu, expected, sentence) in cases {
            let checked = SelfTestReport { network: Architecture::Ferrum, n_faces: 5, cpu, gpu };
            assert_eq!(verdict(&checked), sentence);
            assert_eq!(word(&SelfTestState::Done(checked)), expected);
        }
    }

    #[test]
    fn a_difference_has_the_digits_that_say_something() {
        for (value, text) in [(0.0, "< 0.000001"), (3e-7, "< 0.000001"), (0.000_012, "0.000012"), (0.25, "0.250000")] {
            assert_eq!(difference(value), text);
        }
    }
}
