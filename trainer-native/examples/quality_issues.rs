//! Accuracy that issues of a face cost the default network, and whether [`vision::Quality`] sees them: the thresholds
//! of [`vision::QualityIssue`] are chosen by this and by the example `quality` of `vision`.
//!
//! ```text
//! cargo run --release -p trainer-native --example quality_issues -- ../shared/data/fer2013.csv.zst
//! ```
//!
//! Pictures are those of FER2013 that were held out from training to choose the epoch; PublicTest chooses nothing. The
//! first table, of the sure labels of small faces, also needs FER+'s votes, `fer2013new.csv`, beside FER2013.

#[path = "../../vision/examples/issue_shares/mod.rs"]
mod issue_shares;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use image::{GrayImage, imageops};
use issue_shares::issue_shares;
use model_core::{Architecture, Classifier, Device, Prediction, Vote};
use pollster::block_on;
use trainer_native::{
    augment::blurred,
    data::{
        FACE_LEN, SIDE, Source, Split,
        ferplus::{self, Votes},
        load,
    },
    evaluate::held_out,
    outputs::Reader,
    weights::Weights,
};
use vision::{Detection, FaceCrop, Quality, Rect};

/// The face as a camera sees it with so many pixels for it.
fn shrunk(face: &[u8], side: u32) -> Vec<u8> {
    let picture = GrayImage::from_raw(SIDE as u32, SIDE as u32, face.to_vec()).expect("48×48 grey levels");
    let small = imageops::resize(&picture, side, side, imageops::FilterType::CatmullRom);
    imageops::resize(&small, SIDE as u32, SIDE as u32, imageops::FilterType::Triangle).into_raw()
}

/// With a factor of light on it: linear light is the level to the power of 2.2.
fn exposed(face: &[u8], factor: f32) -> Vec<u8> {
    let relit = |&level: &u8| 255.0 * ((f32::from(level) / 255.0).powf(2.2) * factor).min(1.0).powf(1.0 / 2.2);
    face.iter().map(|level| relit(level).round() as u8).collect()
}

/// Moved sideways by so many pixels while the shutter was open.
fn moved(face: &[u8], length: usize) -> Vec<u8> {
    let mean = |idx: usize| {
        let row = &face[idx / SIDE * SIDE..][..SIDE];
        let levels = (0..length).map(|step| row[(idx % SIDE + step).saturating_sub(length / 2).min(SIDE - 1)]);
        levels.map(usize::from).sum::<usize>() / length
    };
    (0..FACE_LEN).map(|idx| mean(idx) as u8).collect()
}

fn quality(face: &[u8], side: f32) -> Result<Quality> {
    let detection =
        Detection { rect: Rect { width: side, height: side, ..Rect::default() }, score: 1.0, key_points: None };
    Ok(Quality::of(&detection, &FaceCrop::new(SIDE, face.to_vec())?))
}

/// Accuracy over all, what is flagged, and accuracy over what is flagged and what is not.
fn print_row(name: &str, reader: &Reader, split: &Split, side: f32, change: &dyn Fn(&[u8]) -> Vec<u8>) -> Result<()> {
    let predicted = reader.read_changed(split, change)?.predicted();
    let is_right: Vec<bool> = predicted.iter().zip(split.labels()).map(|(a, b)| a == b).collect();
    let qualities = split.faces().map(|face| quality(&change(face), side)).collect::<Result<Vec<_>>>()?;
    let accuracy = |is_in: &dyn Fn(&Quality) -> bool| {
        let inside: Vec<bool> =
            qualities.iter().zip(&is_right).filter(|(q, _)| is_in(q)).map(|(_, &right)| right).collect();
        let n_right = inside.iter().filter(|&&right| right).count();
        format!("{:.3} of {:4}", n_right as f64 / inside.len() as f64, inside.len())
    };
    let mean_brightness = qualities.iter().map(|quality| quality.brightness).sum::<f32>() / qualities.len() as f32;
    let shares = issue_shares(&qualities);
    let (all, good) = (accuracy(&|_| true), accuracy(&|quality| quality.worst_issue().is_none()));
    let poor = accuracy(&|quality| quality.worst_issue().is_some());
    println!("{name:18} | {all} | {good} | {poor} | {mean_brightness:.3} | {shares}");
    Ok(())
}

/// Accuracy by brightness and by sharpness of the pictures as they are: bins of so many pictures.
fn print_bins(name: &str, reader: &Reader, split: &Split, of: fn(&Quality) -> f32) -> Result<()> {
    let predicted = reader.read(split)?.predicted();
    let qualities = split.faces().map(|face| quality(face, SIDE as f32)).collect::<Result<Vec<_>>>()?;
    let mut rows: Vec<(f32, bool)> =
        qualities.iter().zip(predicted.iter().zip(split.labels())).map(|(q, (a, b))| (of(q), a == b)).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    for edges in [0.0, 0.01, 0.03, 0.1, 0.3, 0.7, 0.9, 0.97, 0.99, 1.0].windows(2) {
        let at = |share: f64| (share * rows.len() as f64) as usize;
        let bin = &rows[at(edges[0])..at(edges[1])];
        let n_right = bin.iter().filter(|row| row.1).count();
        println!(
            "{name} {:.3} to {:.3}: {:.3} of {}",
            bin[0].0,
            bin[bin.len() - 1].0,
            n_right as f64 / bin.len() as f64,
            bin.len()
        );
    }
    Ok(())
}

/// Of faces of so many pixels: the share with a sure label, and how many of these the majority of FER+'s raters denies.
fn print_sure(classifier: &Classifier, split: &Split, pixels: u32) -> Result<()> {
    let faces: Vec<Vec<u8>> = split.faces().map(|face| shrunk(face, pixels)).collect();
    let (mut n_asked, mut n_sure, mut n_wrong) = (0, 0, 0);
    for (i, face) in faces.iter().enumerate() {
        let Some(majority) = split.votes(i).and_then(Votes::majority) else { continue };
        let Prediction { scores, is_sure, .. } = block_on(classifier.classify(&[face]))?[0];
        n_asked += 1;
        n_sure += usize::from(is_sure);
        n_wrong += usize::from(is_sure && Vote::ALL[majority].label() != Some(scores.top().0));
    }
    ensure!(n_asked > 0, "expected pictures with a majority of FER+'s raters, got none");
    let share = |n: usize, of: usize| n as f64 / of as f64;
    println!("{pixels} pixels: {:.3} sure, of these {:.3} wrong", share(n_sure, n_asked), share(n_wrong, n_sure));
    Ok(())
}

fn main() -> Result<()> {
    let data = std::env::args().nth(1).context("expected the file of FER2013")?;
    let source = Source::find(Path::new(&data))?;
    let data = load(Path::new(&data))?;
    let votes = ferplus::load(None, &source, &data)?;
    let weights = Weights::shipped(Architecture::Ferrum)?;
    let split = held_out(&weights, &data.with_votes(votes))?;
    let classifier = weights.clone().classifier(Device::flex())?;
    for pixels in [48, 32, 28, 24, 20, 18, 16, 14, 12, 10, 8] {
        print_sure(&classifier, &split, pixels)?;
    }
    let reader = Reader::new(&weights, &Device::flex())?;
    println!(
        "change             | accuracy of all | without issues | with issues | brightness | % small dark bright blurred"
    );
    let side = SIDE as f32;
    print_row("none", &reader, &split, side, &<[u8]>::to_vec)?;
    for pixels in [40, 36, 32, 28, 24, 20, 16] {
        print_row(&format!("{pixels} pixels"), &reader, &split, pixels as f32, &|face| shrunk(face, pixels))?;
    }
    for sigma in [0.5, 1.0, 1.5, 2.0, 3.0] {
        print_row(&format!("blur of {sigma}"), &reader, &split, side, &|face| blurred(face, sigma))?;
    }
    for length in [3, 5, 7, 9] {
        print_row(&format!("motion of {length}"), &reader, &split, side, &|face| moved(face, length))?;
    }
    for factor in [0.5, 0.25, 0.125, 0.06, 0.03, 0.01, 2.0, 4.0, 8.0, 16.0] {
        print_row(&format!("light × {factor}"), &reader, &split, side, &|face| exposed(face, factor))?;
    }
    print_bins("brightness", &reader, &split, |quality| quality.brightness)?;
    print_bins("sharpness", &reader, &split, |quality| quality.sharpness)
}
