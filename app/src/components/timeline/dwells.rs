//! The timeline as a table: what each person showed, from when to when.

use exports::{Dwell, traces};
use pipeline::{PoorFramePolicy, Shown};
use yew::prelude::*;

use super::moment::clock;
use crate::components::shares::{duration, word};
use crate::live::SessionHandle;

/// Rows at most; the exports have all.
const MAX_ROWS: usize = 500;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The session to show.
    pub session: SessionHandle,
    /// The part that is listed, seconds.
    pub part: [f64; 2],
    /// How low-quality frames count.
    pub poor_frames: PoorFramePolicy,
}

/// The timeline as a table, once it is asked for.
#[component]
pub(super) fn Dwells(props: &Props) -> Html {
    let is_open = use_state_eq(|| false);
    let toggle = {
        let is_open = is_open.clone();
        Callback::from(move |_: MouseEvent| is_open.set(!*is_open))
    };
    html! {
        <div class="stack">
            <button type="button" aria-expanded={is_open.to_string()} onclick={toggle} data-testid="as-table">
                { "Timeline as a table" }
            </button>
            if *is_open {
                { table(props) }
            }
        </div>
    }
}

fn table(Props { session, part, poor_frames }: &Props) -> Html {
    let rows: Vec<(String, Dwell)> = session.with(|session| {
        let traces = traces(session, *poor_frames, *part);
        let dwells = traces
            .iter()
            .flat_map(|(&person, trace)| trace.dwells.iter().map(move |dwell| (session.name_of(person), *dwell)));
        dwells.collect()
    });
    let n_more = rows.len().saturating_sub(MAX_ROWS);
    html! {
        <>
            <div class="wide" tabindex="0" role="group" aria-label="Timeline as a table">
                <table class="shares">
                    <thead>
                        <tr>
                            { for ["Who", "Shown", "From", "To", "Time"].map(|w| html! { <th scope="col">{ w }</th> }) }
                        </tr>
                    </thead>
                    <tbody>{ for rows.iter().take(MAX_ROWS).map(row) }</tbody>
                </table>
            </div>
            if n_more > 0 {
                <p>{ format!("{n_more} more rows; choose a shorter range, or save the captions") }</p>
            }
        </>
    }
}

fn row((name, dwell): &(String, Dwell)) -> Html {
    let shown = if dwell.shown == Shown::NoFace { "Absent" } else { word(dwell.shown) };
    html! {
        <tr data-testid="dwell">
            <th scope="row">{ name }</th>
            <td>{ shown }</td>
            <td>{ clock(dwell.from_secs) }</td>
            <td>{ clock(dwell.to_secs) }</td>
            <td>{ duration(dwell.secs) }</td>
        </tr>
    }
}
