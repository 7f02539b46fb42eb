//! The choice of the detector, its status, and whether its key points are shown.

use yew::prelude::*;

use super::choice::{Choice, parsed};
use crate::detector::{DetectorKind, DetectorStatus, Range};
use crate::hooks::Controls;
use crate::problem::Problem;
use crate::settings::Settings;
use crate::web::input;

/// The reason why the key points cannot be shown.
const WHY: &str = "key-points-why";

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The person's settings.
    pub settings: Settings,
    /// The detector's status.
    pub status: DetectorStatus,
    /// Whether something that faces cannot be read without has failed to load.
    pub is_failed: bool,
    /// The page's controls.
    pub controls: Controls,
}

/// The choice of the detector, its status, and whether its key points are shown.
#[component]
pub(super) fn DetectorPanel(props: &Props) -> Html {
    let detectors = DetectorKind::ALL.map(|detector| (detector.id().into(), word(detector).into()));
    html! {
        <section class="engine" aria-labelledby="detector-title">
            <h3 id="detector-title">{ "Face detector" }</h3>
            <Choice
                label="Detector"
                testid="detector-select"
                options={detectors.to_vec()}
                value={props.settings.engine.detector.id()}
                on_choose={parsed(&props.controls.on_detector, |id| id.parse().ok())}
            />
            { state(props) }
            { key_points(props) }
        </section>
    }
}

fn word(detector: DetectorKind) -> &'static str {
    match detector {
        DetectorKind::BlazeFace => "BlazeFace",
        DetectorKind::Haar => "Classic (Haar cascade)",
    }
}

fn state(props: &Props) -> Html {
    let status = &props.status;
    let Some(in_use) = status.in_use else {
        let words = if props.is_failed { "Nothing is loaded" } else { "Loading…" };
        return html! { <p data-testid="detector-state" data-state={status.word()}>{ words }</p> };
    };
    let lines = lines(status, in_use.kind);
    let problem = status.failed.as_ref().or_else(|| far_problem(&status.range));
    let retry = props.controls.on_retry.reform(|_: MouseEvent| ());
    html! {
        <>
            <p
                data-testid="detector-state"
                data-state={status.word()}
                data-detector={in_use.kind.id()}
                data-range={range_word(&status.range)}
            >
                { format!("Faces are found by {}", in_the_sentence(in_use.kind)) }
                { for lines.into_iter().map(|line| html! { <span class="why">{ line }</span> }) }
            </p>
            if let Some(Problem { title, detail, advice }) = problem {
                <div class="check-panel" data-testid="detector-problem">
                    <p class="quiet"><strong>{ title }</strong><span class="why">{ detail }</span>
                        <span class="why">{ advice }</span></p>
                    <button type="button" onclick={retry} data-testid="detector-retry">{ "Try again" }</button>
                </div>
            }
        </>
    }
}

fn in_the_sentence(detector: DetectorKind) -> &'static str {
    match detector {
        DetectorKind::BlazeFace => "BlazeFace",
        DetectorKind::Haar => "the classic detector",
    }
}

/// The faces that it finds, and what is being loaded.
fn lines(status: &DetectorStatus, in_use: DetectorKind) -> Vec<&'static str> {
    let finds = match (in_use, &status.range) {
        (DetectorKind::Haar, _) => "Upright faces turned to the camera, at least 30 pixels wide",
        (_, Range::Full) => "Near, small and far faces",
        (_, Range::Near) => "Near faces; the net for small and far ones comes after the first label",
        (_, Range::Coming) => "Near faces; the net for small and far ones is loading…",
        (_, Range::Failed(_)) => "Near faces only",
    };
    let coming = status.coming.map(|detector| match detector {
        DetectorKind::BlazeFace => "BlazeFace is loading…",
        DetectorKind::Haar => "The classic detector is loading…",
    });
    [Some(finds), coming].into_iter().flatten().collect()
}

fn far_problem(range: &Range) -> Option<&Problem> {
    match range {
        Range::Failed(problem) => Some(problem),
        Range::Near | Range::Coming | Range::Full => None,
    }
}

fn range_word(range: &Range) -> &'static str {
    match range {
        Range::Near => "near",
        Range::Coming => "coming",
        Range::Full => "full",
        Range::Failed(_) => "failed",
    }
}

fn key_points(props: &Props) -> Html {
    let has_none = props.status.in_use.is_some_and(|in_use| !in_use.kind.has_key_points());
    let onchange = props.controls.on_key_points.reform(|event: Event| input::is_checked(&event));
    html! {
        <>
            <label class="check">
                <input
                    type="checkbox"
                    checked={props.settings.key_points && !has_none}
                    disabled={has_none}
                    aria-describedby={has_none.then_some(WHY)}
                    {onchange}
                    data-testid="key-points"
                />
                { "Show eyes, nose, mouth and ears" }
            </label>
            if has_none {
                <p class="quiet" id={WHY} data-testid={WHY}>{ "The classic detector does not find them" }</p>
            }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_and_what_is_loading_is_told() {
        let of = |range, coming| DetectorStatus { coming, range, ..DetectorStatus::default() };
        let cases = [
            (DetectorKind::BlazeFace, of(Range::Full, None), vec!["Near, small and far faces"]),
            (
                DetectorKind::BlazeFace,
                of(Range::Coming, Some(DetectorKind::Haar)),
                vec!["Near faces; the net for small and far ones is loading…", "The classic detector is loading…"],
            ),
            (
                DetectorKind::Haar,
                of(Range::Full, Some(DetectorKind::BlazeFace)),
                vec!["Upright faces turned to the camera, at least 30 pixels wide", "BlazeFace is loading…"],
            ),
        ];
        for (in_use, status, expected) in cases {
            assert_eq!(lines(&status, in_use), expected);
        }
    }
}
