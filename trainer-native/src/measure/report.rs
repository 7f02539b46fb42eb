//! The report of the networks: one page that needs nothing beside it.

mod confidence;
mod networks;
mod robustness;

use maud::{Markup, html};
use model_core::Architecture;

use super::{Missing, NetworkFigures, Networks, figures, model_card::HEADS};
use crate::{
    data::DEFAULT_PLACE,
    page::{self, document},
};

/// The page, a function of `networks` alone.
pub fn render(networks: &Networks) -> String {
    let content = html! {
        h1 { "Ferrum’s networks, measured" }
        (introduction(networks))
        h2 id="accuracy" { "Accuracy" }
        (figures::accuracy(networks).html())
        p.caption { (ACCURACY) }
        @if !networks.raters.is_empty() {
            h2 id="raters" { "The raters" }
            (figures::raters(networks).html())
            p.caption { (RATERS) }
        }
        @if networks.networks.iter().flat_map(|figures| &figures.splits).any(|on| !on.heads.is_empty()) {
            h2 id="heads" { "Both heads" }
            (figures::heads(networks).html())
            p.caption { (HEADS) }
        }
        (networks::section(networks))
        (confidence::section(networks))
        (robustness::section(networks))
        h2 id="costs" { "Costs" }
        (figures::costs(networks).html())
        p.caption { (costs(networks)) }
        @for figures in &networks.networks { (epochs(figures)) }
    };
    document("Ferrum: the networks, measured", &content).into_string()
}

const ACCURACY: &str = "Share of pictures called as FER2013’s raters did. The 95 % interval is Wilson’s. Mirror-averaged: \
    the mean of the probabilities of the picture and its mirror image; the page asks once. No copies: of the pictures \
    that are no exact copy of one of Training. FER+ majority: the second head on the eight expressions of FER+, on the \
    pictures of PublicTest and PrivateTest of which more than half of the votes, single ones left out, are for one \
    expression. The study: its figures on PublicTest. A click on a heading sorts.";

const RATERS: &str = "How far FER+’s ten raters agree with FER2013’s one label. No distribution: most raters saw no \
    face or none of the eight expressions, or no two saw the same. With majority: pictures of which more than half of the \
    votes are for one expression; the shares are of these, over all and for the pictures of each label. A network that \
    is always right by one of the two cannot be by the other.";

fn introduction(networks: &Networks) -> Markup {
    let has = |split: &str| networks.splits().any(|name| name == split);
    html! {
        p {
            "A label is an apparent expression as labelled by web raters, not what a person feels. All networks were "
            "measured on the same pictures in the same ways, as they are shipped; PublicTest chose nothing: epochs, "
            "temperatures and thresholds were fitted on a tenth of Training that has no copy in the rest. The study’s "
            "three networks have a report of their own, "
            a href="../study/index.html" { "with its figures and tables beside ours" } "."
        }
        p { code { (networks.command) } ", with FER2013 and FER+ in " code { (DEFAULT_PLACE) } ", makes all of this." }
        @if !has("PrivateTest") { p.note { "PrivateTest is not in the data that this report was made from." } }
        @for Missing { network, why } in &networks.missing { p.note { "The network " (network) " is missing: " (why) "." } }
    }
}

fn costs(networks: &Networks) -> String {
    let threads = networks.networks.first().map_or(0, |figures| figures.speed.n_threads);
    format!(
        "Milliseconds are the median of {} calls with one face each on a CPU with {threads} threads, natively, beside \
         whatever else the machine did; in the browser the page measures itself. Hours are those of the training steps \
         of the run alone: trials, teachers and measuring come on top. The energy is an estimate: {} all the time.",
        networks.networks.first().map_or(0, |figures| figures.speed.n),
        figures::energy_assumption()
    )
}

/// Losses and accuracy over the epochs, if they are known and the study's report does not have them.
fn epochs(figures: &NetworkFigures) -> Markup {
    let NetworkFigures { network, training: by, .. } = figures;
    let Some(curve) = figures.curve().filter(|_| !Architecture::STUDY.contains(network)) else { return html! {} };
    html! {
        h2 id="training" { "Training of " (network) }
        (page::curve(&curve))
        p.caption {
            "Loss and accuracy over the epochs. Training pictures are augmented, so the loss on them is no measure of "
            "what is learned by heart. The greatest held-out accuracy, which chose the weights, came with epoch "
            (by.chosen_epoch) " of " (by.epochs) "."
        }
        p { code { (by.command) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::example;

    #[test]
    fn the_page_needs_nothing_beside_it_and_says_what_is_missing() {
        let page = render(&example::networks());
        let links = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for word in ["http:", "https:", "src=\"/", "url(", "NaN", ">inf"] {
            assert!(!links.contains(word), "{word}");
        }
        for part in [
            "PrivateTest is not in the data",
            "The network residual is missing: it is not shipped.",
            "Training of ferrum",
            "in use: epoch 3",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("Training of small"));
    }

    #[test]
    fn every_figure_has_a_section_and_no_network_is_no_trouble() {
        let networks = example::networks();
        let page = render(&networks);
        for id in
            ["accuracy", "raters", "labels", "ferrum", "small", "confidence", "sure", "robustness", "costs", "training"]
        {
            assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
        }
        // Labels, two reliability diagrams, risk and coverage, robustness, two of training.
        assert_eq!(page.matches("<svg").count(), 7);
        assert!(render(&Networks { networks: vec![], ..networks }).contains("always happy"));
    }
}
