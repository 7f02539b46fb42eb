//! Colours of what is shown: the page's, in `www/style.css`.

use model_core::Emotion;
use pipeline::Shown;

/// The colour of a thing that is shown, as SVG writes it: Okabe and Ito 2008, "Color Universal Design", but for grey.
pub fn fill(shown: Shown) -> &'static str {
    match shown {
        Shown::Label(Emotion::Angry) => "#d55e00",
        Shown::Label(Emotion::Disgust) => "#009e73",
        Shown::Label(Emotion::Fear) => "#cc79a7",
        Shown::Label(Emotion::Happy) => "#f0e442",
        Shown::Label(Emotion::Sad) => "#0072b2",
        Shown::Label(Emotion::Surprise) => "#56b4e9",
        Shown::Label(Emotion::Neutral) => "#b0b0b0",
        Shown::Unsure => "#ffffff",
        Shown::PoorQuality => "#5a554e",
        Shown::NoFace => "#e9e5df",
    }
}

/// The colour of words on [`fill`].
pub fn ink(shown: Shown) -> &'static str {
    match shown {
        Shown::Label(Emotion::Sad) | Shown::PoorQuality => "#ffffff",
        _ => "#000000",
    }
}

/// The name of a thing that is shown in the attribute `data-emotion`, by which the page's style sheet chooses colours.
pub(crate) fn id(shown: Shown) -> &'static str {
    match shown {
        Shown::PoorQuality => "poor-quality",
        Shown::NoFace => "no-face",
        Shown::Unsure => "unsure",
        Shown::Label(label) => label.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_the_colours_of_the_page() {
        let css = include_str!("../../www/style.css");
        for shown in Shown::all().filter(|shown| matches!(shown, Shown::Label(_) | Shown::Unsure)) {
            for (name, color) in [(id(shown).to_owned(), fill(shown)), (format!("{}-ink", id(shown)), ink(shown))] {
                assert!(css.contains(&format!("--{name}: {color};")), "{name}: {color}");
            }
        }
    }
}
