//! Training: loss and accuracy over the epochs, with the chosen one marked.

use yew::prelude::*;

use crate::study::{Epoch, Results};
use crate::theme;

/// The plot in its own units.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 28.0;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Every epoch.
    pub results: Results,
}

/// A line over the epochs.
struct Line {
    name: &'static str,
    class: &'static str,
    points: Vec<(usize, f64)>,
}

/// Loss and accuracy over the epochs.
#[component]
pub(super) fn Curve(props: &Props) -> Html {
    let Results { epochs, chosen_epoch, .. } = &props.results;
    let points = |of: fn(&Epoch) -> Option<f64>| {
        epochs.iter().filter_map(|epoch| Some((epoch.epoch, of(epoch)?))).collect::<Vec<_>>()
    };
    let train = Line { name: "training", class: "train", points: points(|epoch| Some(epoch.train_loss)) };
    let val = Line { name: "held-out", class: "held", points: points(|epoch| epoch.val_loss) };
    let accuracy = Line { name: "held-out", class: "held", points: points(|epoch| epoch.val_accuracy) };
    let words = words(&props.results);
    html! {
        <figure
            class="curves"
            data-testid="curve"
            data-n={epochs.len().to_string()}
            data-chosen={chosen_epoch.to_string()}
        >
            <figcaption>{ words }</figcaption>
            { plot("Loss, nats", &[train, val], *chosen_epoch) }
            { plot("Held-out accuracy", &[accuracy], *chosen_epoch) }
        </figure>
    }
}

/// What the curves show.
fn words(results: &Results) -> String {
    let chosen = results.epochs.iter().find(|epoch| epoch.epoch == results.chosen_epoch);
    let accuracy = chosen
        .and_then(|epoch| epoch.val_accuracy)
        .map_or_else(String::new, |accuracy| format!(", with a held-out accuracy of {}", theme::percent(accuracy)));
    format!("{} epochs of training; epoch {} is in use{accuracy}", results.epochs.len(), results.chosen_epoch)
}

fn plot(title: &'static str, lines: &[Line], chosen: usize) -> Html {
    let most = lines.iter().flat_map(|line| &line.points).map(|point| point.1).fold(0.1, f64::max);
    let last = lines.iter().filter_map(|line| line.points.last()).map(|point| point.0).max().unwrap_or(1).max(chosen);
    let x = |epoch: usize| LEFT + (WIDTH - LEFT - RIGHT) * epoch.saturating_sub(1) as f64 / (last.max(2) - 1) as f64;
    let bottom = HEIGHT - BOTTOM;
    let y = |value: f64| bottom - (bottom - TOP) * value / most;
    let path = |line: &Line| {
        let points: Vec<_> = line.points.iter().map(|&(epoch, v)| format!("{:.1},{:.1}", x(epoch), y(v))).collect();
        html! { <polyline class={line.class} points={points.join(" ")} /> }
    };
    let mark = format!("{:.1}", x(chosen));
    let anchor = if x(chosen) > WIDTH / 2.0 { "end" } else { "start" };
    html! {
        <div>
            <p class="legend">
                <span>{ title }</span>
                if lines.len() > 1 {
                    { for lines.iter().map(|line| html! { <span class={line.class}>{ line.name }</span> }) }
                }
            </p>
            <svg class="plot" viewBox={format!("0 0 {WIDTH} {HEIGHT}")} role="img" aria-label={spoken(title, lines)}>
                { for [0.0, most / 2.0, most].map(|value| grid(y(value), value)) }
                <line class="mark" x1={mark.clone()} x2={mark.clone()} y1={TOP.to_string()} y2={bottom.to_string()} />
                <text x={mark} y={(bottom - 6.0).to_string()} text-anchor={anchor}>
                    { format!("\u{a0}epoch {chosen}\u{a0}") }
                </text>
                { for lines.iter().map(path) }
                <text x={LEFT.to_string()} y={(HEIGHT - 8.0).to_string()}>{ "1" }</text>
                <text x={(WIDTH - RIGHT).to_string()} y={(HEIGHT - 8.0).to_string()} text-anchor="end">{ last }</text>
            </svg>
        </div>
    }
}

/// Where each line begins and ends, for people who cannot see them.
fn spoken(title: &str, lines: &[Line]) -> String {
    let ends = lines.iter().filter_map(|line| {
        let ((first, from), (last, to)) = (line.points.first()?, line.points.last()?);
        Some(format!("{}, {from:.2} in epoch {first} and {to:.2} in epoch {last}", line.name))
    });
    std::iter::once(title.to_owned()).chain(ends).collect::<Vec<_>>().join("; ")
}

fn grid(y: f64, value: f64) -> Html {
    let height = format!("{y:.1}");
    let (left, right) = (LEFT.to_string(), (WIDTH - RIGHT).to_string());
    html! {
        <>
            <line class="grid" x1={left} x2={right} y1={height.clone()} y2={height} />
            <text x={(LEFT - 6.0).to_string()} y={format!("{:.1}", y + 4.0)} text-anchor="end">
                { format!("{value:.2}") }
            </text>
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Architecture;

    #[test]
    fn the_ends_of_every_line_are_told() {
        let line = |name, points: &[(usize, f64)]| Line { name, class: "", points: points.to_vec() };
        let lines = [line("training", &[(1, 1.5), (2, 1.25), (3, 1.125)]), line("held-out", &[])];
        assert_eq!(spoken("Loss", &lines), "Loss; training, 1.50 in epoch 1 and 1.12 in epoch 3");
    }

    #[test]
    fn the_chosen_epoch_is_told_with_its_accuracy() {
        let epoch = |epoch| Epoch { epoch, train_loss: 1.0, val_loss: None, val_accuracy: Some(0.1 * epoch as f64) };
        let epochs = (1..=3).map(epoch).collect();
        let results = Results { network: Architecture::Small, epochs, chosen_epoch: 2, chosen: vec![] };
        assert_eq!(words(&results), "3 epochs of training; epoch 2 is in use, with a held-out accuracy of 20\u{a0}%");
    }
}
