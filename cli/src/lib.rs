//! `ferrum`: faces and their apparent expressions in photos and videos, on the command line.
//!
//! ```text
//! files and folders ─► inputs ─► Predictor ─► report ─► words, JSON
//!                                 │ photos, videos
//!                                 └─► session_files (crate exports), annotate (pictures), activations (JSON)
//! ```
//!
//! `detector_quality` measures which faces of annotated photos each detector finds, `label_quality` which labelled photos
//! get their label.

mod activations;
mod annotate;
mod annotated_video;
mod args;
mod destination;
mod detector_quality;
mod ffmpeg;
mod inputs;
mod label_quality;
mod people;
mod predict;
mod predictor;
mod report;
mod session_files;
mod video;
mod video_report;
mod weights;

use std::{ffi::OsString, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use model_core::Device;
use native::{print_error, print_line};

use args::{Cli, Command, DetectorQualityArgs, LabelQualityArgs};
use predict::Outcome;

/// Do what a command line says, the name of the program first, as `ferrum` does. The exit status is explained by
/// `ferrum --help`.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // There is nobody to tell if this cannot be written.
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    let outcome = match &cli.command {
        Some(Command::DetectorQuality(args)) => compare_detectors(args).map(|()| Outcome::AllRead),
        Some(Command::LabelQuality(args)) => measure_labels(args).map(|()| Outcome::AllRead),
        None => predict::predict(&cli.predict),
    };
    outcome.map_or_else(
        |error| {
            print_error(format!("{error:#}"));
            ExitCode::FAILURE
        },
        ExitCode::from,
    )
}

fn compare_detectors(args: &DetectorQualityArgs) -> Result<()> {
    let beside = args.annotations.with_file_name("negatives");
    print_line(detector_quality::compare(&args.annotations, args.negatives.as_deref().unwrap_or(&beside))?)
}

fn measure_labels(args: &LabelQualityArgs) -> Result<()> {
    let classifier = weights::classifier(args.weights.as_deref(), args.network, Device::flex())?;
    print_line(label_quality::measure(&args.folder, classifier, args.beside.as_deref())?)
}
