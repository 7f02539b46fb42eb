//! From a number to a colour.

/// A choice of colours for numbers from 0 to 1. Each gets steadily lighter, so it can also be read without colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ColorMap {
    /// From violet over green to yellow.
    #[default]
    Viridis,
    /// From black over red to a light yellow.
    Magma,
    /// From black to white.
    Grey,
}

/// Ten steps of matplotlib's viridis and magma (Smith and van der Walt 2015, CC0), as viridisLite's `viridis(10)` and
/// `magma(10)` print them. Between them colours are mixed.
const VIRIDIS: [u32; 10] =
    [0x44_0154, 0x48_2878, 0x3e_4a89, 0x31_688e, 0x26_828e, 0x1f_9e89, 0x35_b779, 0x6d_cd59, 0xb4_de2c, 0xfd_e725];
const MAGMA: [u32; 10] =
    [0x00_0004, 0x18_0f3e, 0x45_1077, 0x72_1f81, 0x9f_2f7f, 0xcd_4071, 0xf1_605d, 0xfd_9567, 0xfe_c98d, 0xfc_fdbf];

impl ColorMap {
    /// Every choice, in the order of the menu.
    pub(crate) const ALL: [Self; 3] = [Self::Viridis, Self::Magma, Self::Grey];

    /// The word in the menu's values.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Viridis => "viridis",
            Self::Magma => "magma",
            Self::Grey => "grey",
        }
    }

    /// The inverse of [`ColorMap::id`].
    pub(crate) fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|colors| colors.id() == id)
    }

    /// The colour of `x`, from 0 to 1; what lies outside has the colour of the nearer end.
    pub(crate) fn color(self, x: f32) -> [u8; 3] {
        match self {
            Self::Viridis => mixed(&VIRIDIS, x),
            Self::Magma => mixed(&MAGMA, x),
            Self::Grey => [(255.0 * x.clamp(0.0, 1.0)).round() as u8; 3],
        }
    }
}

fn mixed(steps: &[u32; 10], x: f32) -> [u8; 3] {
    let place = x.clamp(0.0, 1.0) * 9.0;
    let left = (place as usize).min(8);
    let share = place - left as f32;
    [16, 8, 0].map(|shift| {
        let channel = |i: usize| (steps[i] >> shift & 0xff) as f32;
        (channel(left) + (channel(left + 1) - channel(left)) * share).round() as u8
    })
}

/// From −1 (blue) over 0 (white) to 1 (red): the ends of `ColorBrewer`'s `RdBu`, as in the report.
pub(crate) fn diverging(value: f32) -> [u8; 3] {
    const BLUE: [f32; 3] = [33.0, 102.0, 172.0];
    const RED: [f32; 3] = [178.0, 24.0, 43.0];
    let share = value.abs().min(1.0);
    let end = if value < 0.0 { BLUE } else { RED };
    end.map(|channel| (255.0 + (channel - 255.0) * share).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_map_gets_steadily_lighter() {
        for colors in ColorMap::ALL {
            let light = |x: usize| {
                let [red, green, blue] = colors.color(x as f32 / 50.0).map(f32::from);
                0.2126 * red + 0.7152 * green + 0.0722 * blue
            };
            assert!((0..50).all(|x| light(x) < light(x + 1)), "{colors:?}");
            assert_eq!(ColorMap::from_id(colors.id()), Some(colors));
        }
    }

    #[test]
    fn ends_and_beyond_have_the_colours_of_the_table() {
        for (x, expected) in [(-1.0, [0x44, 0x01, 0x54]), (0.0, [0x44, 0x01, 0x54]), (2.0, [0xfd, 0xe7, 0x25])] {
            assert_eq!(ColorMap::Viridis.color(x), expected);
        }
        assert_eq!(ColorMap::Grey.color(0.5), [128; 3]);
    }

    #[test]
    fn the_sign_is_the_colour_and_zero_is_white() {
        assert_eq!([-1.0, 0.0, 0.5].map(diverging), [[33, 102, 172], [255; 3], [217, 140, 149]]);
    }
}
