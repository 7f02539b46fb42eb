//! Parts that the reports share: a page that needs nothing beside it, heat maps, plots.

pub(crate) mod confusion;
pub(crate) mod plots;
pub(crate) mod training;

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page/style.css");
const SORT: &str = include_str!("page/sort.js");

/// A whole page: `content` in the reports' style, with `more_style` after it, and tables that a click on a heading
/// sorts.
pub(crate) fn document(title: &str, more_style: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(more_style)) }
            }
            body {
                (content)
                script { (PreEscaped(SORT)) }
            }
        }
    }
}
