//! Files that the browser keeps for the person.

use exports::png_with_comment;
use futures_channel::oneshot;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, CssStyleDeclaration, Document, HtmlAnchorElement,
    HtmlCanvasElement, Url,
};

use super::{canvas::Surface, file, raster, words};
use crate::inspector_image::{End, InspectorImage, Piece};

/// Pixels of the file for each pixel of the image, so that letters stay sharp.
const SCALE: usize = 2;

/// Paint `image` and have the browser save it as `file_name`.
pub(crate) async fn save_png(image: &InspectorImage, file_name: &str) -> Result<(), String> {
    download(&png(paint(image)).await?, file_name).map_err(|error| words(&error))
}

/// A canvas with the picture on the stage and its boxes, at its own size.
pub(crate) fn paint_stage(surface: &Surface) -> Result<HtmlCanvasElement, JsValue> {
    let canvas = raster::new_canvas()?;
    surface.draw_for_file(&canvas)?;
    Ok(canvas)
}

/// Have the browser save what is on the canvas as a PNG file of that name that says `comment` of itself.
pub(crate) async fn save_with_comment(
    painted: Result<HtmlCanvasElement, JsValue>,
    comment: &str,
    file_name: &str,
) -> Result<(), String> {
    let png = png(painted).await?;
    let png = file::bytes(&png).await?;
    save_bytes(&png_with_comment(&png, comment), file_name, "image/png")
}

/// What is on the canvas, as a PNG file.
async fn png(painted: Result<HtmlCanvasElement, JsValue>) -> Result<Blob, String> {
    let (sender, receiver) = oneshot::channel();
    let made = Closure::once_into_js(move |blob: Option<Blob>| {
        // Nobody waits any more if the page is left.
        let _ = sender.send(blob);
    });
    painted.and_then(|canvas| canvas.to_blob(made.unchecked_ref())).map_err(|error| words(&error))?;
    receiver.await.ok().flatten().ok_or_else(|| "no memory for the picture".into())
}

fn paint(image: &InspectorImage) -> Result<HtmlCanvasElement, JsValue> {
    let document = document()?;
    let canvas = raster::new_canvas()?;
    canvas.set_width((SCALE * image.width) as u32);
    canvas.set_height((SCALE * image.height) as u32);
    let context = raster::context(&canvas)?;
    context.scale(SCALE as f64, SCALE as f64)?;
    context.set_image_smoothing_enabled(false);
    let window = web_sys::window().ok_or("no window")?;
    let root = document.document_element().ok_or("no root")?;
    let style = window.get_computed_style(&root)?.ok_or("no style")?;
    for piece in &image.pieces {
        paint_piece(&context, &style, piece)?;
    }
    Ok(canvas)
}

fn paint_piece(context: &CanvasRenderingContext2d, style: &CssStyleDeclaration, piece: &Piece) -> Result<(), JsValue> {
    let color = |property: &str| style.get_property_value(property).unwrap_or_default();
    match piece {
        Piece::Fill(rect, property) => {
            let [left, top, width, height] = rect.map(|length| length as f64);
            context.set_fill_style_str(color(property).trim());
            context.fill_rect(left, top, width, height);
        }
        Piece::Picture(raster, rect) => {
            let [left, top, width, height] = rect.map(|length| length as f64);
            let picture = raster::new_canvas()?;
            raster::fill(&picture, raster)?;
            if raster.width > 0 {
                context.draw_image_with_html_canvas_element_and_dw_and_dh(&picture, left, top, width, height)?;
            }
        }
        Piece::Text { at, size, text, end } => {
            context.set_text_align(if *end == End::Left { "left" } else { "right" });
            context.set_font(&format!("{size}px system-ui, sans-serif"));
            context.set_fill_style_str(color("--text").trim());
            context.fill_text(text, at[0] as f64, at[1] as f64)?;
        }
    }
    Ok(())
}

/// Have the browser save `bytes`, of that media type, as `file_name`.
pub(crate) fn save_bytes(bytes: &[u8], file_name: &str, media_type: &str) -> Result<(), String> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options);
    let saved = blob.and_then(|blob| download(&blob, file_name));
    saved.map_err(|error| words(&error))
}

/// Have the browser save a file of that name.
pub(crate) fn download(blob: &Blob, file_name: &str) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document()?.create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(file_name);
    link.click();
    // Not at once: some browsers read the blob late.
    gloo::timers::callback::Timeout::new(10_000, move || drop(Url::revoke_object_url(&url))).forget();
    Ok(())
}

pub(super) fn document() -> Result<Document, JsValue> {
    Ok(web_sys::window().and_then(|window| window.document()).ok_or("no document")?)
}
