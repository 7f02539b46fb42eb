//! Pictures made of numbers, painted on canvases.

use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};
use yew::NodeRef;

use super::save::document;
use crate::picture::Raster;

/// Give the canvas the picture's size and pixels, each `zoom` CSS pixels wide where there is room and a zoom. Does
/// nothing without a canvas.
pub(crate) fn paint(canvas: &NodeRef, raster: &Raster, zoom: Option<usize>) {
    if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
        // Painting fails only on a canvas that the browser has given up; there is nobody to tell.
        let _ = fill(&canvas, raster);
        // Not as an attribute: the page's policy forbids styles in the markup.
        let _ = zoom.map(|zoom| canvas.style().set_property("width", &format!("{}px", zoom * raster.width)));
    }
}

pub(super) fn fill(canvas: &HtmlCanvasElement, raster: &Raster) -> Result<(), JsValue> {
    let (width, height) = (raster.width as u32, raster.height as u32);
    // To set a size, even the same, clears the canvas and costs a layout.
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    if raster.rgba.is_empty() {
        return Ok(());
    }
    let pixels = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&raster.rgba), width, height)?;
    context(canvas)?.put_image_data(&pixels, 0.0, 0.0)
}

/// A canvas that is not on the page.
pub(super) fn new_canvas() -> Result<HtmlCanvasElement, JsValue> {
    Ok(document()?.create_element("canvas")?.dyn_into()?)
}

/// The context of a canvas for drawing in two dimensions.
pub(super) fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    Ok(canvas.get_context("2d")?.ok_or("no context")?.dyn_into()?)
}
