//! The place of a picture on the canvas.

use vision::{Point, Rect};

/// Width and height.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Size {
    /// Left to right.
    pub width: f32,
    /// Top to bottom.
    pub height: f32,
}

/// The place of a picture on the canvas, which it fills.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct View {
    /// Size of the analysed picture, its pixels.
    pub image: Size,
    /// Size of the canvas, its pixels.
    pub canvas: Size,
    /// Whether left and right are exchanged.
    pub mirrored: bool,
    /// Canvas pixels in a CSS pixel.
    pub pixel_ratio: f32,
}

impl View {
    /// Where a rectangle of the picture lies on the canvas.
    pub(crate) fn canvas_from_image(&self, rect: Rect) -> Rect {
        let (x_scale, y_scale) = (self.canvas.width / self.image.width, self.canvas.height / self.image.height);
        let left = if self.mirrored { self.image.width - rect.x - rect.width } else { rect.x };
        Rect { x: left * x_scale, y: rect.y * y_scale, width: rect.width * x_scale, height: rect.height * y_scale }
    }

    /// Where a point of the picture lies on the canvas.
    pub(crate) fn canvas_from_point(&self, point: Point) -> Point {
        let Rect { x, y, .. } = self.canvas_from_image(Rect { x: point.x, y: point.y, width: 0.0, height: 0.0 });
        Point { x, y }
    }

    /// Where a point, given in CSS pixels from the corner of a canvas shown `css` large, lies on the canvas.
    pub(crate) fn canvas_from_css(&self, point: Point, css: Size) -> Point {
        Point { x: point.x * self.canvas.width / css.width, y: point.y * self.canvas.height / css.height }
    }
}

/// The size at which a picture is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fit {
    /// On the page, CSS pixels.
    pub css: Size,
    /// Size of the canvas, whole pixels of the screen.
    pub canvas: Size,
}

impl Fit {
    /// A small picture is magnified at most so much; beyond, it is only blurred.
    const MAX_SCALE: f32 = 3.0;

    /// The largest size with the aspect of `image` inside `room` (CSS pixels), at least one pixel each way.
    pub(crate) fn new(image: Size, room: Size, pixel_ratio: f32) -> Self {
        let scale = (room.width / image.width).min(room.height / image.height).min(Self::MAX_SCALE);
        let css = Size { width: (image.width * scale).max(1.0), height: (image.height * scale).max(1.0) };
        let pixels = |side: f32| (side * pixel_ratio).round().max(1.0);
        Self { css, canvas: Size { width: pixels(css.width), height: pixels(css.height) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_fills_the_room_keeps_its_aspect_and_is_sharp() {
        let size = |width, height| Size { width, height };
        let cases = [
            // image, room, ratio, css, canvas
            (size(640., 480.), size(320., 900.), 1., size(320., 240.), size(320., 240.)),
            (size(640., 480.), size(320., 900.), 2.5, size(320., 240.), size(800., 600.)),
            (size(480., 640.), size(900., 320.), 1., size(240., 320.), size(240., 320.)),
            (size(48., 48.), size(900., 700.), 1., size(144., 144.), size(144., 144.)),
            (size(1280., 1.), size(320., 320.), 1., size(320., 1.), size(320., 1.)),
        ];
        for (image, room, ratio, css, canvas) in cases {
            assert_eq!(Fit::new(image, room, ratio), Fit { css, canvas }, "{image:?} in {room:?}");
        }
    }

    #[test]
    fn a_click_is_brought_to_canvas_pixels() {
        let image = Size { width: 64.0, height: 48.0 };
        let canvas = Size { width: 640.0, height: 480.0 };
        let view = View { image, canvas, mirrored: true, pixel_ratio: 2.0 };
        let css = Size { width: 320.0, height: 240.0 };
        assert_eq!(view.canvas_from_css(Point { x: 10.0, y: 20.0 }, css), Point { x: 20.0, y: 40.0 });
    }
}
