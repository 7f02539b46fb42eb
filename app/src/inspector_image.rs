//! The inspector's view as one picture to keep: where everything is, as data. `web::save` only paints it.

use model_core::{Emotion, INPUT_SIDE, Scores};

use crate::picture::{ColorMap, Raster};
use crate::protocol::LayerInspection;
use crate::theme;

/// A piece of the image. Lengths are in its pixels; colours are CSS custom properties of the style sheet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// One colour.
    Fill([usize; 4], String),
    /// A picture, stretched into a rectangle of left, top, width and height; its pixels stay crisp.
    Picture(Raster, [usize; 4]),
    /// A line of words, which stands on y and begins at x, or ends there.
    Text {
        /// Position of x and y.
        at: [usize; 2],
        /// Height of the letters.
        size: usize,
        /// The words.
        text: String,
        /// The end of it that is at x.
        end: End,
    },
}

/// An end of a line of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Where it begins.
    Left,
    /// Where it ends.
    Right,
}

/// The inspector's view as one picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InspectorImage {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// In painting order.
    pub pieces: Vec<Piece>,
}

const WIDTH: usize = 720;
const EDGE: usize = 24;
/// Width of what is inside of the edges.
const ROOM: usize = WIDTH - 2 * EDGE;
/// Side of the crop: four pixels a pixel.
const CROP: usize = 4 * INPUT_SIDE;
/// Top of crop and bars.
const TOP: usize = 76;
/// From a bar to the next.
const BAR_STEP: usize = CROP / Emotion::COUNT;
const MAPS_TOP: usize = TOP + CROP + 68;
const SCALE_HEIGHT: usize = 12;

impl InspectorImage {
    /// The image of `looked`.
    pub(crate) fn of(looked: &LayerInspection, colors: ColorMap) -> Self {
        let maps = looked.maps.raster(colors);
        let zoom = (ROOM / maps.width.max(1)).clamp(1, 8);
        let [maps_width, maps_height] = [zoom * maps.width, zoom * maps.height];
        let scale_top = MAPS_TOP + maps_height + 16;
        let height = scale_top + SCALE_HEIGHT + 72;
        let crop = Raster::of_crop(&looked.face, INPUT_SIDE);
        let [least, greatest] = looked.maps.range();
        let network = format!("{} network on {}", theme::network_word(looked.network), looked.device);
        let mut pieces = vec![
            Piece::Fill([0, 0, WIDTH, height], "--panel".into()),
            text([EDGE, 36], 20, "What the network makes of a face"),
            text([EDGE, 60], 14, &network),
            Piece::Picture(crop, [EDGE, TOP, CROP, CROP]),
            text([EDGE, TOP + CROP + 20], 14, "As the network saw it"),
            text([EDGE, MAPS_TOP - 10], 14, &theme::layer_words(looked.network, looked.layer)),
            Piece::Picture(maps, [EDGE, MAPS_TOP, maps_width, maps_height]),
            Piece::Picture(Raster::of_scale(|x| colors.color(x)), [EDGE, scale_top, ROOM, SCALE_HEIGHT]),
            text([EDGE, scale_top + SCALE_HEIGHT + 18], 14, &theme::number(least)),
            text_to([WIDTH - EDGE, scale_top + SCALE_HEIGHT + 18], 14, &theme::number(greatest)),
            text([EDGE, height - 16], 14, "Apparent expression as labelled by web raters, not what a person feels"),
        ];
        pieces.extend(bars(&looked.prediction.scores));
        Self { width: WIDTH, height, pieces }
    }
}

fn text(at: [usize; 2], size: usize, text: &str) -> Piece {
    Piece::Text { at, size, text: text.to_owned(), end: End::Left }
}

fn text_to(at: [usize; 2], size: usize, text: &str) -> Piece {
    Piece::Text { at, size, text: text.to_owned(), end: End::Right }
}

fn bars(scores: &Scores) -> impl Iterator<Item = Piece> {
    const LEFT: usize = EDGE + CROP + 24;
    const TRACK_LEFT: usize = LEFT + 80;
    const TRACK: usize = WIDTH - EDGE - 56 - TRACK_LEFT;
    Emotion::ALL.into_iter().zip(0..).flat_map(|(emotion, i)| {
        let (p, top) = (scores.of(emotion), TOP + BAR_STEP * i);
        let length = (p * TRACK as f32).round() as usize;
        [
            text([LEFT, top + 16], 14, theme::word(emotion)),
            Piece::Fill([TRACK_LEFT, top + 2, TRACK, 18], "--track".into()),
            Piece::Fill([TRACK_LEFT, top + 2, length, 18], theme::fill_property(Some(emotion))),
            text([TRACK_LEFT + TRACK + 8, top + 16], 14, &theme::percent(p.into())),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{F32Bytes, GreyBytes, Maps};
    use model_core::{Architecture, DeviceKind, Prediction};

    fn looked(n: usize, side: usize) -> LayerInspection {
        let values: Vec<f32> = (0..n * side * side).map(|i| i as f32).collect();
        LayerInspection {
            face: GreyBytes([7; INPUT_SIDE * INPUT_SIDE].into()),
            network: Architecture::Residual,
            device: DeviceKind::Cpu,
            prediction: Prediction {
                scores: Scores::from_logits([0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0]).unwrap(),
                label_head: None,
                is_sure: true,
                votes: None,
            },
            layer: 0,
            maps: Maps { n, width: side, height: side, values: F32Bytes(values.into()) },
            weights: None,
        }
    }

    #[test]
    fn everything_lies_on_the_image_and_every_label_has_its_bar() {
        for (n, side) in [(4, 48), (32, 24), (48, 6), (1, 1)] {
            let image = InspectorImage::of(&looked(n, side), ColorMap::Viridis);
            for piece in &image.pieces {
                let [x, y] = match piece {
                    Piece::Fill([left, top, width, height], _) | Piece::Picture(_, [left, top, width, height]) => {
                        [left + width, top + height]
                    }
                    Piece::Text { at: [x, y], .. } => [*x, *y],
                };
                assert!(x <= image.width && y <= image.height, "{n} maps: {piece:?}");
            }
            let words = |word: &str| {
                image.pieces.iter().any(|piece| matches!(piece, Piece::Text { text, .. } if text.contains(word)))
            };
            assert!(Emotion::ALL.into_iter().all(|emotion| words(theme::word(emotion))) && words("Residual network"));
        }
    }
}
