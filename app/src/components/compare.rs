//! The predictions of every network for the selected face, side by side.

use std::rc::Rc;

use model_core::{Architecture, Emotion, INPUT_SIDE, Prediction};
use yew::prelude::*;

use super::{alerts::to_retry, badge::Badge, probabilities::Probabilities, raster::Pixels};
use crate::picture::Raster;
use crate::protocol::{Answer, Comparison};
use crate::state::{Beside, ToolAction};
use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Their answers, if they were asked.
    pub compared: Option<Rc<Comparison>>,
    /// The networks that are not in use: how far each is loaded.
    pub beside: Beside,
    /// Advice while there is no face.
    pub advice: AttrValue,
    /// Used to load again what failed.
    pub on_tool: Callback<ToolAction>,
}

/// The predictions of every network for the selected face.
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
    let Prediction { scores, is_sure, .. } = answer.prediction;
    html! {
        <li data-testid="compared" data-network={answer.network.id()} data-label={theme::label_id(label(answer))}
            data-ms={answer.ms.to_string()} data-agreement={agreement}>
            <h3>{ theme::network_word(answer.network) }</h3>
            <p>
                <Badge {scores} label={is_sure.then(|| scores.top().0)} />
                if !agreement.is_empty() {
                    <strong>{ format!(" {agreement}") }</strong>
                }
            </p>
            <Probabilities {scores} testid="compared-probability" />
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

/// The network's label for the face; `None` if it is unsure.
fn label(answer: &Answer) -> Option<Emotion> {
    answer.prediction.is_sure.then(|| answer.prediction.scores.top().0)
}

/// A word on an answer where networks disagree: with the most, or not.
fn agreement(answers: &[Answer], answer: &Answer) -> &'static str {
    let most = most(answers);
    match count(answers, label(answer)) {
        n if n == answers.len() => "",
        1 if most.is_some() => "differs",
        1 => "on its own",
        _ if most == Some(label(answer)) => "with the most",
        _ => "with another one",
    }
}

fn count(answers: &[Answer], wanted: Option<Emotion>) -> usize {
    answers.iter().filter(|answer| label(answer) == wanted).count()
}

/// The label of the most networks; `None` if two labels tie, or each has one network only.
#[expect(clippy::option_option, reason = "the inner `None` is unsure, the outer that nothing is said by the most")]
fn most(answers: &[Answer]) -> Option<Option<Emotion>> {
    let labels = Emotion::ALL.map(Some).into_iter().chain([None]);
    let counts: Vec<_> = labels.map(|label| (label, count(answers, label))).collect();
    let greatest = counts.iter().map(|(_, n)| *n).max().filter(|&n| n >= 2)?;
    let mut with_greatest = counts.into_iter().filter(|(_, n)| *n == greatest);
    with_greatest.next().map(|(label, _)| label).filter(|_| with_greatest.next().is_none())
}

/// Whether they agree, in one sentence.
fn verdict(answers: &[Answer]) -> String {
    let words: Vec<_> = answers.iter().map(|answer| theme::label_id(label(answer))).collect();
    let n = answers.len();
    match (&words[..], most(answers)) {
        ([], _) => "No network has answered yet".to_owned(),
        ([word], _) => format!("One network so far, apparent expression {word}"),
        ([first, rest @ ..], _) if rest.iter().all(|word| word == first) => {
            format!("All {n} networks agree: apparent expression {first}")
        }
        (_, Some(label)) => format!("The networks disagree: most say {}", theme::label_id(label)),
        (_, None) => format!("The networks disagree: {}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Scores;

    fn answers(labels: &[Option<Emotion>]) -> Vec<Answer> {
        let answer = |(label, network): (&Option<Emotion>, Architecture)| {
            let mut logits = [0.0; Emotion::COUNT];
            logits[label.unwrap_or(Emotion::Fear) as usize] = 3.0;
            let scores = Scores::from_logits(logits).unwrap();
            Answer {
                network,
                prediction: Prediction { scores, label_head: None, is_sure: label.is_some(), votes: None },
                ms: 1.0,
            }
        };
        labels.iter().zip(Architecture::ALL).map(answer).collect()
    }

    #[test]
    fn disagreement_is_said_in_words() {
        const SAD: Option<Emotion> = Some(Emotion::Sad);
        const HAPPY: Option<Emotion> = Some(Emotion::Happy);
        const NEUTRAL: Option<Emotion> = Some(Emotion::Neutral);
        type Case = (&'static [Option<Emotion>], &'static str, &'static [&'static str]);
        let cases: [Case; 9] = [
            (&[], "No network has answered yet", &[]),
            (&[SAD], "One network so far, apparent expression sad", &[""]),
            (&[None], "One network so far, apparent expression unsure", &[""]),
            (&[SAD; 4], "All 4 networks agree: apparent expression sad", &[""; 4]),
            (&[SAD, HAPPY], "The networks disagree: sad, happy", &["on its own"; 2]),
            (&[SAD, HAPPY, SAD], "The networks disagree: most say sad", &["with the most", "differs", "with the most"]),
            (&[SAD, HAPPY, NEUTRAL], "The networks disagree: sad, happy, neutral", &["on its own"; 3]),
            (&[SAD, None, SAD, None], "The networks disagree: sad, unsure, sad, unsure", &["with another one"; 4]),
            (
                &[None, HAPPY, None, NEUTRAL],
                "The networks disagree: most say unsure",
                &["with the most", "differs", "with the most", "differs"],
            ),
        ];
        for (labels, sentence, marks) in cases {
            let answers = answers(labels);
            let actual: Vec<_> = answers.iter().map(|answer| agreement(&answers, answer)).collect();
            assert_eq!((verdict(&answers).as_str(), &actual[..]), (sentence, marks));
        }
    }
}
