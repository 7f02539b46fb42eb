//! A few pixels of a picture, read back through a canvas: whether the browser gives what was drawn, and whether there
//! is light.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, ImageBitmap};

use super::raster;

/// Side of the canvas, pixels.
const SIDE: u32 = 16;

/// Colours that are drawn as stripes.
const COLORS: [[u8; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128]];

/// Greatest difference of a level from the drawn one. Some browsers change the last bit, which harms no reading.
const LEVEL_ATOL: u8 = 8;

/// A level below which a pixel is as good as black: a lens with its shutter closed gives 0 to 20.
const BLACK: u8 = 24;

/// Reads a few pixels.
#[derive(Debug)]
pub(super) struct Sampler(CanvasRenderingContext2d);

impl Sampler {
    pub(super) fn new() -> Result<Self, JsValue> {
        let canvas = raster::new_canvas()?;
        canvas.set_width(SIDE);
        canvas.set_height(SIDE);
        let options = js_sys::Object::new();
        Reflect::set(&options, &"willReadFrequently".into(), &true.into())?;
        let context = canvas.get_context_with_context_options("2d", &options)?.ok_or("no canvas")?;
        Ok(Self(context.unchecked_into()))
    }

    /// Whether what is drawn can be read back. Browsers that resist fingerprinting may give noise instead.
    pub(super) fn is_true(&self) -> Result<bool, JsValue> {
        let width = SIDE / COLORS.len() as u32;
        for (i, [red, green, blue]) in (0..).zip(COLORS) {
            self.0.set_fill_style_str(&format!("rgb({red},{green},{blue})"));
            self.0.fill_rect(f64::from(i * width), 0.0, f64::from(width), f64::from(SIDE));
        }
        Ok(is_as_drawn(&self.pixels()?))
    }

    /// Whether `picture` is black all over.
    pub(super) fn is_black(&self, picture: &ImageBitmap) -> Result<bool, JsValue> {
        let side = f64::from(SIDE);
        self.0.draw_image_with_image_bitmap_and_dw_and_dh(picture, 0.0, 0.0, side, side)?;
        Ok(is_black(&self.pixels()?))
    }

    /// RGBA of the canvas.
    fn pixels(&self) -> Result<Vec<u8>, JsValue> {
        let side = f64::from(SIDE);
        Ok(self.0.get_image_data(0.0, 0.0, side, side)?.data().0)
    }
}

fn is_as_drawn(rgba: &[u8]) -> bool {
    let stripe = SIDE as usize / COLORS.len();
    rgba.chunks_exact(4).enumerate().all(|(i, pixel)| {
        let color = COLORS[i % SIDE as usize / stripe];
        pixel.iter().zip(color).all(|(&level, drawn)| level.abs_diff(drawn) <= LEVEL_ATOL)
    })
}

fn is_black(rgba: &[u8]) -> bool {
    rgba.chunks_exact(4).all(|pixel| pixel[..3].iter().all(|&level| level < BLACK))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn() -> Vec<u8> {
        let row = COLORS.iter().flat_map(|&[r, g, b]| [r, g, b, 255].repeat(SIDE as usize / COLORS.len()));
        row.collect::<Vec<_>>().repeat(SIDE as usize)
    }

    #[test]
    fn noise_is_told_from_what_was_drawn() {
        let mut rgba = drawn();
        assert!(is_as_drawn(&rgba));
        rgba[1] ^= 1;
        assert!(is_as_drawn(&rgba), "the last bit does not matter");
        rgba[500] ^= 128;
        assert!(!is_as_drawn(&rgba));
        assert!(!is_as_drawn(&vec![255; rgba.len()]));
    }

    #[test]
    fn black_is_black_all_over() {
        let mut rgba = [16, 18, 20, 255].repeat(256);
        assert!(is_black(&rgba));
        rgba[400] = 90;
        assert!(!is_black(&rgba));
    }
}
