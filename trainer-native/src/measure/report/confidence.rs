//! Whether a confidence means something, and what is called *unsure*.

use anyhow::Result;
use maud::{Markup, PreEscaped, html};

use super::super::{NetworkFigures, Networks, OnSplit, figures};
use crate::{
    calibration::{Bin, Confidence, MOST_ERROR, N_BINS, Point},
    page::plots::{Points, Shares, lines_of_shares},
};

/// Bins of fewer pictures say little and are left out of a diagram.
const FEWEST: usize = 10;

pub(super) fn section(networks: &Networks) -> Result<Markup> {
    Ok(html! {
        h2 id="confidence" { "Confidence" }
        (figures::confidence(networks).html())
        p.caption {
            "Calibrated: logits divided by one temperature, fitted on the held-out tenth of Training so that NLL is "
            "least. ECE has " (N_BINS) " bins of equal width. " (on_card(networks))
        }
        div.pair { @for figures in &networks.networks { (reliability(figures)?) } }
        p.caption {
            "Share that is right over confidence on PublicTest, in bins of " (FEWEST) " pictures or more. On the thin "
            "line confidence is what is found; below it a network is too sure."
        }
        h2 id="sure" { "Sure and unsure" }
        (risk_coverage(networks)?)
        p.caption {
            "Share of wrong labels among the surest pictures of PublicTest. Dots are the thresholds from which on a "
            "label is called so, and below which it is unsure: the least with which at most "
            (format!("{:.0} %", 100.0 * MOST_ERROR)) " of the sure labels of the held-out pictures are wrong."
        }
        (figures::sure(networks).html())
        p.caption { "AURC is the area under the curve: the mean share of wrong labels over all coverages." }
    })
}

/// Whose confidences the page shows calibrated.
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

fn reliability(figures: &NetworkFigures) -> Result<Markup> {
    let OnSplit { raw, calibrated, .. } = figures.public_test();
    let points = |confidence: &Confidence| -> Points {
        let bins = confidence.bins.iter().filter(|bin| bin.n >= FEWEST);
        bins.map(|&Bin { confidence, accuracy, .. }| (confidence, accuracy)).collect()
    };
    let shares = Shares {
        x_max: 1.0,
        y_max: 1.0,
        x_name: "confidence",
        y_name: "share that is right",
        rule: Some([(0.0, 0.0), (1.0, 1.0)]),
    };
    let series = [("as it is", points(raw)), ("calibrated", points(calibrated))];
    let dots = series.clone().map(|(_, points)| points);
    Ok(html! { figure { (lines_of_shares(&shares, &series, &dots)?) figcaption { (figures.network) } } })
}

fn risk_coverage(networks: &Networks) -> Result<PreEscaped<String>> {
    let points = |on: &OnSplit| on.curve.iter().map(|&Point { coverage, risk }| (coverage, risk)).collect();
    let series: Vec<(_, Points)> =
        networks.networks.iter().map(|figures| (figures.network.id(), points(figures.public_test()))).collect();
    let dot = |on: &OnSplit| if on.sure.coverage > 0.0 { vec![(on.sure.coverage, on.sure.error)] } else { vec![] };
    let dots: Vec<Points> = networks.networks.iter().map(|figures| dot(figures.public_test())).collect();
    let most = series.iter().flat_map(|(_, points)| points).map(|point| point.1).fold(0.1, f64::max);
    let shares = Shares {
        x_max: 1.0,
        y_max: (1.35 * most).min(1.0), // room for the legend
        x_name: "share of the pictures, the surest first",
        y_name: "share that is wrong",
        rule: Some([(0.0, MOST_ERROR), (1.0, MOST_ERROR)]),
    };
    lines_of_shares(&shares, &series, &dots)
}
