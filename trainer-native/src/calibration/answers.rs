//! How sure a network was of each picture, and whether it was right.

use super::Logits;

/// A network's answer to one picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Probability of the label that it gave, in `0..=1`.
    pub confidence: f64,
    /// Whether that is the picture's label.
    pub is_right: bool,
}

/// The answers of `logits`, divided by `temperature`, to pictures with these `labels`: one a picture.
///
/// # Panics
/// If there are not as many labels as pictures.
pub fn answers(logits: &Logits, labels: &[usize], temperature: f64) -> Vec<Answer> {
    assert_eq!(logits.len(), labels.len(), "a label for each picture");
    let predicted = logits.predicted();
    let rows = logits.probabilities(temperature).zip(predicted.into_iter().zip(labels));
    rows.map(|(shares, (called, label))| Answer { confidence: shares[called], is_right: called == *label }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_top_probability_and_whether_it_is_of_the_label() {
        let ln3 = 3.0_f32.ln();
        let logits = Logits::new(vec![0.0, ln3, 0.0, 0.0], 2).unwrap();
        let answers = answers(&logits, &[1, 1], 1.0);
        assert!((answers[0].confidence - 0.75).abs() < 1e-7 && answers[0].is_right);
        assert_eq!(answers[1], Answer { confidence: 0.5, is_right: false });
    }
}
