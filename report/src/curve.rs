//! How a network learned, epoch by epoch.

use serde::{Deserialize, Serialize};

use crate::{Axis, Element, Line, LineChart, Mark};

/// One epoch of training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Mean cross-entropy over the epoch's steps, nats.
    pub train_loss: f64,
    /// Cross-entropy on the held-out part of Training, nats; `None` if nothing was held out.
    pub val_loss: Option<f64>,
    /// Accuracy on the held-out part of Training, in `0..=1`; `None` if nothing was held out.
    pub val_accuracy: Option<f64>,
}

/// The epochs of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// In their order.
    pub epochs: Vec<Epoch>,
    /// The epoch whose weights are used, from 1.
    pub chosen_epoch: usize,
    /// Whether the first epoch began with the weights of an earlier training, whose epochs are not among these.
    pub goes_on: bool,
}

impl Curve {
    /// The epoch of least loss on held-out pictures; `None` if nothing was held out.
    pub fn least_val_loss(&self) -> Option<&Epoch> {
        let loss = |epoch: &Epoch| epoch.val_loss.unwrap_or(f64::INFINITY);
        self.epochs.iter().filter(|epoch| epoch.val_loss.is_some()).min_by(|a, b| loss(a).total_cmp(&loss(b)))
    }

    /// Losses over the epochs, with the one of least held-out loss marked.
    pub fn losses(&self) -> Element {
        let lines =
            vec![self.line("training", |epoch| Some(epoch.train_loss)), self.line("held-out", |epoch| epoch.val_loss)];
        let mark = self.least_val_loss().map(|Epoch { epoch, .. }| (*epoch, "least held-out loss"));
        self.chart("Loss, nats", f64::MAX, lines, mark)
    }

    /// Held-out accuracy over the epochs, with the chosen one marked.
    pub fn accuracy(&self) -> Element {
        let lines = vec![self.line("held-out", |epoch| epoch.val_accuracy)];
        self.chart("Held-out accuracy", 1.0, lines, Some((self.chosen_epoch, "in use")))
    }

    /// The curve in a sentence.
    pub fn words(&self) -> String {
        let Self { epochs, chosen_epoch, goes_on } = self;
        let chosen = epochs.iter().find(|epoch| epoch.epoch == *chosen_epoch);
        let accuracy = chosen.and_then(|epoch| epoch.val_accuracy);
        let accuracy = accuracy.map(|share| format!(", with a held-out accuracy of {:.0}\u{a0}%", 100.0 * share));
        let before = "; it began with the weights of an earlier training, whose epochs are not shown";
        format!(
            "{} epochs of training; epoch {chosen_epoch} is in use{}{}",
            epochs.len(),
            accuracy.unwrap_or_default(),
            if *goes_on { before } else { "" }
        )
    }

    fn line(&self, name: &'static str, value: impl Fn(&Epoch) -> Option<f64>) -> Line<'static> {
        let point = |epoch: &Epoch| Some((epoch.epoch as f64, value(epoch)?));
        Line { name, points: self.epochs.iter().filter_map(point).collect(), dots: vec![] }
    }

    fn chart(&self, y_name: &str, at_most: f64, lines: Vec<Line<'_>>, mark: Option<(usize, &str)>) -> Element {
        let last = self.epochs.iter().map(|epoch| epoch.epoch).max().unwrap_or(0).max(self.chosen_epoch).max(2);
        let most = lines.iter().flat_map(|line| &line.points).map(|point| point.1).fold(0.1, f64::max);
        LineChart {
            x: Axis { name: "epoch", from: 1.0, to: last as f64, decimals: 0 },
            y: Axis { name: y_name, from: 0.0, to: (1.05 * most).min(at_most), decimals: 2 },
            lines,
            rule: None,
            mark: mark.map(|(epoch, words)| Mark { x: epoch as f64, words: format!("{words}: epoch {epoch}") }),
        }
        .draw()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(val: impl Fn(usize) -> Option<f64>) -> Curve {
        let epoch = |epoch| Epoch { epoch, train_loss: 1.0, val_loss: val(epoch), val_accuracy: val(epoch) };
        Curve { epochs: (1..=3).map(epoch).collect(), chosen_epoch: 3, goes_on: false }
    }

    #[test]
    fn the_chosen_epoch_is_told_with_its_accuracy() {
        let told = curve(|epoch| Some(0.1 * epoch as f64));
        assert_eq!(told.words(), "3 epochs of training; epoch 3 is in use, with a held-out accuracy of 30\u{a0}%");
        let told = Curve { goes_on: true, ..curve(|_| None) };
        let expected = "3 epochs of training; epoch 3 is in use; it began with the weights of an earlier training, \
                        whose epochs are not shown";
        assert_eq!(told.words(), expected);
    }

    #[test]
    fn the_marks_are_at_the_least_loss_and_at_the_chosen_epoch() {
        let drawn = curve(|epoch| Some(0.1 * epoch as f64));
        assert!(drawn.losses().to_string().contains("least held-out loss: epoch 1"), "{}", drawn.losses());
        assert!(drawn.accuracy().to_string().contains("in use: epoch 3"), "{}", drawn.accuracy());
    }

    #[test]
    fn what_is_not_known_is_not_drawn() {
        let nothing_held_out = curve(|_| None);
        assert_eq!(nothing_held_out.least_val_loss(), None);
        assert!(!nothing_held_out.losses().to_string().contains("least held-out"));
        let epoch = |epoch, loss| Epoch { epoch, train_loss: loss, val_loss: Some(-loss), val_accuracy: Some(loss) };
        let absurd = vec![epoch(0, f64::MAX), epoch(usize::MAX, f64::MIN)];
        let absurd = Curve { epochs: absurd, chosen_epoch: usize::MAX, goes_on: false };
        let empty = Curve { epochs: vec![], chosen_epoch: 0, goes_on: false };
        for drawn in [&empty, &absurd].into_iter().flat_map(|curve| [curve.losses(), curve.accuracy()]) {
            assert!(!drawn.to_string().contains("NaN"), "{drawn}");
        }
    }
}
