//! The canvas on the stage: paints a picture and the marks over it.

use std::cell::{Cell, OnceCell, RefCell};

use gloo::events::EventListener;
use js_sys::Array;
use model_core::Emotion;
use vision::{Point, Rect};
use wasm_bindgen::JsValue;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData, Window};
use yew::{MouseEvent, NodeRef};

use super::{OwnedBitmap, raster};
use crate::display::{DisplayFace, FaceRef};
use crate::overlay::{self, ASIDE_SIZE, Fit, Mark, Scene, Size, TEXT_SIZE, View};
use crate::picture::Raster;
use crate::theme;

/// Share of the window's height that a picture may take, so that the controls stay in sight.
const MAX_HEIGHT: f32 = 0.7;
/// The same above a timeline, on which frames are chosen to be looked at.
const MAX_HEIGHT_OVER_TIMELINE: f32 = 0.4;
/// Unless the window is so low that faces would be too small: CSS pixels.
const MIN_ROOM_HEIGHT: f32 = 240.0;

/// The canvas on the stage and the picture it shows.
#[derive(Debug, Default)]
pub struct Surface {
    canvas: NodeRef,
    picture: RefCell<Option<Picture>>,
    mirrored: Cell<bool>,
    key_points: Cell<bool>,
    pointed: Cell<Option<FaceRef>>,
    over_timeline: Cell<bool>,
    view: Cell<Option<View>>,
    /// The faces that were painted last.
    faces: RefCell<Vec<DisplayFace>>,
    /// The size that the canvas has been given.
    fit: Cell<Option<Fit>>,
    palette: OnceCell<Palette>,
}

impl PartialEq for Surface {
    /// A surface is only equal to itself.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

#[derive(Debug)]
enum Picture {
    Frame(OwnedBitmap),
    Photo(HtmlCanvasElement),
}

/// The colours of the style sheet.
#[derive(Debug)]
struct Palette {
    labels: [Colors; Emotion::COUNT],
    /// Also of key points and of the ring around the selected face, which are no label's.
    unsure: Colors,
}

/// Colours of boxes and badges (`fill`) and of the text on them (`ink`).
#[derive(Debug)]
struct Colors {
    fill: String,
    ink: String,
}

/// Longer side of a picture in a file, pixels, whose labels are as large as on the page; those of larger ones grow.
const USUAL_SIDE: f32 = 960.0;

/// Length of a dash of a badge's edge, CSS pixels.
const DASH: f32 = 6.0;

/// Opacity of the light on a face that a person points at: enough to be seen, and the face stays one.
const LIGHT: f64 = 0.25;

impl Surface {
    /// To be given to the canvas element.
    pub fn node(&self) -> NodeRef {
        self.canvas.clone()
    }

    /// Exchange left and right from the next painting on.
    pub fn set_mirrored(&self, mirrored: bool) {
        self.mirrored.set(mirrored);
    }

    /// Mark eyes, nose, mouth and ears from the next painting on, or no more.
    pub fn set_key_points(&self, key_points: bool) {
        self.key_points.set(key_points);
    }

    /// Light a face from the next painting on, or none.
    pub(crate) fn set_pointed(&self, pointed: Option<FaceRef>) {
        self.pointed.set(pointed);
    }

    /// Leave room for a timeline below from the next painting on, or no more.
    pub(crate) fn set_over_timeline(&self, over_timeline: bool) {
        self.over_timeline.set(over_timeline);
    }

    /// Put a camera frame on the stage.
    pub fn show_frame(&self, bitmap: OwnedBitmap) {
        *self.picture.borrow_mut() = Some(Picture::Frame(bitmap));
    }

    /// Put a photo on the stage.
    pub fn show_photo(&self, pixels: &ImageData) {
        // A canvas can be scaled when it is painted, `ImageData` cannot.
        *self.picture.borrow_mut() = photo(pixels).ok().map(Picture::Photo);
    }

    /// Put a frame of a video on the stage, in the place of the one before.
    pub fn show_pixels(&self, pixels: &ImageData) {
        if let Some(Picture::Photo(canvas)) = &*self.picture.borrow()
            && (canvas.width(), canvas.height()) == (pixels.width(), pixels.height())
            && super::raster::context(canvas).and_then(|context| context.put_image_data(pixels, 0.0, 0.0)).is_ok()
        {
            return;
        }
        self.show_photo(pixels);
    }

    /// Take the picture off the stage.
    pub fn clear(&self) {
        *self.picture.borrow_mut() = None;
        self.view.set(None);
    }

    /// Paint the picture with boxes and labels, as large as the page has room. Does nothing without picture or canvas.
    pub fn paint(&self, faces: &[DisplayFace], selected: Option<usize>) {
        let picture = self.picture.borrow();
        if let (Some(canvas), Some(picture)) = (self.canvas.cast::<HtmlCanvasElement>(), picture.as_ref()) {
            // Painting fails only on a canvas that the browser has given up; there is nobody to tell.
            let is_pointed = |pointed: FaceRef| faces.iter().enumerate().position(|(i, face)| pointed.is(i, face));
            let pointed = self.pointed.get().and_then(is_pointed);
            let scene = Scene { faces, selected, pointed, key_points: self.key_points.get() };
            let _ = self.try_paint(&canvas, picture, scene);
            *self.faces.borrow_mut() = faces.to_vec();
        }
    }

    /// Paint the picture with the same faces again.
    pub(crate) fn repaint(&self, selected: Option<usize>) {
        let faces = self.faces.borrow().clone();
        self.paint(&faces, selected);
    }

    fn try_paint(&self, canvas: &HtmlCanvasElement, picture: &Picture, scene: Scene<'_>) -> Result<(), JsValue> {
        let view = self.fit(canvas, picture.size())?;
        self.view.set(Some(view));
        self.draw(canvas, picture, scene, view)
    }

    /// Draw the picture with boxes and labels, none of them selected, at its own size, for a file.
    pub(crate) fn draw_for_file(&self, canvas: &HtmlCanvasElement) -> Result<(), JsValue> {
        let picture = self.picture.borrow();
        let picture = picture.as_ref().ok_or("there is no picture")?;
        let image = picture.size();
        // To set a size, even the same, takes memory anew.
        if (canvas.width(), canvas.height()) != (image.width as u32, image.height as u32) {
            canvas.set_width(image.width as u32);
            canvas.set_height(image.height as u32);
        }
        let pixel_ratio = (image.width.max(image.height) / USUAL_SIDE).max(1.0);
        let view = View { image, canvas: image, mirrored: self.mirrored.get(), pixel_ratio };
        let faces = self.faces.borrow();
        let scene = Scene { faces: &faces, selected: None, pointed: None, key_points: self.key_points.get() };
        self.draw(canvas, picture, scene, view)
    }

    fn draw(&self, canvas: &HtmlCanvasElement, picture: &Picture, scene: Scene<'_>, view: View) -> Result<(), JsValue> {
        let context = raster::context(canvas)?;
        picture.draw(&context, &view)?;
        context.set_text_baseline("middle");
        let text_width = |text: &str, size: f32| {
            set_text_size(&context, size * view.pixel_ratio);
            context.measure_text(text).map_or(0.0, |metrics| metrics.width() as f32)
        };
        let palette = self.palette.get_or_init(|| Palette::of(canvas));
        for mark in overlay::marks(scene, &view, text_width) {
            palette.paint(&context, &mark, view.pixel_ratio)?;
        }
        Ok(())
    }

    /// Give the canvas the size that the page has room for.
    fn fit(&self, canvas: &HtmlCanvasElement, image: Size) -> Result<View, JsValue> {
        let window = web_sys::window().ok_or("no window")?;
        let pixel_ratio = window.device_pixel_ratio() as f32;
        let max_height = if self.over_timeline.get() { MAX_HEIGHT_OVER_TIMELINE } else { MAX_HEIGHT };
        let fit = Fit::new(image, room(&window, canvas, max_height)?, pixel_ratio);
        // To set a size, even the same, clears the canvas and costs a layout.
        if self.fit.replace(Some(fit)) != Some(fit) {
            canvas.set_width(fit.canvas.width as u32);
            canvas.set_height(fit.canvas.height as u32);
            canvas.style().set_property("width", &format!("{}px", fit.css.width))?;
        }
        Ok(View { image, canvas: fit.canvas, mirrored: self.mirrored.get(), pixel_ratio })
    }

    /// The face that is painted under the pointer.
    pub fn face_at(&self, event: &MouseEvent) -> Option<FaceRef> {
        let (canvas, view) = (self.canvas.cast::<HtmlCanvasElement>()?, self.view.get()?);
        let css = Size { width: canvas.client_width() as f32, height: canvas.client_height() as f32 };
        let point = Point { x: event.offset_x() as f32, y: event.offset_y() as f32 };
        let faces = self.faces.borrow();
        let face_idx = overlay::face_at(&faces, view.canvas_from_css(point, css), &view)?;
        Some(FaceRef { face_idx, id: faces.get(face_idx)?.id })
    }
}

impl Picture {
    fn size(&self) -> Size {
        let (width, height) = match self {
            Self::Frame(bitmap) => (bitmap.width(), bitmap.height()),
            Self::Photo(canvas) => (canvas.width(), canvas.height()),
        };
        Size { width: width as f32, height: height as f32 }
    }

    fn draw(&self, context: &CanvasRenderingContext2d, view: &View) -> Result<(), JsValue> {
        let (width, height) = (f64::from(view.canvas.width), f64::from(view.canvas.height));
        context.save();
        if view.mirrored {
            context.translate(width, 0.0)?;
            context.scale(-1.0, 1.0)?;
        }
        match self {
            Self::Frame(bitmap) => {
                context.draw_image_with_image_bitmap_and_dw_and_dh(bitmap, 0.0, 0.0, width, height)?;
            }
            Self::Photo(canvas) => {
                context.draw_image_with_html_canvas_element_and_dw_and_dh(canvas, 0.0, 0.0, width, height)?;
            }
        }
        context.restore();
        Ok(())
    }
}

impl Palette {
    fn of(canvas: &HtmlCanvasElement) -> Self {
        let style = web_sys::window().and_then(|window| window.get_computed_style(canvas).ok().flatten());
        let color = |property: String| {
            let value = style.as_ref().and_then(|style| style.get_property_value(&property).ok());
            value.unwrap_or_default().trim().to_owned()
        };
        let colors =
            |label| Colors { fill: color(theme::fill_property(label)), ink: color(theme::ink_property(label)) };
        Self { labels: Emotion::ALL.map(|emotion| colors(Some(emotion))), unsure: colors(None) }
    }

    fn of_label(&self, label: Option<Emotion>) -> &Colors {
        label.map_or(&self.unsure, |emotion| &self.labels[emotion as usize])
    }

    fn paint(&self, context: &CanvasRenderingContext2d, mark: &Mark, pixel_ratio: f32) -> Result<(), JsValue> {
        match mark {
            Mark::Box { rect, label, line, dash, ring, is_lit } => {
                let Colors { fill, ink } = self.of_label(*label);
                if *is_lit {
                    context.set_global_alpha(LIGHT);
                    fill_rect(context, *rect, &self.unsure.fill);
                    context.set_global_alpha(1.0);
                }
                if let Some(ring) = ring {
                    stroke(context, *ring, &self.unsure.ink, 3.0 * pixel_ratio);
                    stroke(context, *ring, &self.unsure.fill, pixel_ratio);
                }
                // The ink around the colour: one of the two stands out from any skin or wall.
                stroke(context, *rect, ink, line + line.min(2.0 * pixel_ratio));
                if label.is_none() {
                    set_dash(context, *dash)?;
                }
                stroke(context, *rect, fill, *line);
                set_dash(context, 0.0)?;
            }
            Mark::KeyPoint { at, radius } => {
                dot(context, *at, radius + pixel_ratio, &self.unsure.ink)?;
                dot(context, *at, *radius, &self.unsure.fill)?;
            }
            Mark::Label { badge, text_at, text, aside, label } => {
                let Colors { fill, ink } = self.of_label(*label);
                fill_rect(context, *badge, fill);
                if label.is_none() {
                    set_dash(context, DASH * pixel_ratio)?;
                    stroke(context, *badge, ink, pixel_ratio);
                    set_dash(context, 0.0)?;
                }
                context.set_fill_style_str(ink);
                set_text_size(context, TEXT_SIZE * pixel_ratio);
                context.fill_text(text, text_at.x.into(), text_at.y.into())?;
                if let Some(aside) = aside {
                    set_text_size(context, ASIDE_SIZE * pixel_ratio);
                    context.fill_text(&aside.text, aside.text_at.x.into(), aside.text_at.y.into())?;
                }
            }
        }
        Ok(())
    }
}

fn dot(context: &CanvasRenderingContext2d, at: Point, radius: f32, color: &str) -> Result<(), JsValue> {
    context.begin_path();
    context.arc(at.x.into(), at.y.into(), radius.into(), 0.0, std::f64::consts::TAU)?;
    context.set_fill_style_str(color);
    context.fill();
    Ok(())
}

fn fill_rect(context: &CanvasRenderingContext2d, rect: Rect, color: &str) {
    context.set_fill_style_str(color);
    context.fill_rect(rect.x.into(), rect.y.into(), rect.width.into(), rect.height.into());
}

fn set_text_size(context: &CanvasRenderingContext2d, size: f32) {
    context.set_font(&format!("600 {size}px system-ui, sans-serif"));
}

fn stroke(context: &CanvasRenderingContext2d, rect: Rect, color: &str, line: f32) {
    context.set_stroke_style_str(color);
    context.set_line_width(line.into());
    context.stroke_rect(rect.x.into(), rect.y.into(), rect.width.into(), rect.height.into());
}

/// Dashes and gaps of this length from now on; 0 for none.
fn set_dash(context: &CanvasRenderingContext2d, length: f32) -> Result<(), JsValue> {
    let dashes = if length > 0.0 { Array::of1(&length.into()) } else { Array::new() };
    context.set_line_dash(&dashes)
}

/// Hear when the window, the zoom or the screen changes.
pub fn on_resize(mut callback: impl FnMut() + 'static) -> Option<EventListener> {
    let window = web_sys::window()?;
    Some(EventListener::new(&window, "resize", move |_| callback()))
}

/// Longer side of a thumbnail, pixels.
const THUMBNAIL_SIDE: f64 = 112.0;

/// The picture, small; nothing if the browser does not give its pixels.
pub(crate) fn thumbnail(pixels: &ImageData) -> Option<Raster> {
    let picture = photo(pixels).ok()?;
    let scale = THUMBNAIL_SIDE / f64::from(picture.width().max(picture.height()));
    let [width, height] = [picture.width(), picture.height()].map(|side| (f64::from(side) * scale).round().max(1.0));
    let canvas = raster::new_canvas().ok()?;
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context = raster::context(&canvas).ok()?;
    context.draw_image_with_html_canvas_element_and_dw_and_dh(&picture, 0.0, 0.0, width, height).ok()?;
    let small = context.get_image_data(0.0, 0.0, width, height).ok()?;
    Some(Raster { width: width as usize, height: height as usize, rgba: small.data().0.into() })
}

fn photo(pixels: &ImageData) -> Result<HtmlCanvasElement, JsValue> {
    let canvas = raster::new_canvas()?;
    canvas.set_width(pixels.width());
    canvas.set_height(pixels.height());
    raster::context(&canvas)?.put_image_data(pixels, 0.0, 0.0)?;
    Ok(canvas)
}

/// The room for a picture on the page, CSS pixels; `max_height` is a share of the window's.
fn room(window: &Window, canvas: &HtmlCanvasElement, max_height: f32) -> Result<Size, JsValue> {
    let width = canvas.parent_element().map_or(0, |stage| stage.client_width()) as f32;
    let height = max_height * window.inner_height()?.as_f64().unwrap_or_default() as f32;
    Ok(Size { width, height: height.max(MIN_ROOM_HEIGHT) })
}
