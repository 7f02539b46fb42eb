//! Name and promise.

use yew::prelude::*;

/// Name and promise.
#[component]
pub(super) fn Header() -> Html {
    html! {
        <header class="top">
            <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
                <rect width="32" height="32" rx="6" />
                <path d="M6 24V8h9v3H9.4v3.6h5v3h-5V24z M26.2 19.1h-6.5c.2 1.5 1.2 2.4 2.7 2.4 1 0 1.8-.4 2.3-1.1l1.4 1.8\
                         c-.9 1.2-2.2 1.9-3.9 1.9-3.2 0-5.3-2.1-5.3-5.3 0-3.1 2.1-5.3 5-5.3s4.4 2.2 4.4 5z\
                         m-6.5-1.7h4.2c-.2-1.3-.9-2.1-2-2.1-1.2 0-2 .8-2.2 2.1z" />
            </svg>
            <div>
                <h1>{ "Ferrum" }</h1>
                <p>{ "Reads apparent facial expressions. Nothing leaves this device." }</p>
            </div>
        </header>
    }
}
