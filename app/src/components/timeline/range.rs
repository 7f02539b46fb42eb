//! The range whose summary is shown, and ranges that are kept.

use yew::prelude::*;

use crate::live::{Edit, SessionHandle};
use crate::state::LookAction;
use crate::web::input;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The session to show.
    pub session: SessionHandle,
    /// The range that is chosen, if it is not all.
    pub part: Option<[f64; 2]>,
    /// Choose another one.
    pub on_look: Callback<LookAction>,
    /// Add one, or remove it.
    pub on_edit: Callback<Edit>,
}

/// Fields for the range, and the ranges that are kept.
#[component]
pub(super) fn RangeFields(props: &Props) -> Html {
    let [from, to] = [use_node_ref(), use_node_ref()];
    let onsubmit = {
        let (from, to, on_look) = (from.clone(), to.clone(), props.on_look.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            on_look.emit(LookAction::Choose(input::number(&from).zip(input::number(&to)).map(|(from, to)| [from, to])));
        })
    };
    let on_all = props.on_look.reform(|_: MouseEvent| LookAction::Choose(None));
    let field = |label: &'static str, node: &NodeRef, secs: Option<f64>, testid: &'static str| {
        let value = secs.map(|secs| format!("{secs:.2}"));
        html! {
            <label class="field">
                <span>{ label }</span>
                <input type="number" ref={node.clone()} step="any" value={value.unwrap_or_default()} data-testid={testid} />
            </label>
        }
    };
    let on_keep = props.part.map(|part| props.on_edit.reform(move |_: MouseEvent| Edit::AddRange(part)));
    html! {
        <>
            <form class="toolbar" {onsubmit}>
                { field("Range from, seconds", &from, props.part.map(|part| part[0]), "range-from") }
                { field("to", &to, props.part.map(|part| part[1]), "range-to") }
                <button type="submit" data-testid="range-show">{ "Show range" }</button>
                <button type="button" onclick={on_all} disabled={props.part.is_none()}>{ "Whole" }</button>
                if let Some(onclick) = on_keep {
                    <button type="button" {onclick} data-testid="range-keep">{ "Keep range" }</button>
                }
            </form>
            { kept(props) }
        </>
    }
}

/// The ranges that are kept; each has a summary of its own in every export.
fn kept(props: &Props) -> Html {
    let ranges = props.session.with(|session| session.edits().ranges().to_vec());
    if ranges.is_empty() {
        return Html::default();
    }
    let row = |(idx, range): (usize, pipeline::TimeRange)| {
        let part = [range.from_secs, range.to_secs];
        let on_show = props.on_look.reform(move |_: MouseEvent| LookAction::Choose(Some(part)));
        let on_remove = props.on_edit.reform(move |_: MouseEvent| Edit::RemoveRange(idx));
        html! {
            <li class="toolbar" data-testid="kept-range">
                <span>{ format!("{}, {:.2} to {:.2} s", range.name, range.from_secs, range.to_secs) }</span>
                <button type="button" onclick={on_show}>{ "Show" }</button>
                <button type="button" onclick={on_remove}>{ "Forget" }</button>
            </li>
        }
    };
    html! { <ul class="stack" aria-label="Ranges that are kept">{ for ranges.into_iter().enumerate().map(row) }</ul> }
}
