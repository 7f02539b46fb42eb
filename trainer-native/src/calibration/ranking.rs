//! Labelling only what is sure: how much is left, and how much of it is wrong.

use serde::{Deserialize, Serialize};

use super::Answer;

/// Answers, the surest first, with those of equal confidence together: no order among them is better than another.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    groups: Vec<Group>,
}

/// Everything at least as sure as `confidence`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Group {
    confidence: f64,
    n: usize,
    n_wrong: usize,
}

/// Coverage and error if labels are called sure from a threshold on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sure {
    /// Share of pictures whose confidence is at least the threshold.
    pub coverage: f64,
    /// Share of wrong answers among these; 0 of none.
    pub error: f64,
}

/// One point of the risk–coverage curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Share of pictures, the surest first.
    pub coverage: f64,
    /// Share of wrong answers among these.
    pub risk: f64,
}

impl Ranking {
    /// The ranking of `answers`, which may be in any order.
    pub fn of(answers: &[Answer]) -> Self {
        let mut answers = answers.to_vec();
        answers.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let mut groups: Vec<Group> = vec![];
        for Answer { confidence, is_right } in answers {
            let last = groups.last().copied().unwrap_or_default();
            if groups.is_empty() || last.confidence > confidence {
                groups.push(Group { confidence, ..last });
            }
            if let Some(group) = groups.last_mut() {
                group.n += 1;
                group.n_wrong += usize::from(!is_right);
            }
        }
        Self { groups }
    }

    /// Number of answers.
    pub fn len(&self) -> usize {
        self.groups.last().map_or(0, |group| group.n)
    }

    /// Whether there is no answer.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The least threshold with an error of at most `most_error` among answers at least so sure: between the confidence
    /// of the last answer that is in and the first that is out, so that rounding moves neither; 0 if all are in. `None`
    /// if every threshold has a greater error: nothing is sure.
    pub fn threshold(&self, most_error: f64) -> Option<f64> {
        let is_fit = |group: &Group| group.n_wrong as f64 <= most_error * group.n as f64;
        let last = self.groups.iter().rposition(is_fit)?;
        let confidence = |group: &Group| group.confidence;
        Some(match self.groups.get(last + 1) {
            Some(out) => f64::midpoint(confidence(&self.groups[last]), confidence(out)),
            None => 0.0,
        })
    }

    /// Coverage and error of the answers at least as sure as `threshold`.
    pub fn sure(&self, threshold: f64) -> Sure {
        let is_in = |group: &&Group| group.confidence >= threshold;
        let Group { n, n_wrong, .. } = self.groups.iter().rfind(is_in).copied().unwrap_or_default();
        Sure { coverage: n as f64 / self.len().max(1) as f64, error: n_wrong as f64 / n.max(1) as f64 }
    }

    /// The risk–coverage curve (El-Yaniv & Wiener 2010) at `n_points` coverages of equal distance, the last of them 1.
    /// None of no answers.
    pub fn curve(&self, n_points: usize) -> Vec<Point> {
        let n = self.len();
        let count = |i: usize| (i * n).div_ceil(n_points);
        let points = (1..=n_points).map(count).filter(|&n| n > 0);
        points.map(|count| Point { coverage: count as f64 / n as f64, risk: self.risk(count) }).collect()
    }

    /// Area under the risk–coverage curve: the mean risk over every number of surest pictures (Geifman et al. 2019,
    /// "Bias-Reduced Uncertainty Estimation", equation 3). 0 of no answers.
    pub fn aurc(&self) -> f64 {
        (1..=self.len()).map(|count| self.risk(count)).sum::<f64>() / self.len().max(1) as f64
    }

    /// Share of wrong ones among the `count` surest, at least one. In a group of equal confidence the wrong ones are spread
    /// evenly.
    fn risk(&self, count: usize) -> f64 {
        let i = self.groups.partition_point(|group| group.n < count);
        let before = i.checked_sub(1).map_or_else(Group::default, |i| self.groups[i]);
        let Some(group) = self.groups.get(i) else { return 0.0 };
        let part = (count - before.n) as f64 / (group.n - before.n) as f64;
        (before.n_wrong as f64 + part * (group.n_wrong - before.n_wrong) as f64) / count as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(answers: &[(f64, bool)]) -> Ranking {
        let answers: Vec<_> = answers.iter().map(|&(confidence, is_right)| Answer { confidence, is_right }).collect();
        Ranking::of(&answers)
    }

    /// In no order. Wrong ones among the surest: 0, 1, 1, 1, 2 of 1, 2, 3, 4, 5.
    const ANSWERS: [(f64, bool); 5] = [(0.5, true), (0.875, true), (0.25, false), (0.75, false), (0.625, true)];

    #[test]
    fn the_threshold_is_the_least_that_keeps_the_error() {
        let cases = [
            (0.0, Some(0.8125), 0.2, 0.0),
            (0.25, Some(0.375), 0.8, 0.25), // a greater error at 0.75 is passed over
            (0.3, Some(0.375), 0.8, 0.25),
            (0.4, Some(0.0), 1.0, 0.4),
        ];
        for (most_error, expected, coverage, error) in cases {
            let ranking = ranking(&ANSWERS);
            let threshold = ranking.threshold(most_error);
            assert_eq!(threshold, expected, "{most_error}");
            assert_eq!(ranking.sure(threshold.unwrap()), Sure { coverage, error }, "{most_error}");
        }
    }

    #[test]
    fn nothing_is_sure_if_the_surest_are_wrong_and_of_nothing() {
        let wrong = ranking(&[(0.9, false), (0.5, true)]);
        assert_eq!((wrong.threshold(0.1), wrong.sure(2.0)), (None, Sure { coverage: 0.0, error: 0.0 }));
        let none = ranking(&[]);
        assert_eq!((none.threshold(0.1), none.sure(0.0)), (None, Sure { coverage: 0.0, error: 0.0 }));
        assert_eq!((none.curve(4), none.aurc(), none.is_empty()), (vec![], 0.0, true));
    }

    #[test]
    fn equals_are_in_or_out_together() {
        let ranking = ranking(&[(0.9, true), (0.9, false), (0.5, true)]);
        assert_eq!(ranking.threshold(0.0), None, "one of the two at 0.9 is wrong");
        assert_eq!(ranking.threshold(0.4), Some(0.0));
        assert!((ranking.aurc() - (0.5 + 0.5 + 1.0 / 3.0) / 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_curve_and_its_area_are_those_counted_by_hand() {
        let ranking = ranking(&ANSWERS);
        let expected = [(0.2, 0.0), (0.4, 0.5), (0.6, 1.0 / 3.0), (0.8, 0.25), (1.0, 0.4)];
        assert_eq!(ranking.curve(5), expected.map(|(coverage, risk)| Point { coverage, risk }));
        assert_eq!(ranking.curve(2), [expected[2], expected[4]].map(|(coverage, risk)| Point { coverage, risk }));
        assert!((ranking.aurc() - (0.5 + 1.0 / 3.0 + 0.25 + 0.4) / 5.0).abs() < 1e-12);
    }
}
