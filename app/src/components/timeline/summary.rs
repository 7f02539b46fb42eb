//! The summary of each person in a range: shares, dwell times, transitions, as a chart and as tables.

use std::rc::Rc;

use exports::{PersonSummary, RangeSummary, ShownSummary, Summary};
use model_core::Emotion;
use pipeline::{PoorFramePolicy, Shown, TimeRange, TrackId};
use yew::prelude::*;

use crate::components::{
    drawing::draw_wide,
    shares::{duration, word},
};
use crate::live::SessionHandle;
use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The session to show.
    pub session: SessionHandle,
    /// The people whose summary is shown.
    pub people: Rc<[TrackId]>,
    /// From the first to the last frame of it, seconds.
    pub span: [f64; 2],
    /// The range, if it is not all.
    pub part: Option<[f64; 2]>,
    /// How low-quality frames count.
    pub poor_frames: PoorFramePolicy,
}

/// The summary of each person in a range.
#[component]
pub(super) fn SummaryTables(props: &Props) -> Html {
    let Props { session, people, span, part, poor_frames } = props;
    let deps = (session.clone(), people.clone(), *span, *part, *poor_frames);
    let summary = use_memo(deps, |(session, people, span, part, policy)| {
        let [from_secs, to_secs] = part.unwrap_or(*span);
        let name = if part.is_some() { "Range" } else { "All" }.to_owned();
        let range = TimeRange { name, from_secs, to_secs };
        let mut range = session.with(|session| RangeSummary::of(session, *policy, range));
        range.people.retain(|summary| people.contains(&summary.person));
        Summary { policy: *policy, ranges: vec![range] }
    });
    let people = summary.ranges.iter().flat_map(|range| &range.people);
    html! {
        <div class="stack" data-testid="summary">
            { draw_wide("Apparent expression shares of each person", &summary.draw_without_legend()) }
            { for people.map(person) }
        </div>
    }
}

fn person(person: &PersonSummary) -> Html {
    let rows = person.shown.iter().filter(|shown| shown.secs > 0.0 || shown.n_frames > 0);
    html! {
        <div class="wide" tabindex="0" role="group" aria-label={format!("Summary of {}", person.name)}
            key={person.person.number()}>
            <table class="shares" data-testid="person-summary">
                <caption>{ &person.name }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ "Shown" }</th>
                        { for ["Time", "Share", "Times", "Mean", "Longest", "Mean probability"].map(heading) }
                    </tr>
                </thead>
                <tbody>{ for rows.map(row) }</tbody>
            </table>
            <p class="quiet">{ transitions(person) }</p>
        </div>
    }
}

fn heading(word: &'static str) -> Html {
    html! { <th scope="col" class="number">{ word }</th> }
}

fn row(shown: &ShownSummary) -> Html {
    let name = if shown.shown == Shown::NoFace { "Absent" } else { word(shown.shown) };
    let cells = [
        duration(shown.secs),
        format!("{:.1}\u{a0}%", 100.0 * shown.share),
        shown.n_dwells.to_string(),
        duration(shown.mean_dwell_secs),
        duration(shown.longest_dwell_secs),
        shown.mean_probability.map(theme::percent).unwrap_or_default(),
    ];
    html! {
        <tr data-testid="summary-row" data-shown={shown.shown.name()} data-secs={shown.secs.to_string()}>
            <th scope="row">{ name }</th>
            { for cells.map(|cell| html! { <td class="number">{ cell }</td> }) }
        </tr>
    }
}

/// Such as "Transitions: happy to neutral 3, neutral to happy 2".
fn transitions(person: &PersonSummary) -> String {
    let pairs = Emotion::ALL.into_iter().flat_map(|from| Emotion::ALL.map(|to| (from, to)));
    let counted = pairs.map(|(from, to)| (from, to, person.transitions[from as usize][to as usize]));
    let words: Vec<_> = counted.filter(|(.., n)| *n > 0).map(|(from, to, n)| format!("{from} to {to} {n}")).collect();
    if words.is_empty() { "No transitions".to_owned() } else { format!("Transitions: {}", words.join(", ")) }
}
