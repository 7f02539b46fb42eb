//! The purpose of the page and its limits: a line under every part of the page, and a page of its own.

use std::rc::Rc;

use yew::prelude::*;

use crate::web;
use crate::web::requests::is_own;
use crate::web::route::Route;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The addresses that were asked for since all was there; `None` until then.
    pub requests: Option<Rc<[String]>>,
}

/// The one thing to know of every label, and how many requests the page has made.
#[component]
pub(super) fn Footer(props: &Props) -> Html {
    html! {
        <footer class="foot">
            <p>
                { "A label is the apparent expression that web raters would see, not what a person feels. " }
                <a href={Route::About.hash()}>{ "Limits and licences" }</a>
                if let Some(requests) = &props.requests {
                    { " · " }
                    <span title={requests.join("\n")} data-testid="requests" data-count={requests.len().to_string()}>
                        { counted(requests) }
                    </span>
                }
            </p>
        </footer>
    }
}

fn counted(requests: &[String]) -> String {
    let of_what = match requests {
        [] => "",
        _ if requests.iter().all(|address| is_own(address)) => ", for files of this page",
        _ => ", some elsewhere",
    };
    format!("Requests since load: {}{of_what}", requests.len())
}

/// The purpose of the page, its limits, and the licences of others.
#[component]
pub(super) fn AboutPage() -> Html {
    let title = use_node_ref();
    use_effect_with(title.clone(), web::focus);
    html! {
        // Nothing in it changes, so that a browser may translate it.
        <main class="about" translate="yes">
            <h2 ref={title} tabindex="-1">{ "What this is and is not" }</h2>
            <p>
                { "Ferrum gives a face the label that web raters would give its picture: an apparent expression. It does \
                   not know what a person feels: " }
                <a href="https://doi.org/10.1177/1529100619832930" target="_blank" rel="noreferrer">
                    { "facial movements do not reliably map to emotion (Barrett et al. 2019)" }
                </a>
                { "." }
            </p>
            <h3>{ "Limits" }</h3>
            <p>
                { "It learned from FER2013, small grey pictures found by web search, whose labels are often uncertain. How \
                   often it agrees with them stands in the settings and on the network’s card; how that differs between \
                   groups of people was not measured." }
            </p>
            <p>
                { "The percentages of Ferrum’s own network were calibrated on pictures that it was not trained on, and where \
                   none is high enough, or the face has too few pixels, it says unsure; those of the study’s networks are \
                   higher than they should be." }
            </p>
            <h3>{ "Where not to use it" }</h3>
            <p>
                { "Do not use it on people at work or in education: there the EU AI Act, Article 5(1)(f), forbids to infer \
                   emotions. Elsewhere tell people before you point a camera at them." }
            </p>
            <h3>{ "Privacy" }</h3>
            <p>
                { "Photos, videos and camera pictures are read on this device. The page may connect only to the server it \
                   came from, and asks it for nothing but its own files. The line at the foot of the page counts what it asked \
                   for since it was loaded: a photo, a video or a camera adds nothing but, the first time, the files of a \
                   detector or network that was not needed before." }
            </p>
            <h3>{ "Licences" }</h3>
            <p>
                { "Ferrum is free under the MIT licence or Apache-2.0, as you like. " }
                <a href="THIRD-PARTY.md" data-testid="third-party">{ "Third-party works and their licences" }</a>
            </p>
            <p><a class="button main" href={Route::Work.hash()}>{ "Back to the pictures" }</a></p>
        </main>
    }
}
