//! Measures what the thresholds of [`vision::Quality`] are chosen by: photos with boxes, as they are and made worse.
//!
//! ```text
//! cargo run --release -p vision --example quality -- ../shared/media
//! ```
//!
//! The folder has `eval_set.json`: for each picture its faces as `gt`, a list of x, y, width and height.

mod issue_shares;

use std::{collections::BTreeMap, fs, hint::black_box, path::Path, time::Instant};

use image::{RgbaImage, imageops};
use issue_shares::issue_shares;
use serde::Deserialize;
use vision::{DecodeLimits, Detection, FaceCrop, Quality, Rect, RgbaView, crop, decode};

type Error = Box<dyn std::error::Error>;

/// Side of what a network takes.
const CROP_SIDE: usize = 48;
/// Smaller faces are not looked for: side of the cascade's smallest window.
const MIN_SIDE: f32 = 30.0;

#[derive(Deserialize)]
struct Entry {
    gt: Vec<[f32; 4]>,
}

/// A face and what is around it, so that a change has something to reach beyond its edge.
struct Face {
    picture: RgbaImage,
    rect: Rect,
}

impl Face {
    fn side(&self) -> f32 {
        self.rect.width
    }

    fn quality(&self) -> Quality {
        let (width, height) = (self.picture.width() as usize, self.picture.height() as usize);
        let view = RgbaView::new(width, height, self.picture.as_raw()).expect("4 bytes a pixel");
        let detection = Detection { rect: self.rect, score: 1.0, key_points: None };
        Quality::of(&detection, &crop(view, &detection, CROP_SIDE))
    }

    /// With a factor of light on it, as of a longer or shorter exposure: linear light is the level to the power of 2.2.
    fn exposed(&self, factor: f32) -> Self {
        let mut picture = self.picture.clone();
        for pixel in picture.pixels_mut() {
            for level in &mut pixel.0[..3] {
                let light = (f32::from(*level) / 255.0).powf(2.2) * factor;
                *level = (255.0 * light.powf(1.0 / 2.2)).round().min(255.0) as u8;
            }
        }
        Self { picture, rect: self.rect }
    }

    /// Blurred by a Gaussian of so many pixels of a network's 48.
    fn blurred(&self, sigma: f32) -> Self {
        let sigma = sigma * self.side() / CROP_SIDE as f32;
        Self { picture: imageops::blur(&self.picture, sigma), rect: self.rect }
    }

    /// Moved sideways by so many pixels of a network's 48 while the shutter was open.
    fn moved(&self, length: f32) -> Self {
        let n = (length * self.side() / CROP_SIDE as f32).round().max(1.0) as u32;
        let width = self.picture.width();
        let picture = RgbaImage::from_fn(width, self.picture.height(), |x, y| {
            let mean = |channel: usize| {
                let levels = (0..n).map(|i| self.picture.get_pixel((x + i).min(width - 1), y)[channel]);
                (levels.map(u32::from).sum::<u32>() / n) as u8
            };
            image::Rgba([mean(0), mean(1), mean(2), 255])
        });
        Self { picture, rect: self.rect }
    }

    /// As if it had been taken from further away, so that the face has `side` pixels.
    fn shrunk(&self, side: f32) -> Self {
        let factor = side / self.side();
        let scaled = |length: u32| ((length as f32 * factor).round() as u32).max(1);
        let (width, height) = (scaled(self.picture.width()), scaled(self.picture.height()));
        let picture = imageops::resize(&self.picture, width, height, imageops::FilterType::Triangle);
        let Rect { x, y, width, height } = self.rect;
        Self { picture, rect: Rect { x: x * factor, y: y * factor, width: width * factor, height: height * factor } }
    }
}

/// The square around the middle of `[x, y, width, height]` that has its area, and as much again on each side of it.
fn cut(picture: &RgbaImage, [x, y, width, height]: [f32; 4]) -> Face {
    let side = (width * height).sqrt();
    let (left, top) = (x + (width - side) / 2.0, y + (height - side) / 2.0);
    let (first_x, first_y) = ((left - side / 2.0).max(0.0).floor(), (top - side / 2.0).max(0.0).floor());
    let length = (2.0 * side).ceil() as u32;
    let part = imageops::crop_imm(picture, first_x as u32, first_y as u32, length, length).to_image();
    Face { picture: part, rect: Rect { x: left - first_x, y: top - first_y, width: side, height: side } }
}

/// Every annotated face of [`MIN_SIDE`] pixels or more, in pictures as the program searches them.
fn read_faces(folder: &Path) -> Result<Vec<Face>, Error> {
    let json = fs::read(folder.join("eval_set.json"))?;
    let entries: BTreeMap<String, Entry> = serde_json::from_slice(&json)?;
    let mut faces = vec![];
    for (name, entry) in entries {
        let picture = decode(&fs::read(folder.join(&name))?, DecodeLimits::default())?;
        let scale = picture.width() as f32 / picture.original_width() as f32;
        let (width, height) = (picture.width() as u32, picture.height() as u32);
        let picture = RgbaImage::from_raw(width, height, picture.into_rgba()).ok_or("4 bytes a pixel")?;
        faces.extend(entry.gt.iter().map(|rect| cut(&picture, rect.map(|length| length * scale))));
    }
    faces.retain(|face| face.side() >= MIN_SIDE);
    Ok(faces)
}

/// Quantiles of both measures over `faces`, and how many have each issue.
fn print_row(name: &str, faces: &[Face], change: impl Fn(&Face) -> Face) {
    let qualities: Vec<Quality> = faces.iter().map(|face| change(face).quality()).collect();
    let quantiles = |of: fn(&Quality) -> f32| {
        let mut values: Vec<f32> = qualities.iter().map(of).collect();
        values.sort_by(f32::total_cmp);
        let quantile = |share: f32| values[((values.len() - 1) as f32 * share).round() as usize];
        [0.01, 0.05, 0.5, 0.95, 0.99].map(|share| format!("{:.3}", quantile(share))).join(" ")
    };
    let shares = issue_shares(&qualities);
    let (light, detail) = (quantiles(|quality| quality.brightness), quantiles(|quality| quality.sharpness));
    println!("{name:22} {:4} | {light} | {detail} | {shares}", faces.len());
}

/// Time of [`Quality::of`], without the crop, which a network needs anyway.
fn print_cost() {
    const N: u32 = 10_000;
    let crop = FaceCrop::new(CROP_SIDE, (0..CROP_SIDE * CROP_SIDE).map(|idx| (idx * 7 % 251) as u8).collect());
    let crop = crop.expect("48×48 grey levels");
    let detection = Detection { rect: Rect::default(), score: 1.0, key_points: None };
    let start = Instant::now();
    let sum: f32 = (0..N).map(|_| Quality::of(&detection, black_box(&crop)).sharpness).sum();
    println!("{:.1} µs a face (checksum {sum})", 1e6 * (start.elapsed() / N).as_secs_f64());
}

fn main() -> Result<(), Error> {
    print_cost();
    let folder = std::env::args().nth(1).ok_or("expected a folder with eval_set.json")?;
    let mut faces = read_faces(Path::new(&folder))?;
    println!(
        "faces                     n | brightness: 1, 5, 50, 95, 99 % | sharpness: the same | % small dark bright blurred"
    );
    print_row("as they are", &faces, |face| face.shrunk(face.side()));
    for factor in [0.5, 0.25, 0.125, 0.06, 0.03, 2.0, 4.0, 8.0, 16.0] {
        print_row(&format!("light × {factor}"), &faces, |face| face.exposed(factor));
    }
    for sigma in [1.0, 1.5, 2.0, 3.0] {
        print_row(&format!("blur of {sigma} / 48"), &faces, |face| face.blurred(sigma));
    }
    for length in [3.0, 5.0, 7.0, 9.0] {
        print_row(&format!("motion of {length} / 48"), &faces, |face| face.moved(length));
    }
    faces.retain(|face| face.side() >= 96.0);
    for side in [96.0, 64.0, 48.0, 40.0, 32.0, 28.0, 24.0] {
        print_row(&format!("large ones at {side}"), &faces, |face| face.shrunk(side));
        print_row("the same, blur of 1.5", &faces, |face| face.shrunk(side).blurred(1.5));
    }
    Ok(())
}
