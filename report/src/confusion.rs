//! Confusion matrices as heat maps, and in words.

use std::cmp::Reverse;

use model_core::Emotion;

use crate::{Confusion, Element};

/// A table with a row for each label and a column for each label that pictures were called. A cell has its count and its
/// share of the row; its class, `heat-0` to `heat-10`, says the share in tenths.
pub fn confusion_table(caption: &str, confusion: &Confusion) -> Element {
    let head = |scope: &str, word: &str| Element::new("th").with("scope", scope).text(word);
    let columns = ["is \\ called"].into_iter().chain(Emotion::ALL.map(Emotion::name)).map(|word| head("col", word));
    let rows = Emotion::ALL.iter().zip(&confusion.0).map(|(label, counts)| {
        let n = counts.iter().sum();
        let cells = counts.iter().map(|&count| cell(count, percent(count, n)));
        Element::new("tr").child(head("row", label.name())).children(cells)
    });
    Element::new("table")
        .with("class", "confusion")
        .child(Element::new("caption").text(caption))
        .child(Element::new("thead").child(Element::new("tr").children(columns)))
        .child(Element::new("tbody").children(rows))
}

fn cell(count: u64, percent: u64) -> Element {
    let share = Element::new("small").text(format!("{percent}\u{a0}%"));
    Element::new("td").with("class", format!("heat-{}", (percent + 5) / 10)).text(count).child(share)
}

/// The labels that are found most and least often, then a sentence for each of the four largest confusions.
pub fn confusion_words(confusion: &Confusion) -> Vec<String> {
    let counts = &confusion.0;
    let n = |label: usize| counts[label].iter().sum::<u64>();
    let mut found: Vec<usize> = (0..Emotion::COUNT).filter(|&label| n(label) > 0).collect();
    found.sort_by_key(|&label| Reverse(percent(counts[label][label], n(label))));
    let (Some(&best), Some(&worst)) = (found.first(), found.last()) else {
        return vec!["There are no pictures".into()];
    };
    let share = |label: usize| format!("{} ({} %)", Emotion::ALL[label], percent(counts[label][label], n(label)));
    let mut words = vec![format!("Found most often is {}, least often {}", share(best), share(worst))];
    words.extend(confusions(confusion).into_iter().take(4).map(|(label, called)| {
        let percent = percent(counts[label][called], n(label));
        format!("{percent} % of {} is called {}", Emotion::ALL[label], Emotion::ALL[called])
    }));
    let is_never_called = |label: &Emotion| counts.iter().all(|row| row[*label as usize] == 0);
    let never: Vec<_> = Emotion::ALL.into_iter().filter(is_never_called).map(Emotion::name).collect();
    if !never.is_empty() {
        words.push(format!("Nothing is ever called {}", never.join(" or ")));
    }
    words
}

/// Pairs of a label and another one that it is called, the greatest share of the label first; shares of 10 % or more.
fn confusions(confusion: &Confusion) -> Vec<(usize, usize)> {
    let share = |&(label, called): &(usize, usize)| {
        let counts = &confusion.0[label];
        percent(counts[called], counts.iter().sum())
    };
    let pairs = (0..Emotion::COUNT).flat_map(|label| (0..Emotion::COUNT).map(move |called| (label, called)));
    let mut pairs: Vec<_> = pairs.filter(|pair| pair.0 != pair.1 && share(pair) >= 10).collect();
    pairs.sort_by_key(|pair| Reverse(share(pair)));
    pairs
}

/// Rounded to whole per cent; 0 of nothing.
fn percent(part: u64, whole: u64) -> u64 {
    if whole == 0 { 0 } else { (200 * part + whole) / (2 * whole) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing is called disgust, and no picture is surprise.
    const CONFUSION: Confusion = Confusion([
        [40, 0, 10, 30, 10, 0, 10],
        [1, 0, 1, 0, 0, 0, 0],
        [0, 0, 26, 0, 37, 37, 0],
        [5, 0, 0, 90, 5, 0, 0],
        [0, 0, 9, 9, 64, 9, 9],
        [0; 7],
        [0, 0, 0, 0, 50, 0, 50],
    ]);

    #[test]
    fn words_name_the_extremes_and_the_largest_confusions() {
        let expected = [
            "Found most often is happy (90 %), least often disgust (0 %)",
            "50 % of disgust is called angry",
            "50 % of disgust is called fear",
            "50 % of neutral is called sad",
            "37 % of fear is called sad",
            "Nothing is ever called disgust",
        ];
        assert_eq!(confusion_words(&CONFUSION), expected);
        assert_eq!(confusion_words(&Confusion::default()), ["There are no pictures"]);
    }

    #[test]
    fn a_cell_has_its_count_and_its_share_of_the_row() {
        let html = confusion_table("Table", &CONFUSION).to_string();
        assert!(html.contains("<td class=\"heat-3\">26<small>26\u{a0}%</small></td>"), "{html}");
        assert!(html.contains("<td class=\"heat-9\">90<small>90\u{a0}%</small></td>"), "{html}");
        assert_eq!((html.matches("<td").count(), html.matches("<tr").count()), (49, 8));
    }
}
