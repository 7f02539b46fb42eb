//! The name, the three things to do, settings and what this is.

use strum::VariantArray;
use yew::prelude::*;

use crate::state::Mode;
use crate::web::route::Route;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The thing that a person does.
    pub mode: Mode,
    /// The part of the page that is shown.
    pub route: Route,
    /// Do another thing.
    pub on_mode: Callback<Mode>,
    /// Open the settings.
    pub on_settings: Callback<()>,
}

/// The name, the three things to do, settings and what this is.
#[component]
pub(super) fn Header(props: &Props) -> Html {
    let on_settings = props.on_settings.reform(|_: MouseEvent| ());
    let is_about = props.route == Route::About;
    html! {
        <header class="top">
            <h1 class="brand">
                <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
                    <rect width="32" height="32" rx="6" />
                    <path d="M6 24V8h9v3H9.4v3.6h5v3h-5V24z M26.2 19.1h-6.5c.2 1.5 1.2 2.4 2.7 2.4 1 0 1.8-.4 2.3-1.1l1.4 \
                             1.8c-.9 1.2-2.2 1.9-3.9 1.9-3.2 0-5.3-2.1-5.3-5.3 0-3.1 2.1-5.3 5-5.3s4.4 2.2 4.4 5z\
                             m-6.5-1.7h4.2c-.2-1.3-.9-2.1-2-2.1-1.2 0-2 .8-2.2 2.1z" />
                </svg>
                { "Ferrum" }
            </h1>
            <nav class="segments modes" aria-label="What to read">
                { for Mode::VARIANTS.iter().map(|mode| mode_button(*mode, props)) }
            </nav>
            <div class="top-end">
                <button type="button" class="plain" onclick={on_settings} data-testid="settings">{ "Settings" }</button>
                <a class="plain" href={Route::About.hash()} aria-current={is_about.then_some("page")} data-testid="about">
                    { "About" }
                </a>
            </div>
        </header>
    }
}

fn mode_button(mode: Mode, props: &Props) -> Html {
    let onclick = props.on_mode.reform(move |_: MouseEvent| mode);
    let is_current = mode == props.mode && props.route == Route::Work;
    let word = mode.to_string();
    html! {
        <button
            type="button"
            {onclick}
            aria-current={is_current.then_some("page")}
            data-testid={format!("mode-{}", word.to_lowercase())}
        >
            { word }
        </button>
    }
}
