//! Boxes and labels drawn into pictures.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use anyhow::{Context, Result};
use exports::png_with_comment;
use image::{ImageFormat, Rgba, RgbaImage};
use model_core::Emotion;
use native::write_file;
use pipeline::{Face, Provenance, Shown, TrackedFace};
use vision::Rect;

use crate::{destination::FreeNames, predictor::ReadPhoto};

/// Licence beside it.
const FONT: &[u8] = include_bytes!("../assets/DejaVuSans-ASCII.ttf");

/// Writes annotated photos and videos into one folder, under names that do not meet.
#[derive(Debug)]
pub(crate) struct Annotations(pub FreeNames);

impl Annotations {
    /// The path of the annotated video: `NAME-faces.mp4`, or `NAME-faces-2.mp4` and so on.
    pub(crate) fn video(&mut self, video: &Path) -> PathBuf {
        let stem = video.file_stem().unwrap_or_default().to_string_lossy();
        self.0.next(&format!("{stem}-faces.mp4"))
    }

    /// Write the picture that was searched, with its faces, as `NAME-faces.png`, or `NAME-faces-2.png` and so on if a
    /// photo of the same name came before. It says where it comes from. The path that was written.
    pub(crate) fn write(&mut self, photo: &Path, read: &ReadPhoto, provenance: &Provenance) -> Result<PathBuf> {
        let stem = photo.file_stem().unwrap_or_default().to_string_lossy();
        let path = self.0.next(&format!("{stem}-faces.png"));
        let picture = &read.picture;
        let pixels = picture.view().data().to_vec();
        let image = RgbaImage::from_raw(picture.width() as u32, picture.height() as u32, pixels);
        let mut image = image.context("a picture has 4 bytes for each of its pixels")?;
        for (i, face) in read.faces.iter().enumerate() {
            draw(&mut image, &Mark::of_photo(i + 1, face));
        }
        let mut png = Cursor::new(vec![]);
        image.write_to(&mut png, ImageFormat::Png).with_context(|| format!("cannot write {}", path.display()))?;
        write_file(&path, &png_with_comment(png.get_ref(), &provenance.to_json()))?;
        Ok(path)
    }
}

/// Fill of box and label, and ink of the text, of a label or of a face that is unsure: the page's, in `www/style.css`.
fn colors(label: Option<Emotion>) -> [Rgba<u8>; 2] {
    let shown = label.map_or(Shown::Unsure, Shown::Label);
    [exports::fill(shown), exports::ink(shown)].map(|color| {
        let rgb = u32::from_str_radix(color.trim_start_matches('#'), 16).expect("colours are written #rrggbb");
        let [_, red, green, blue] = rgb.to_be_bytes();
        Rgba([red, green, blue, 255])
    })
}

/// A rectangle of whole pixels; may reach over the image's edges.
#[derive(Clone, Copy)]
struct Area {
    x: i64,
    y: i64,
    width: i64,
    height: i64,
}

/// How the frame of a face is drawn.
#[derive(Clone, Copy)]
enum Line {
    Solid,
    /// In fill and ink by turns: of a face that is unsure.
    Dashed,
}

/// Length of a dash, in thicknesses of the line.
const DASH: i64 = 4;

/// A face as it is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    rect: Rect,
    /// The number that it has in reports.
    number: u64,
    /// The most probable label and its probability.
    guess: (Emotion, f32),
    /// Whether that is not enough to call the face so.
    is_unsure: bool,
}

impl Mark {
    /// The face of that number in a photo.
    pub(crate) fn of_photo(number: usize, face: &Face) -> Self {
        let (rect, guess) = (face.detection.rect, face.prediction.scores.top());
        Self { rect, number: number as u64, guess, is_unsure: !face.prediction.is_sure }
    }

    /// A person in a frame of a video, with what they showed lately.
    pub(crate) fn of_person(tracked: &TrackedFace) -> Self {
        let TrackedFace { id, face, smoothed, label } = tracked;
        let (rect, guess) = (face.detection.rect, label.map_or(smoothed.top(), |label| (label, smoothed.of(label))));
        Self { rect, number: id.number(), guess, is_unsure: label.is_none() }
    }
}

/// Draw the box of a face, its number and its label.
pub(crate) fn draw(image: &mut RgbaImage, mark: &Mark) {
    let Mark { rect, number, guess: (label, confidence), is_unsure } = *mark;
    let [fill, ink] = colors((!is_unsure).then_some(label));
    let longer_side = image.width().max(image.height());
    // Two pixels on a camera frame, more on what will be looked at scaled down.
    let thickness = i64::from(longer_side / 320).max(2);
    // Small on small faces, so that labels in a crowd stay apart, but no smaller than can be read.
    let text_height = (rect.width / 5.0).min(longer_side as f32 / 40.0).max(12.0);
    let [x, y, width, height] = [rect.x, rect.y, rect.width, rect.height].map(|pixels| pixels.round() as i64);
    let line = if is_unsure { Line::Dashed } else { Line::Solid };
    draw_frame(image, Area { x, y, width, height }, thickness, line, [fill, ink]);
    let guess = format!("{label} {:.0} %", 100.0 * confidence);
    let text = if is_unsure { format!("{number}: unsure ({guess})") } else { format!("{number}: {guess}") };
    let margin = text_height as i64 / 4;
    let label_height = text_height as i64 + 2 * margin;
    // Above the box where there is room, else inside it.
    let top = if y >= label_height { y - label_height } else { y };
    let label_width = text_width(&text, text_height) as i64 + 2 * margin;
    // Inside the image, as far as it is wide enough.
    let left = x.min(i64::from(image.width()) - label_width).max(0);
    fill_area(image, Area { x: left, y: top, width: label_width, height: label_height }, fill);
    draw_text(image, &text, [left + margin, top + margin], text_height, ink);
}

fn draw_frame(image: &mut RgbaImage, area: Area, thickness: i64, line: Line, [fill, ink]: [Rgba<u8>; 2]) {
    let Area { x, y, width, height } = area;
    let sides = [
        Area { x, y, width, height: thickness },
        Area { x, y: y + height - thickness, width, height: thickness },
        Area { x, y, width: thickness, height },
        Area { x: x + width - thickness, y, width: thickness, height },
    ];
    for side in sides {
        fill_with(image, side, |dx, dy| match line {
            Line::Solid => fill,
            Line::Dashed => [fill, ink][((dx + dy) / (DASH * thickness) % 2) as usize],
        });
    }
}

fn fill_area(image: &mut RgbaImage, area: Area, color: Rgba<u8>) {
    fill_with(image, area, |_, _| color);
}

/// Colour the part of `area` that is inside the image; `color` is told the place in the area.
fn fill_with(image: &mut RgbaImage, area: Area, color: impl Fn(i64, i64) -> Rgba<u8>) {
    let clip = |start: i64, len: i64, n: u32| start.clamp(0, n.into()) as u32..(start + len).clamp(0, n.into()) as u32;
    let columns = clip(area.x, area.width, image.width());
    for y in clip(area.y, area.height, image.height()) {
        for x in columns.clone() {
            image.put_pixel(x, y, color(i64::from(x) - area.x, i64::from(y) - area.y));
        }
    }
}

fn font() -> FontRef<'static> {
    FontRef::try_from_slice(FONT).expect("the font in assets is whole")
}

fn text_width(text: &str, height: f32) -> f32 {
    let font = font();
    let scaled = font.as_scaled(PxScale::from(height));
    text.chars().map(|char| scaled.h_advance(scaled.glyph_id(char))).sum()
}

/// Write `text` with its top left corner at `[x, y]`.
fn draw_text(image: &mut RgbaImage, text: &str, [x, y]: [i64; 2], height: f32, color: Rgba<u8>) {
    let font = font();
    let scaled = font.as_scaled(PxScale::from(height));
    let mut pen = x as f32;
    for char in text.chars() {
        let id = scaled.glyph_id(char);
        let glyph = id.with_scale_and_position(scaled.scale(), point(pen, y as f32 + scaled.ascent()));
        pen += scaled.h_advance(id);
        let Some(outline) = scaled.outline_glyph(glyph) else { continue }; // a space
        let corner = outline.px_bounds().min;
        outline.draw(|dx, dy, coverage| {
            let [x, y] = [corner.x as i64 + i64::from(dx), corner.y as i64 + i64::from(dy)];
            let pixel = u32::try_from(x).ok().zip(u32::try_from(y).ok());
            if let Some(pixel) = pixel.and_then(|(x, y)| image.get_pixel_mut_checked(x, y)) {
                blend(pixel, color, coverage.min(1.0));
            }
        });
    }
}

/// `color` over `pixel`, `coverage` of it in `0..=1`.
fn blend(pixel: &mut Rgba<u8>, color: Rgba<u8>, coverage: f32) {
    for (below, above) in pixel.0.iter_mut().zip(color.0) {
        *below = (f32::from(*below) + coverage * (f32::from(above) - f32::from(*below))).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Rgba<u8> = Rgba([255; 4]);

    fn mark(x: f32, y: f32, side: f32, label: Emotion) -> Mark {
        let rect = Rect { x, y, width: side, height: side };
        Mark { rect, number: 1, guess: (label, 0.9), is_unsure: false }
    }

    fn image() -> RgbaImage {
        RgbaImage::from_pixel(200, 100, WHITE)
    }

    #[test]
    fn the_box_is_drawn_inside_the_rectangle_and_the_label_above() {
        let mut drawn = image();
        draw(&mut drawn, &mark(40.0, 40.0, 50.0, Emotion::Happy));
        let [fill, ink] = colors(Some(Emotion::Happy));
        for (x, y, expected) in
            [(40, 70, fill), (89, 70, fill), (90, 70, WHITE), (39, 70, WHITE), (60, 89, fill), (60, 60, WHITE)]
        {
            assert_eq!(*drawn.get_pixel(x, y), expected, "{x}, {y}");
        }
        // Letters of 12 pixels have soft edges: count what is nearer to the ink than to the fill.
        let is_ink = |pixel: &&Rgba<u8>| pixel[0].abs_diff(ink[0]) < pixel[0].abs_diff(fill[0]);
        let n_above = drawn.rows().take(40).flatten().filter(is_ink).count();
        let n_below = drawn.rows().skip(40).flatten().filter(is_ink).count();
        assert!(n_above > 60 && n_below == 0, "{n_above} pixels of text above the box, {n_below} below");
    }

    #[test]
    fn an_unsure_face_has_a_dashed_frame_and_no_colour_of_a_label() {
        let mut drawn = image();
        draw(&mut drawn, &Mark { is_unsure: true, ..mark(40.0, 40.0, 50.0, Emotion::Happy) });
        let [fill, ink] = colors(None);
        // Two pixels thick, so dashes of eight.
        let upper_edge: Vec<_> = [40, 47, 48, 55, 56].map(|x| *drawn.get_pixel(x, 40)).to_vec();
        assert_eq!(upper_edge, [fill, fill, ink, ink, fill]);
        let [yellow, _] = colors(Some(Emotion::Happy));
        assert!(drawn.pixels().all(|&pixel| pixel != yellow));
    }

    #[test]
    fn faces_over_the_edges_do_no_harm() {
        for (x, y, side) in
            [(-30.0, -30.0, 50.0), (190.0, 90.0, 50.0), (0.0, 0.0, 1.0), (0.0, 0.0, 1e6), (-9e9, 9e9, 1.0)]
        {
            draw(&mut image(), &mark(x, y, side, Emotion::Sad));
        }
        draw(&mut RgbaImage::new(1, 1), &mark(0.0, 0.0, 1.0, Emotion::Sad));
    }

    #[test]
    fn the_font_has_every_character_of_every_label() {
        let font = font();
        for char in
            Emotion::ALL.iter().flat_map(|emotion| emotion.name().chars()).chain("unsure: (0123456789 %)".chars())
        {
            assert_ne!(font.glyph_id(char).0, 0, "{char}");
        }
    }
}
