//! How often each expression was the most probable one, since the camera was started.

use pipeline::{Share, Shares, Unsure};
use yew::prelude::*;

use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// How often.
    pub shares: Shares,
    /// Count from nothing.
    pub on_reset: Callback<()>,
}

/// How often each expression was the most probable one, since the camera was started.
#[component]
pub(super) fn SharesTable(props: &Props) -> Html {
    let onclick = props.on_reset.reform(|_: MouseEvent| ());
    html! {
        <section class="panel">
            <div class="heading">
                <h2 id="shares">{ "Apparent expression shares" }</h2>
                <button type="button" {onclick} data-testid="shares-reset">{ "Reset" }</button>
            </div>
            <table class="shares" aria-labelledby="shares">
                <thead>
                    <tr>
                        <th scope="col">{ "Label" }</th>
                        <th scope="col"><span class="unseen">{ "Bar" }</span></th>
                        <th scope="col" class="number">{ "Count" }</th>
                        <th scope="col" class="number">{ "Share" }</th>
                    </tr>
                </thead>
                <tbody>
                    { for props.shares.rows().map(of_label) }
                    { of_unsure(props.shares.unsure()) }
                </tbody>
            </table>
            <p class="quiet">
                { "Every face of every analysed frame counts once, under its most probable label or as unsure" }
            </p>
        </section>
    }
}

fn of_label(Share { emotion, count, relative }: Share) -> Html {
    row(theme::word(emotion), emotion.name(), count, relative)
}

fn of_unsure(Unsure { count, relative }: Unsure) -> Html {
    row("Unsure", theme::label_id(None), count, relative)
}

fn row(word: &'static str, id: &'static str, count: u64, relative: f64) -> Html {
    html! {
        <tr
            data-testid="share-row"
            data-emotion={id}
            data-count={count.to_string()}
            data-relative={relative.to_string()}
        >
            <th scope="row">{ word }</th>
            <td><meter min="0" max="1" value={relative.to_string()} data-emotion={id} aria-hidden="true" /></td>
            <td class="number">{ count }</td>
            <td class="number">{ format!("{:.1}\u{a0}%", 100.0 * relative) }</td>
        </tr>
    }
}
