//! The words for expressions and networks, and the names of their colours. The colours themselves are in
//! `www/style.css`.

use model_core::{Architecture, Emotion, Scores, Vote};

use crate::picture::ColorMap;

/// The word for the screen.
pub(crate) fn word(emotion: Emotion) -> &'static str {
    match emotion {
        Emotion::Angry => "Angry",
        Emotion::Disgust => "Disgust",
        Emotion::Fear => "Fear",
        Emotion::Happy => "Happy",
        Emotion::Sad => "Sad",
        Emotion::Surprise => "Surprise",
        Emotion::Neutral => "Neutral",
    }
}

/// The word for the screen for what a rater may vote for.
pub(crate) fn vote_word(vote: Vote) -> &'static str {
    match vote {
        Vote::Neutral => "Neutral",
        Vote::Happiness => "Happiness",
        Vote::Surprise => "Surprise",
        Vote::Sadness => "Sadness",
        Vote::Anger => "Anger",
        Vote::Disgust => "Disgust",
        Vote::Fear => "Fear",
        Vote::Contempt => "Contempt",
    }
}

/// Three letters where there is no room for more; "?" for a face that is unsure.
pub(crate) fn short_word(label: Option<Emotion>) -> &'static str {
    label.map_or("?", |emotion| word(emotion).get(..3).unwrap_or_default())
}

/// "Happy 87 %" for a face with a label; "Unsure" for an unsure one, and " · sad 41 %" to be written smaller.
pub(crate) fn label_words(scores: &Scores, label: Option<Emotion>) -> (String, Option<String>) {
    if let Some(label) = label {
        return (format!("{} {}", word(label), percent(scores.of(label).into())), None);
    }
    let (emotion, p) = scores.top();
    ("Unsure".to_owned(), Some(format!(" · {} {}", word(emotion).to_lowercase(), percent(p.into()))))
}

/// The name of a label in the style sheet and in attributes; `None` is a face that is unsure.
pub(crate) fn label_id(label: Option<Emotion>) -> &'static str {
    label.map_or("unsure", Emotion::name)
}

/// The name of a network.
pub(crate) fn network_word(network: Architecture) -> &'static str {
    match network {
        Architecture::Ferrum => "Ferrum",
        Architecture::Small => "Small",
        Architecture::Residual => "Residual",
        Architecture::UNet => "U-net",
    }
}

/// A probability as a person reads it: whole per cent, with a space that does not break.
pub(crate) fn percent(p: f64) -> String {
    format!("{:.0}\u{a0}%", 100.0 * p)
}

/// The name of a choice of colours.
pub(crate) fn colors_word(colors: ColorMap) -> &'static str {
    match colors {
        ColorMap::Viridis => "Viridis, violet to yellow",
        ColorMap::Magma => "Magma, black to light yellow",
        ColorMap::Grey => "Grey, black to white",
    }
}

/// A whole number with a comma between thousands.
pub(crate) fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let groups = rest.as_bytes().chunks(3).map(|group| group.iter().map(|&digit| char::from(digit)).collect());
    let head = Some(head.to_owned()).filter(|head| !head.is_empty());
    head.into_iter().chain(groups).collect::<Vec<String>>().join(",")
}

/// A number beside a scale.
pub(crate) fn number(x: f32) -> String {
    let text = format!("{x:.2}");
    if text == "-0.00" { "0.00".into() } else { text.replacen('-', "−", 1) }
}

/// A layer in words, such as "Layer 2 of 7: residual block 3×3 ×4, 4 maps of 48×48 pixels".
pub(crate) fn layer_words(network: Architecture, layer: usize) -> String {
    let table = network.table();
    let n = table.features.len();
    let Some(summary) = table.summary().into_iter().nth(layer).filter(|_| layer < n) else { return String::new() };
    let (name, side) = (summary.name, summary.output.side);
    format!("Layer {} of {n}: {name}, {} maps of {side}×{side} pixels", layer + 1, summary.output.channels)
}

/// The CSS custom property with the colour of boxes, labels and bars.
pub(crate) fn fill_property(label: Option<Emotion>) -> String {
    format!("--{}", label_id(label))
}

/// The CSS custom property with the colour of text on [`fill_property`].
pub(crate) fn ink_property(label: Option<Emotion>) -> String {
    format!("--{}-ink", label_id(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: &str = include_str!("../../www/style.css");

    /// Least contrast of text, WCAG 2.2 success criterion 1.4.3.
    const TEXT: f64 = 4.5;
    /// Least contrast of what is not text, WCAG 2.2 success criterion 1.4.11.
    const SHAPE: f64 = 3.0;

    /// The style sheet from the start of the dark colours, and before it.
    fn schemes() -> [&'static str; 2] {
        let (light, dark) = STYLE.split_once("prefers-color-scheme: dark").expect("a dark scheme");
        [light, dark]
    }

    fn color(scheme: &str, property: &str) -> Option<[f64; 3]> {
        let hex = scheme.split_once(&format!("{property}: #"))?.1.split_once(';')?.0;
        assert_eq!(hex.len(), 6, "{property}: six digits, got {hex}");
        let channel = |i| f64::from(u8::from_str_radix(&hex[i..i + 2], 16).expect("hexadecimal")) / 255.0;
        Some([channel(0), channel(2), channel(4)])
    }

    /// Relative luminance, WCAG 2.2.
    fn luminance(color: [f64; 3]) -> f64 {
        let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        let [red, green, blue] = color.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn every_label_can_be_read_on_its_colour() {
        for label in Emotion::ALL.map(Some).into_iter().chain([None]) {
            let fill = color(STYLE, &fill_property(label)).expect("a fill");
            let ink = color(STYLE, &ink_property(label)).expect("an ink");
            assert!(contrast(fill, ink) >= TEXT, "{label:?}: {}", contrast(fill, ink));
        }
    }

    #[test]
    fn text_and_edges_stand_out_in_light_and_dark() {
        let pairs = [
            ("--text", "--page", TEXT),
            ("--text", "--panel", TEXT),
            ("--quiet", "--page", TEXT),
            ("--quiet", "--panel", TEXT),
            ("--text", "--track", TEXT),
            ("--accent", "--page", TEXT),
            ("--accent", "--panel", TEXT),
            ("--accent-ink", "--accent", TEXT),
            ("--problem", "--panel", TEXT),
            ("--edge", "--page", SHAPE),
            ("--edge", "--panel", SHAPE),
            // Lines of plots and boxes of schemas.
            ("--series-1", "--panel", SHAPE),
            ("--series-2", "--panel", SHAPE),
            ("--series-3", "--panel", SHAPE),
            // Where a bar ends.
            ("--text", "--track", SHAPE),
        ];
        for scheme in schemes() {
            for (front, back, least) in pairs {
                let of = |property| color(scheme, property).unwrap_or_else(|| panic!("{property} in both schemes"));
                let contrast = contrast(of(front), of(back));
                assert!(contrast >= least, "{front} on {back}: {contrast:.2}, expected {least}");
            }
        }
    }

    #[test]
    fn counts_can_be_read_on_every_step_of_a_heat_map() {
        for scheme in schemes() {
            let of = |property| color(scheme, property).unwrap_or_else(|| panic!("{property} in both schemes"));
            let (heat, panel) = (of("--heat"), of("--panel"));
            for step in 0..=10 {
                let share = f64::from(step) / 10.0;
                let cell = [0, 1, 2].map(|i| heat[i] * share + panel[i] * (1.0 - share));
                let ink = of(if step < 6 { "--heat-low-ink" } else { "--heat-high-ink" });
                assert!(contrast(cell, ink) >= TEXT, "step {step}: {:.2}", contrast(cell, ink));
            }
        }
    }

    #[test]
    fn expressions_differ_in_colour_and_word() {
        let colors = Emotion::ALL.map(|emotion| color(STYLE, &fill_property(Some(emotion))));
        for a in Emotion::ALL {
            assert_eq!(word(a).to_lowercase(), a.name());
            let same = Emotion::ALL.into_iter().filter(|b| short_word(Some(*b)) == short_word(Some(a))).count();
            assert_eq!((same, short_word(Some(a)).len()), (1, 3), "{a}");
            assert_ne!(colors[a as usize], color(STYLE, &fill_property(None)), "{a} and unsure");
            for b in &Emotion::ALL[..a as usize] {
                assert_ne!(colors[a as usize], colors[*b as usize], "{a} and {b}");
            }
        }
        assert!(Vote::ALL.iter().all(|&vote| vote_word(vote).to_lowercase() == vote.name()));
        let labels: Vec<_> = Vote::ALL.into_iter().filter_map(Vote::label).collect();
        assert!(Emotion::ALL.iter().all(|emotion| labels.contains(emotion)) && labels.len() == Emotion::COUNT);
    }

    #[test]
    fn layers_and_numbers_read_well() {
        let words = layer_words(Architecture::Small, 1);
        assert_eq!(words, "Layer 2 of 6: max-pool 2×2, 8 maps of 24×24 pixels");
        assert_eq!(layer_words(Architecture::Small, 6), "", "a dense layer has no maps");
        assert_eq!([0, 999, 1000, 94_371, 1_234_567].map(thousands), ["0", "999", "1,000", "94,371", "1,234,567"]);
        assert_eq!([-0.001, -1.5, 2.0].map(number), ["0.00", "−1.50", "2.00"]);
    }

    #[test]
    fn a_label_is_worded_with_what_it_would_be_if_it_is_unsure() {
        let scores = Scores::from_logits([0.0; Emotion::COUNT]).unwrap();
        assert_eq!(label_words(&scores, Some(Emotion::Sad)), ("Sad 14\u{a0}%".into(), None));
        assert_eq!(label_words(&scores, None), ("Unsure".into(), Some(" · angry 14\u{a0}%".into())));
    }

    #[test]
    fn per_cent_is_rounded() {
        for (p, text) in [(0.0, "0\u{a0}%"), (0.874, "87\u{a0}%"), (0.999, "100\u{a0}%"), (1.0, "100\u{a0}%")] {
            assert_eq!(percent(p), text);
        }
    }
}
