//! The sizes at which a picture is searched (`detectMultiScaleNoGrouping`, `FeatureEvaluator::updateScaleData`).

use super::CascadeConfig;
use super::model::Model;
use crate::IntRect;

/// A shrunken picture, in which the cascade's own window stands for a larger one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layer {
    /// Pixels of the picture per pixel of the layer.
    pub(super) scale: f32,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Distance from one window to the next along both axes, pixels of the layer: 2 where windows are small, else 1.
    pub(super) step: usize,
    /// Size of the picture.
    image: (usize, usize),
    /// Size of the window in the picture.
    window: (i32, i32),
}

impl Layer {
    /// The window whose top-left is (x, y) in this layer, in pixels of the picture and clipped to it.
    pub(super) fn window_in_image(&self, x: usize, y: usize) -> IntRect {
        let to_image = |position: usize| (position as f32 * self.scale).round_ties_even() as i32;
        let (x, y) = (to_image(x), to_image(y));
        let (width, height) = (self.image.0 as i32 - x, self.image.1 as i32 - y);
        IntRect { x, y, width: self.window.0.min(width), height: self.window.1.min(height) }
    }
}

/// The layers of a picture of size `image`, largest first.
pub(super) fn layers(model: &Model, image: (usize, usize), config: &CascadeConfig) -> Vec<Layer> {
    let factors = std::iter::successors(Some(1.0f64), |factor| Some(factor * config.scale_factor));
    let sizes = factors.map(|factor| {
        let side = |side: usize| (side as f64 * factor).round_ties_even() as usize;
        (factor as f32, side(model.width), side(model.height))
    });
    sizes
        .take_while(|&(_, width, height)| width <= image.0 && height <= image.1)
        .filter(|&(_, width, height)| width.min(height) >= config.min_size)
        // From here on OpenCV counts in f32, and so rounds some sides differently.
        .map(|(scale, ..)| Layer {
            scale,
            width: (image.0 as f32 / scale).round_ties_even() as usize,
            height: (image.1 as f32 / scale).round_ties_even() as usize,
            step: if scale >= 2.0 { 1 } else { 2 },
            image,
            window: (scaled(model.width, scale), scaled(model.height, scale)),
        })
        .collect()
}

fn scaled(side: usize, scale: f32) -> i32 {
    (side as f32 * scale).round_ties_even() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers_of(image: (usize, usize), config: CascadeConfig) -> Vec<Layer> {
        layers(&Model { width: 24, height: 24, stages: vec![], features: vec![] }, image, &config)
    }

    #[test]
    fn the_window_grows_from_the_smallest_size_to_the_picture() {
        let layers = layers_of((640, 480), CascadeConfig::default());
        let sides: Vec<i32> = layers.iter().map(|layer| layer.window.0).collect();
        assert_eq!(sides[..6], [32, 35, 39, 43, 47, 51]);
        assert_eq!((sides.len(), sides.last()), (29, Some(&461)));
        let first = Layer { scale: 1.331, width: 481, height: 361, step: 2, image: (640, 480), window: (32, 32) };
        assert_eq!(layers[0], first);
        assert_eq!(layers.iter().position(|layer| layer.step == 1), Some(5));
    }

    #[test]
    fn a_picture_below_the_window_or_the_smallest_size_has_no_layer() {
        let large = CascadeConfig { min_size: 100, ..CascadeConfig::default() };
        for (image, config) in [((23, 99), CascadeConfig::default()), ((99, 99), large), ((1, 1), large)] {
            assert_eq!(layers_of(image, config), [], "{image:?}");
        }
    }

    #[test]
    fn windows_are_clipped_to_the_picture() {
        let layer = layers_of((640, 480), CascadeConfig::default())[0];
        assert_eq!(layer.window_in_image(2, 4), IntRect { x: 3, y: 5, width: 32, height: 32 });
        assert_eq!(layer.window_in_image(458, 337), IntRect { x: 610, y: 449, width: 30, height: 31 });
    }
}
