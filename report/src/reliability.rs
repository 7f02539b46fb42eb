//! Whether confidences mean something: the share that is right beside what the network said.

use serde::{Deserialize, Serialize};

use crate::{Axis, Element, Line, LineChart};

/// Pictures whose top probability lies in one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// How many.
    pub n: usize,
    /// Their mean top probability; 0 of none.
    pub confidence: f64,
    /// Share of them that were called what they are; 0 of none.
    pub accuracy: f64,
}

/// Bins of fewer pictures say little and are not drawn.
pub const FEWEST_IN_BIN: usize = 10;

/// The share that is right over the confidence, for each named list of bins. On the thin line both are the same; below it
/// a network is too sure.
pub fn reliability_diagram(series: &[(&str, &[Bin])]) -> Element {
    let axis = |name| Axis { name, from: 0.0, to: 1.0, decimals: 1 };
    let line = |&(name, bins): &(_, &[Bin])| {
        let bins = bins.iter().filter(|bin| bin.n >= FEWEST_IN_BIN);
        let points: Vec<_> = bins.map(|bin| (bin.confidence, bin.accuracy)).collect();
        Line { name, dots: points.clone(), points }
    };
    LineChart {
        x: axis("confidence"),
        y: axis("Share that is right"),
        lines: series.iter().map(line).collect(),
        rule: Some([(0.0, 0.0), (1.0, 1.0)]),
        mark: None,
    }
    .draw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_of_few_pictures_are_left_out() {
        let bins = [(9, 0.25), (10, 0.5), (500, 0.75)].map(|(n, share)| Bin { n, confidence: share, accuracy: share });
        let svg = reliability_diagram(&[("calibrated", &bins)]).to_string();
        assert_eq!((svg.matches("<circle").count(), svg.matches("class=\"rule\"").count()), (2, 1));
        assert!(svg.contains("calibrated: 0.50 at 0.5, 0.75 at 0.8"), "{svg}");
    }
}
