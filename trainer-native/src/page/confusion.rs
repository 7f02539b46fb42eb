//! Confusion matrices as heat maps, and what they say in words.

use maud::{Markup, html};
use model_core::Emotion;

type Counts = [[u64; Emotion::COUNT]; Emotion::COUNT];

/// Rows are labels, columns what they were called; a cell has its count and its share of the row.
pub(crate) fn heat_map(caption: &str, counts: &Counts) -> Markup {
    html! {
        table.confusion {
            caption { (caption) }
            thead { tr { th scope="col" { "is \\ called" } @for label in Emotion::ALL { th scope="col" { (label.name()) } } } }
            tbody {
                @for (label, row) in Emotion::ALL.iter().zip(counts) {
                    tr {
                        th scope="row" { (label.name()) }
                        @for &count in row {
                            @let percent = percent(count, row.iter().sum());
                            td style={ "--share:" (percent) "%" } { (count) br; small { (percent) " %" } }
                        }
                    }
                }
            }
        }
    }
}

/// What is confused with what: a sentence of what is found best and least, then one for each of the largest confusions.
pub(crate) fn words(counts: &Counts) -> Vec<String> {
    let n = |label: usize| counts[label].iter().sum::<u64>();
    let mut found: Vec<usize> = (0..Emotion::COUNT).filter(|&label| n(label) > 0).collect();
    found.sort_by_key(|&label| std::cmp::Reverse(percent(counts[label][label], n(label))));
    let (Some(&best), Some(&worst)) = (found.first(), found.last()) else {
        return vec!["There are no pictures".into()];
    };
    let share = |label: usize| format!("{} ({} %)", Emotion::ALL[label], percent(counts[label][label], n(label)));
    let mut words = vec![format!("Found most often is {}, least often {}", share(best), share(worst))];
    words.extend(confusions(counts).into_iter().take(4).map(|(label, called)| {
        let percent = percent(counts[label][called], n(label));
        format!("{percent} % of {} is called {}", Emotion::ALL[label], Emotion::ALL[called])
    }));
    let never: Vec<_> =
        Emotion::ALL.into_iter().filter(|&label| counts.iter().all(|row| row[label as usize] == 0)).collect();
    if !never.is_empty() {
        words.push(format!(
            "Nothing is ever called {}",
            never.iter().map(|label| label.name()).collect::<Vec<_>>().join(" or ")
        ));
    }
    words
}

/// Pairs of a label and another one that it is called, the greatest share of the label first; shares of 10 % or more.
fn confusions(counts: &Counts) -> Vec<(usize, usize)> {
    let pairs = (0..Emotion::COUNT).flat_map(|label| (0..Emotion::COUNT).map(move |called| (label, called)));
    let share = |&(label, called): &(usize, usize)| percent(counts[label][called], counts[label].iter().sum());
    let mut pairs: Vec<_> = pairs.filter(|pair| pair.0 != pair.1 && share(pair) >= 10).collect();
    pairs.sort_by_key(|pair| std::cmp::Reverse(share(pair)));
    pairs
}

/// Rounded to whole per cent; 0 of nothing.
fn percent(part: u64, whole: u64) -> u64 {
    if whole == 0 { 0 } else { (200 * part + whole) / (2 * whole) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Reference;
    use model_core::Architecture;

    #[test]
    fn words_say_what_the_study_says_of_its_second_network() {
        // The study: disgust "is most of the time classified as angry", "sad is confused with neutral or happy".
        let expected = [
            "Found most often is happy (79 %), least often fear (26 %)",
            "29 % of disgust is called angry",
            "23 % of sad is called neutral",
            "19 % of fear is called sad",
            "18 % of sad is called happy",
        ];
        assert_eq!(words(&Reference::of(Architecture::Residual).unwrap().confusion), expected);
        let unet = words(&Reference::of(Architecture::UNet).unwrap().confusion);
        assert_eq!(unet.last().map(String::as_str), Some("Nothing is ever called disgust"));
        assert_eq!(words(&[[0; 7]; 7]), ["There are no pictures"]);
    }

    #[test]
    fn a_cell_has_its_count_and_its_share_of_the_row() {
        let html = heat_map("Table", &Reference::of(Architecture::Residual).unwrap().confusion).into_string();
        assert!(html.contains("<td style=\"--share:79%\">711<br><small>79 %</small></td>"), "{html}");
        assert_eq!(html.matches("<td").count(), 49);
    }
}
