//! The expected votes of FER+'s ten raters, as a table with ten dots a row.

use model_core::{Emotion, Vote, Votes};
use yew::prelude::*;

use crate::theme;

/// Raters of a picture in FER+ (Barsoum et al. 2016).
const N_RATERS: u8 = 10;
/// From dot to dot, in the drawing's own units.
const STEP: f32 = 12.0;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Their shares.
    pub votes: Votes,
}

/// The expected votes of ten raters.
#[component]
pub(super) fn VotesTable(props: &Props) -> Html {
    let row = |vote| row(vote, f32::from(N_RATERS) * props.votes.of(vote));
    html! {
        <section class="votes" aria-labelledby="votes">
            <h3 id="votes">{ "Of ten raters, about …" }</h3>
            <table aria-labelledby="votes" data-testid="votes">
                <thead class="unseen">
                    <tr>
                        <th scope="col">{ "Expression" }</th>
                        <th scope="col">{ "Dots" }</th>
                        <th scope="col">{ "Raters" }</th>
                    </tr>
                </thead>
                <tbody>{ for Vote::ALL.map(row) }</tbody>
            </table>
            <p class="quiet">
                { "Expected votes, as learnt from FER+, where ten crowd raters a picture chose among these eight" }
            </p>
        </section>
    }
}

fn row(vote: Vote, raters: f32) -> Html {
    html! {
        <tr data-testid="vote" data-vote={vote.name()} data-value={raters.to_string()}>
            <th scope="row">{ theme::vote_word(vote) }</th>
            <td data-emotion={vote.label().map(Emotion::name)}>{ dots(vote, raters) }</td>
            <td class="number">{ format!("{raters:.1}") }</td>
        </tr>
    }
}

/// Ten rings, of which as many are filled from the left as there are raters; the last one in part.
fn dots(vote: Vote, raters: f32) -> Html {
    let clip = format!("votes-{vote}");
    let ring = |i: u8| {
        let x = STEP * (f32::from(i) + 0.5);
        html! { <circle cx={x.to_string()} cy="6" r="4.5" /> }
    };
    html! {
        <svg class="raters" viewBox="0 0 120 12" aria-hidden="true">
            <clipPath id={clip.clone()}><rect width={filled(raters).to_string()} height="12" /></clipPath>
            <g class="filled" clip-path={format!("url(#{clip})")}>{ for (0..N_RATERS).map(ring) }</g>
            <g class="rings">{ for (0..N_RATERS).map(ring) }</g>
        </svg>
    }
}

/// The filled part of the drawing. Within a step only the ring counts, not the gaps beside it.
fn filled(raters: f32) -> f32 {
    const GAP: f32 = 1.5;
    let (whole, part) = (raters.floor(), raters.fract());
    STEP * whole + if part > 0.0 { GAP + part * (STEP - 2.0 * GAP) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rater_is_a_dot_and_half_of_one_half_a_dot() {
        for (raters, expected) in [(0.0, 0.0), (1.0, 12.0), (0.5, 6.0), (6.5, 78.0), (10.0, 120.0)] {
            assert!((filled(raters) - expected).abs() < 1e-4, "{raters}: {}", filled(raters));
        }
    }
}
