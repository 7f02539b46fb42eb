//! The page of the report.

use maud::{Markup, html};

use super::{choices, costs, data, look, network, results, shares};
use crate::{
    page::document,
    study::{Study, look::Look},
};

/// `look` is missing where the weights to draw it from are.
pub(super) fn render(study: &Study, look: Option<&Look>) -> Markup {
    let networks = study.networks.iter().enumerate().map(|(idx, results)| network::section(study, idx, results));
    let content = html! {
        h1 { "Three networks on FER2013" }
        (introduction(study))
        (data::section(study))
        (results::section(study))
        (costs::section(study))
        (choices::section(study))
        @for network in networks { (network) }
        (look::section(study, look))
        (shares::section(study))
    };
    document("Ferrum: the study, reproduced", &content)
}

fn introduction(study: &Study) -> Markup {
    let p = &study.protocol;
    html! {
        p {
            "The study by Vico and Gianzina compares a small network, one with residual blocks and one in the manner "
            "of U-net on FER2013. This page does the same with Ferrum’s own. A label is an apparent expression as "
            "labelled by web raters, not what a person feels."
        }
        p {
            "Each network was trained for " (p.epochs) " epochs with Adam (step size " (p.learning_rate) ", batches of "
            (p.batch_size) ", seed " (p.seed) ") on cross-entropy, without augmentation; the study does not say how "
            "large its batches were. An epoch was chosen on pictures held out of Training; PublicTest, the study’s test "
            "set, chose nothing. All was measured on the " (study.device) "."
        }
        p { code { (study.command) } " makes all of this." }
    }
}
