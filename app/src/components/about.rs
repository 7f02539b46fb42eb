//! What this is and is not.

use yew::prelude::*;

/// What this is and is not.
#[component]
pub(super) fn About() -> Html {
    html! {
        <footer class="about">
            <h2>{ "What this is and is not" }</h2>
            <p>
                { "Ferrum gives a face the label that web raters would give its picture: an apparent expression. \
                   It learned from FER2013, small grey pictures found by web search, whose labels are often uncertain. \
                   How often it agrees with them stands under Engine; how that differs between groups of people was not \
                   measured. The percentages of Ferrum's own network were calibrated on pictures that it was not trained on, and \
                   where none is high enough it says unsure; those of the study's networks are higher than they should \
                   be." }
            </p>
            <p>
                { "It does not know what a person feels: " }
                <a href="https://doi.org/10.1177/1529100619832930" target="_blank" rel="noreferrer">
                    { "facial movements do not reliably map to emotion (Barrett et al. 2019)" }
                </a>
                { "." }
            </p>
            <p>
                { "Do not use it on people at work or in education: there the EU AI Act, Article 5(1)(f), forbids to infer emotions. \
                   Elsewhere tell people before you point a camera at them." }
            </p>
            <p>
                { "Photos and camera pictures are read on this device. The page may connect only to the server it came from, \
                   and asks it for nothing but its own files." }
            </p>
            <p><a href="THIRD-PARTY.md" data-testid="third-party">{ "Third-party works and their licences" }</a></p>
        </footer>
    }
}
