//! Photos and a video for the page, made from the one picture that is shipped.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use image::{ImageFormat, Rgb, RgbImage, imageops};

use crate::folder;

/// The face in [`astronaut_file`]: x, y, width, height in its pixels.
/// OpenCV 4.14 finds it so (`haarcascade_frontalface_default`, factor 1.1, 5 neighbours).
pub const ASTRONAUT_FACE: [f64; 4] = [177.0, 66.0, 94.0, 94.0];

/// Side of [`astronaut_file`] in pixels.
pub const ASTRONAUT_SIDE: u32 = 512;

/// Width and height of [`texture`] and [`red_and_blue`] in pixels.
pub const TEXTURE_SIZE: [u32; 2] = [320, 240];

/// The left half of [`red_and_blue`].
pub const RED: [u8; 3] = [255, 0, 0];

/// A script that puts a camera into the page, `window.virtualCamera`, whose `width`, `height`, `fps` and `isBlack` can be
/// changed while it runs.
pub const VIRTUAL_CAMERA: &str = include_str!("virtual_camera.js");

/// A script after which `window.endWorker()` ends the worker that was started last, as a fault would.
pub const WORKERS_TO_END: &str = "
window.workers = [];
window.Worker = class extends Worker {
  constructor(...how) {
    super(...how);
    window.workers.push(this);
  }
};
window.endWorker = () => {
  const worker = window.workers.at(-1);
  worker.terminate();
  worker.dispatchEvent(new ErrorEvent('error', { message: 'ended by the test' }));
  return true;
};";

/// JPEG files in a row; a browser shows them as a camera.
const VIDEO_FRAMES: usize = 12;

/// NASA's portrait of Eileen Collins, public domain.
pub fn astronaut_file() -> PathBuf {
    folder("www/samples/astronaut.png")
}

fn astronaut() -> Result<RgbImage> {
    let file = astronaut_file();
    let image = image::open(&file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(image.into_rgb8())
}

/// Writes the portrait `columns` × `rows` times side by side as a PNG file.
pub fn mosaic(folder: &Path, columns: u32, rows: u32) -> Result<PathBuf> {
    let tile = astronaut()?;
    let (width, height) = tile.dimensions();
    let mut image = RgbImage::new(width * columns, height * rows);
    for row in 0..rows {
        for column in 0..columns {
            imageops::replace(&mut image, &tile, i64::from(column * width), i64::from(row * height));
        }
    }
    save(&image, folder, "mosaic.png")
}

/// Writes a picture of slanted stripes, in which nobody sees a face.
pub fn texture(folder: &Path) -> Result<PathBuf> {
    let image = RgbImage::from_fn(TEXTURE_SIZE[0], TEXTURE_SIZE[1], |x, y| {
        let band = ((x + 2 * y) % 48) as u8;
        Rgb([90 + band, 120, 160 - band])
    });
    save(&image, folder, "texture.png")
}

/// Writes a picture of [`TEXTURE_SIZE`] whose left half is [`RED`] and whose right half is blue.
pub fn red_and_blue(folder: &Path) -> Result<PathBuf> {
    let [width, height] = TEXTURE_SIZE;
    let image = RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { RED } else { [0, 0, 255] }));
    save(&image, folder, "red-and-blue.png")
}

/// Writes the first two thirds of a JPEG file.
pub fn truncated_jpeg(folder: &Path) -> Result<PathBuf> {
    let whole = jpeg(&astronaut()?)?;
    write(folder, "truncated.jpg", &whole[..whole.len() * 2 / 3])
}

/// Writes a text file that calls itself a picture.
pub fn text_named_png(folder: &Path) -> Result<PathBuf> {
    write(folder, "letter.png", b"Dear reader, this is no picture.\n")
}

/// Writes a video of 640×480 for Chromium's pretended camera: the portrait, which sways a little.
pub fn camera_video(folder: &Path) -> Result<PathBuf> {
    sway(folder, &astronaut()?)
}

/// As [`camera_video`], in the dark: with a sixth of the light.
pub fn dark_video(folder: &Path) -> Result<PathBuf> {
    let mut portrait = astronaut()?;
    portrait.iter_mut().for_each(|level| *level /= 6);
    sway(folder, &portrait)
}

fn sway(folder: &Path, portrait: &RgbImage) -> Result<PathBuf> {
    let mut video = Vec::new();
    for index in 0..VIDEO_FRAMES {
        let mut frame = RgbImage::from_pixel(640, 480, Rgb([96, 104, 112]));
        let sway = [0, 1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1][index];
        imageops::replace(&mut frame, portrait, 64 + sway, 0);
        video.extend(jpeg(&frame)?);
    }
    write(folder, "camera.mjpeg", &video)
}

fn jpeg(image: &RgbImage) -> Result<Vec<u8>> {
    let mut content = Cursor::new(Vec::new());
    image.write_to(&mut content, ImageFormat::Jpeg)?;
    Ok(content.into_inner())
}

fn save(image: &RgbImage, folder: &Path, name: &str) -> Result<PathBuf> {
    let mut content = Cursor::new(Vec::new());
    image.write_to(&mut content, ImageFormat::Png)?;
    write(folder, name, content.get_ref())
}

fn write(folder: &Path, name: &str, content: &[u8]) -> Result<PathBuf> {
    let file = folder.join(name);
    fs::write(&file, content).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_have_their_sizes() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let sizes = [
            (astronaut_file(), (512, 512)),
            (mosaic(folder.path(), 2, 2)?, (1024, 1024)),
            (texture(folder.path())?, (320, 240)),
            (red_and_blue(folder.path())?, (320, 240)),
        ];
        for (file, expected) in sizes {
            assert_eq!(image::image_dimensions(&file)?, expected, "{}", file.display());
        }
        Ok(())
    }

    #[test]
    fn the_video_is_whole_frames_in_a_row() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let video = fs::read(camera_video(folder.path())?)?;
        let starts = video.windows(3).filter(|bytes| bytes == b"\xff\xd8\xff").count();
        assert_eq!(starts, VIDEO_FRAMES);
        assert!(video.ends_with(b"\xff\xd9"));
        Ok(())
    }

    #[test]
    fn bad_files_are_bad() -> Result<()> {
        let folder = tempfile::tempdir()?;
        for file in [truncated_jpeg(folder.path())?, text_named_png(folder.path())?] {
            assert!(!fs::read(&file)?.ends_with(b"\xff\xd9"), "{} has no end", file.display());
        }
        assert!(image::open(text_named_png(folder.path())?).is_err());
        Ok(())
    }
}
