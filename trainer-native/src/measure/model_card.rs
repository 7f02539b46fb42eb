//! The figures of `MODEL_CARD.md`, so that none of them is typed.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use super::{Missing, Networks, figures};

/// Where the figures begin and end in the card: comments that no reader sees.
const BEGIN: &str = "<!-- figures -->";
const END: &str = "<!-- end of figures -->";

/// The place of the figures in a model card.
#[derive(Clone, Debug, PartialEq)]
pub struct FiguresPlace {
    before: String,
    after: String,
}

impl FiguresPlace {
    /// Between the two marks of the card in the file `path`.
    pub fn in_file(path: &Path) -> Result<Self> {
        let card = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::in_text(&card).with_context(|| path.display().to_string())
    }

    /// Between the two marks of `card`.
    pub fn in_text(card: &str) -> Result<Self> {
        let parts = card.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
        match parts {
            Some((before, after)) if !before.contains(END) && !after.contains(BEGIN) && !after.contains(END) => {
                Ok(Self { before: before.into(), after: after.into() })
            }
            _ => bail!("expected `{BEGIN}` and after it `{END}`, each once, to write the figures between"),
        }
    }

    /// The card with the figures of `networks`, in the place of whatever was there.
    pub fn filled(&self, networks: &Networks) -> String {
        let Self { before, after } = self;
        format!("{before}{BEGIN}\n\n{}\n{END}{after}", text(networks))
    }
}

fn text(networks: &Networks) -> String {
    let mut parts = vec![format!("`{}` wrote the tables that follow.\n", networks.command)];
    for Missing { network, why } in &networks.missing {
        parts.push(format!("The network {network} is missing: {why}.\n"));
    }
    let mut add = |title: &str, table: figures::Table, note: &str| {
        parts.push(format!("\n### {title}\n\n{}", table.markdown()));
        if !note.is_empty() {
            parts.push(format!("\n{note}\n"));
        }
    };
    if !networks.raters.is_empty() {
        add("Raters and labels", figures::raters(networks), RATERS);
    }
    add("Accuracy", figures::accuracy(networks), ACCURACY);
    if let Some(shown) = networks.shown() {
        add(&format!("Labels of {} on PublicTest", shown.network), figures::labels(&shown.public_test().plain), "");
    }
    add("F1 of each label on PublicTest", figures::f1_of_labels(networks), "");
    if networks.networks.iter().flat_map(|figures| &figures.splits).any(|on| !on.heads.is_empty()) {
        add("Both heads", figures::heads(networks), HEADS);
    }
    add("Confidence", figures::confidence(networks), CONFIDENCE);
    add("Sure and unsure", figures::sure(networks), SURE);
    add("Accuracy on perturbed pictures of PublicTest", figures::robustness(networks), "");
    add("Costs", figures::costs(networks), &costs());
    parts.concat()
}

const RATERS: &str = "\
No distribution: most of FER+'s raters saw no face or none of the eight expressions, or no two saw the same. With
majority: more than half of the votes are for one expression; of these, the share whose majority is FER2013's label, over
all and by label.";

const ACCURACY: &str = "\
Wilson's interval. Mirror-averaged: mean of the probabilities of the picture and its mirror image. No copies: without
exact copies of Training pictures. FER+ majority: the second head.";

pub(super) const HEADS: &str = "\
Both: the answer that is shown, the product of powers of the two. FER+ majority: more than half of ten raters' votes, of
pictures where that is one of the seven labels. Cross-entropy (nats) and ECE (15 bins) against the raters' shares.";

const CONFIDENCE: &str = "\
NLL and cross-entropy in nats; Brier score summed over the labels, 0 to 2; ECE with 15 bins of equal width. Calibrated:
logits divided by the temperature.";

const SURE: &str = "\
Sure from: the least calibrated confidence with which a label is called so. AURC: area under the risk–coverage curve. A
network with two heads answers by both, and is wrong if the majority of FER+'s raters says otherwise.";

fn costs() -> String {
    format!(
        "One face at a time on the CPU that measured, natively. Hours of the run's training steps; an estimate of its \
         energy:\n{} all the time. Trials and teachers come on top.",
        figures::energy_assumption()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::example;

    #[test]
    fn figures_replace_figures_and_nothing_else() {
        let networks = example::networks();
        let card = format!("# Card\n\n{BEGIN}\nold\n{END}\n\n## Uses\n");
        let written = FiguresPlace::in_text(&card).unwrap().filled(&networks);
        assert!(written.starts_with("# Card\n\n") && written.ends_with("\n\n## Uses\n"), "{written}");
        assert!(written.contains("| small | PublicTest | 3,589 | 0.472 |") && !written.contains("old"), "{written}");
        assert!(written.contains("The network residual is missing: it is not shipped."), "{written}");
        assert!(written.contains("### Labels of ferrum on PublicTest"), "{written}");
        assert_eq!(FiguresPlace::in_text(&written).unwrap().filled(&networks), written);
    }

    #[test]
    fn a_card_without_a_place_for_figures_is_left_alone() {
        let cases = ["", BEGIN, END].map(str::to_owned);
        let twice = [format!("{END} {BEGIN}"), format!("{BEGIN}{END}{BEGIN}{END}"), format!("{BEGIN}{END}{END}")];
        for card in cases.into_iter().chain(twice) {
            let error = FiguresPlace::in_text(&card).unwrap_err().to_string();
            assert!(error.starts_with("expected `<!-- figures -->`"), "{card}: {error}");
        }
    }
}
