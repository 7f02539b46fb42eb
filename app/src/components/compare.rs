//! What every network says of the selected face, side by side.

use std::rc::Rc;

use model_core::{Architecture, Emotion, INPUT_SIDE};
use yew::prelude::*;

use super::{alerts::to_retry, probabilities::Probabilities, raster::Pixels};
use crate::picture::Raster;
use crate::protocol::{Answer, Comparison};
use crate::state::{Beside, ToolAction};
use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// What they say, if they were asked.
    pub compared: Option<Rc<Comparison>>,
    /// How far those are that are not in use.
    pub beside: Beside,
    /// What to do while there is no face.
    pub advice: AttrValue,
    /// What could not be had is to be tried again.
    pub on_tool: Callback<ToolAction>,
}

/// What every network says of the selected face.
#[component]
pub(super) fn Compare(props: &Props) -> Html {
    let answers = props.compared.as_ref().map_or(&[][..], |compared| &compared.answers);
    let column = |network| match answers.iter().find(|answer| answer.network == network) {
        Some(answer) => said(answer, agreement(answers, answer)),
        None => missing(network, props),
    };
    html! {
        <div class="compare" data-testid="compare">
            <h2 id="tool-title">{ "All networks on this face" }</h2>
            if let Some(compared) = &props.compared {
                <div class="verdict">
                    <Pixels
                        raster={Raster::of_crop(&compared.face, INPUT_SIDE)}
                        zoom={2}
                        label="The face as the networks saw it, 48×48 pixels of grey"
                    />
                    <p data-testid="verdict">{ verdict(&compared.answers) }</p>
                </div>
            } else {
                <p data-testid="no-look">{ &props.advice }</p>
            }
            <ul class="networks">{ for Architecture::ALL.map(column) }</ul>
        </div>
    }
}

fn said(answer: &Answer, agreement: &'static str) -> Html {
    let (emotion, p) = answer.scores.top();
    html! {
        <li data-testid="compared" data-network={answer.network.id()} data-label={emotion.name()}
            data-ms={answer.ms.to_string()} data-agreement={agreement}>
            <h3>{ theme::network_word(answer.network) }</h3>
            <p>
                <span class="plate" data-emotion={emotion.name()}>
                    { format!("{} {}", theme::word(emotion), theme::percent(p.into())) }
                </span>
                if !agreement.is_empty() {
                    <strong>{ format!(" {agreement}") }</strong>
                }
            </p>
            <Probabilities scores={answer.scores} testid="compared-probability" />
            <p class="quiet">{ format!("{:.1}\u{a0}ms", answer.ms) }</p>
        </li>
    }
}

fn missing(network: Architecture, Props { beside, on_tool, .. }: &Props) -> Html {
    let name = theme::network_word(network);
    let state = match (beside.failed(network), beside.loading(network)) {
        (Some(problem), _) => to_retry(problem, &on_tool.reform(|()| ToolAction::Retry)),
        (None, Some(loading)) => {
            let share = loading.total.map(|total| (loading.loaded as f64 / total.max(1) as f64).to_string());
            html! {
                <label class="loading">
                    <span>{ format!("Loading… {:.2} MB", loading.loaded as f64 / 1e6) }</span>
                    <progress value={share} max="1" />
                </label>
            }
        }
        (None, None) => html! { <p class="quiet">{ "Waiting…" }</p> },
    };
    html! { <li data-testid="not-compared" data-network={network.id()}><h3>{ name }</h3>{ state }</li> }
}

/// A word on an answer where networks disagree: with the most, or not.
fn agreement(answers: &[Answer], answer: &Answer) -> &'static str {
    let label = |answer: &Answer| answer.scores.top().0;
    let alike = answers.iter().filter(|other| label(other) == label(answer)).count();
    match alike {
        _ if alike == answers.len() => "",
        1 if answers.len() > 2 && most(answers).is_some() => "differs",
        1 => "on its own",
        _ => "with the most",
    }
}

/// The label of two or more answers.
fn most(answers: &[Answer]) -> Option<Emotion> {
    let count = |emotion| answers.iter().filter(|answer| answer.scores.top().0 == emotion).count();
    Emotion::ALL.into_iter().find(|&emotion| count(emotion) >= 2)
}

/// Whether they agree, in one sentence.
fn verdict(answers: &[Answer]) -> String {
    let words: Vec<_> = answers.iter().map(|answer| theme::word(answer.scores.top().0).to_lowercase()).collect();
    let n = answers.len();
    match (&words[..], most(answers)) {
        ([], _) => "No network has answered yet".to_owned(),
        ([word], _) => format!("One network so far, apparent expression {word}"),
        ([first, rest @ ..], _) if rest.iter().all(|word| word == first) => {
            format!("All {n} networks agree: apparent expression {first}")
        }
        (_, Some(emotion)) => format!("The networks disagree: most say {}", theme::word(emotion).to_lowercase()),
        (_, None) => format!("The networks disagree: {}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Scores;

    fn answers(labels: &[Emotion]) -> Vec<Answer> {
        let answer = |(label, network): (&Emotion, Architecture)| {
            let mut logits = [0.0; Emotion::COUNT];
            logits[*label as usize] = 3.0;
            Answer { network, scores: Scores::from_logits(logits).unwrap(), ms: 1.0 }
        };
        labels.iter().zip(Architecture::ALL).map(answer).collect()
    }

    #[test]
    fn disagreement_is_said_in_words() {
        use Emotion::{Happy, Neutral, Sad};
        let cases: [(&[Emotion], &str, &[&str]); 5] = [
            (&[], "No network has answered yet", &[]),
            (&[Sad], "One network so far, apparent expression sad", &[""]),
            (&[Sad; 3], "All 3 networks agree: apparent expression sad", &["", "", ""]),
            (&[Sad, Happy, Sad], "The networks disagree: most say sad", &["with the most", "differs", "with the most"]),
            (
                &[Sad, Happy, Neutral],
                "The networks disagree: sad, happy, neutral",
                &["on its own", "on its own", "on its own"],
            ),
        ];
        for (labels, sentence, marks) in cases {
            let answers = answers(labels);
            let actual: Vec<_> = answers.iter().map(|answer| agreement(&answers, answer)).collect();
            assert_eq!((verdict(&answers).as_str(), &actual[..]), (sentence, marks));
        }
    }
}
