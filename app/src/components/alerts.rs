//! Problems, and what to do about them.

use yew::prelude::*;

use crate::problem::Problem;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Why something could not be loaded.
    pub failed: Option<Problem>,
    /// Why something could not be read.
    pub problem: Option<Problem>,
    /// Information that needs no action.
    pub notice: Option<String>,
    /// Load again.
    pub on_retry: Callback<()>,
    /// Put problem and notice away.
    pub on_dismiss: Callback<()>,
}

/// Problems, and what to do about them.
#[component]
pub(super) fn Alerts(props: &Props) -> Html {
    let on_dismiss = &props.on_dismiss;
    html! {
        <div class="alerts">
            if let Some(failed) = &props.failed {
                { to_retry(failed, &props.on_retry) }
            }
            if let Some(problem) = &props.problem {
                { to_dismiss(problem, on_dismiss) }
            }
            if let Some(notice) = &props.notice {
                <div class="alert notice" role="status" data-testid="notice">
                    <p>{ notice }</p>
                    { button("Dismiss", "dismiss", on_dismiss) }
                </div>
            }
        </div>
    }
}

/// A problem, with a button to put it away.
pub(super) fn to_dismiss(problem: &Problem, on_dismiss: &Callback<()>) -> Html {
    alert(problem, button("Dismiss", "dismiss", on_dismiss))
}

/// A problem, with a button to try again.
pub(super) fn to_retry(problem: &Problem, on_retry: &Callback<()>) -> Html {
    alert(problem, button("Try again", "retry", on_retry))
}

fn button(word: &'static str, testid: &'static str, on_press: &Callback<()>) -> Html {
    let onclick = on_press.reform(|_: MouseEvent| ());
    html! { <button type="button" {onclick} data-testid={testid}>{ word }</button> }
}

fn alert(problem: &Problem, button: Html) -> Html {
    html! {
        <div class="alert" role="alert" data-testid="problem">
            <div>
                <p><strong>{ &problem.title }</strong></p>
                <p class="quiet">{ &problem.detail }</p>
                <p>{ &problem.advice }</p>
            </div>
            { button }
        </div>
    }
}
