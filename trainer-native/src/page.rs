//! Parts that the reports share: a page that needs nothing beside it, and drawings in it.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use report::{Confusion, Curve, Element, confusion_words};

const STYLE: &str = include_str!("page/style.css");
const SORT: &str = include_str!("page/sort.js");

/// A whole page: `content` in the reports' style, and tables that a click on a heading sorts.
pub(crate) fn document(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (content)
                script { (PreEscaped(SORT)) }
            }
        }
    }
}

/// A drawing, for a template.
pub(crate) fn drawing(element: &Element) -> Markup {
    PreEscaped(element.to_string())
}

/// Losses and accuracy over the epochs, side by side.
pub(crate) fn curve(curve: &Curve) -> Markup {
    html! { div.pair { (drawing(&curve.losses())) (drawing(&curve.accuracy())) } }
}

/// A confusion matrix in sentences.
pub(crate) fn confusions(confusion: &Confusion) -> Markup {
    html! { ul { @for sentence in confusion_words(confusion) { li { (sentence) } } } }
}
