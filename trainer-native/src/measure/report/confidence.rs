//! Whether a confidence means something, and what is called *unsure*.

use maud::{Markup, html};
use report::{Axis, Element, FEWEST_IN_BIN, Line, LineChart, reliability_diagram};

use super::super::{NetworkFigures, Networks, OnSplit, figures};
use crate::{
    calibration::{MOST_ERROR, N_BINS, Point},
    page::drawing,
};

pub(super) fn section(networks: &Networks) -> Markup {
    html! {
        h2 id="confidence" { "Confidence" }
        (figures::confidence(networks).html())
        p.caption {
            "Calibrated: logits divided by one temperature, fitted on the held-out tenth of Training so that NLL is "
            "least. ECE has " (N_BINS) " bins of equal width. " (on_card(networks))
        }
        div.pair { @for figures in &networks.networks { (reliability(figures)) } }
        p.caption {
            "Share that is right over confidence on PublicTest, in bins of " (FEWEST_IN_BIN) " pictures or more. On the thin "
            "line confidence is what is found; below it a network is too sure."
        }
        h2 id="sure" { "Sure and unsure" }
        (drawing(&risk_coverage(networks)))
        p.caption {
            "Share of wrong labels among the surest pictures of PublicTest. Dots are the thresholds from which on a "
            "label is called so, and below which it is unsure: the least with which at most "
            (format!("{:.0} %", 100.0 * MOST_ERROR)) " of the sure labels of the held-out pictures are wrong."
        }
        (figures::sure(networks).html())
        p.caption { "AURC is the area under the curve: the mean share of wrong labels over all coverages." }
    }
}

/// Names the networks whose confidences the page shows uncalibrated.
fn on_card(networks: &Networks) -> String {
    let missing = networks.networks.iter().filter(|figures| !figures.is_calibration_on_card);
    let names: Vec<_> = missing.map(|figures| figures.network.id()).collect();
    match names[..] {
        [] => "Every network’s card has its temperature and threshold.".into(),
        _ => format!(
            "On the cards of {} there are none, so the page shows their confidences as they are; here they were \
             fitted in the same way.",
            names.join(", ")
        ),
    }
}

fn reliability(figures: &NetworkFigures) -> Markup {
    let OnSplit { raw, calibrated, .. } = figures.public_test();
    let diagram = reliability_diagram(&[("uncalibrated", &raw.bins), ("calibrated", &calibrated.bins)]);
    html! { figure { (drawing(&diagram)) figcaption { (figures.network) } } }
}

fn risk_coverage(networks: &Networks) -> Element {
    let line = |figures: &'_ NetworkFigures| {
        let OnSplit { curve, sure, .. } = figures.public_test();
        let points = curve.iter().map(|&Point { coverage, risk }| (coverage, risk)).collect();
        let dots = if sure.coverage > 0.0 { vec![(sure.coverage, sure.error)] } else { vec![] };
        Line { name: figures.network.id(), points, dots }
    };
    let lines: Vec<_> = networks.networks.iter().map(line).collect();
    let most = lines.iter().flat_map(|line| &line.points).map(|point| point.1).fold(0.1, f64::max);
    LineChart {
        x: Axis { name: "share of the pictures, the surest first", from: 0.0, to: 1.0, decimals: 1 },
        y: Axis { name: "Share that is wrong", from: 0.0, to: most, decimals: 2 },
        lines,
        rule: Some([(0.0, MOST_ERROR), (1.0, MOST_ERROR)]),
        mark: None,
    }
    .draw()
}
