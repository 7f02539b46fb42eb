//! Reads all files, says what was found, and writes what was asked for.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use model_core::Device;
use native::{print_error, print_line, write_file, write_json};

use crate::{
    activations::PhotoActivations, annotate::Annotations, annotated_video, args::PredictArgs,
    destination::Destinations, inputs::Input, predictor::Predictor, report::FileReport, session_files::SessionFiles,
    video_report, weights,
};

/// How many files could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    AllRead,
    NothingRead,
    SomeFailed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::AllRead => Self::SUCCESS,
            Outcome::NothingRead => Self::FAILURE,
            // 2 is a command line that is not understood.
            Outcome::SomeFailed => Self::from(3),
        }
    }
}

/// The files that are written beside the words on the terminal.
pub(crate) struct Outputs {
    pub annotations: Option<Annotations>,
    pub session_files: SessionFiles,
    /// Activations of every photo that was read.
    pub activations: Option<Vec<PhotoActivations>>,
}

/// Read all files that `args` names. If one cannot be read, the others are read all the same.
pub(crate) fn predict(args: &PredictArgs) -> Result<Outcome> {
    let inputs = Input::all(&args.files, args.glob.as_ref());
    let predictor = predictor(args, &inputs)?;
    let mut outputs = open_outputs(args, &inputs)?;
    let mut reports = Vec::with_capacity(inputs.len());
    let bar = progress_bar(inputs.len())?;
    for input in bar.wrap_iter(inputs.iter()) {
        let report = match &predictor {
            Some(predictor) => predictor.report(input, &mut outputs),
            None => video_report::saved(input.path(), &mut outputs.session_files)
                .map(|report| FileReport::Video(Box::new(report))),
        };
        let report = report.unwrap_or_else(|error| FileReport::failed(input.path(), &error));
        bar.suspend(|| {
            if report.is_failed() {
                print_error(&report);
                return Ok(());
            }
            print_line(&report)
        })?;
        reports.push(report);
    }
    bar.finish_and_clear();
    if let Some(path) = &args.json {
        write_json(path, &reports)?;
    }
    if let (Some(path), Some(activations)) = (&args.activations, &outputs.activations) {
        let json = serde_json::to_vec(activations)?;
        write_file(path, &json)?;
    }
    Ok(outcome(&reports))
}

/// The reader of photos and videos; `None` if there are saved sessions alone.
fn predictor(args: &PredictArgs, inputs: &[Input]) -> Result<Option<Predictor>> {
    if inputs.iter().all(|input| matches!(input, Input::Session(_))) {
        return Ok(None);
    }
    // On the CPU, as the page's first answer: a few faces are not worth a GPU's start.
    let device = Device::flex();
    let classifier = weights::classifier(args.weights.as_deref(), args.network, device.clone())?;
    Predictor::new(classifier, args.detector, args.thorough, args.part, &device).map(Some)
}

/// How many of several files are read; nothing for one, or where no person looks.
fn progress_bar(n_files: usize) -> Result<ProgressBar> {
    if n_files < 2 {
        return Ok(ProgressBar::hidden());
    }
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} files, {eta} left").context("a template")?;
    Ok(ProgressBar::new(n_files as u64).with_style(style))
}

/// Check every destination before the work begins.
fn open_outputs(args: &PredictArgs, inputs: &[Input]) -> Result<Outputs> {
    // An archive is not among the inputs, its photos are.
    let named = args.files.iter().map(PathBuf::as_path);
    let mut destinations = Destinations::new(inputs.iter().map(Input::path).chain(named));
    let files = [("--json", &args.json), ("--activations", &args.activations)];
    for (flag, path) in files {
        path.as_deref().map_or(Ok(()), |path| destinations.check_file(flag, path))?;
    }
    if let Some(folder) = &args.annotate {
        if inputs.iter().all(|input| matches!(input, Input::Session(_))) {
            bail!("expected photos or videos for --annotate, got saved sessions alone");
        }
        Destinations::check_folder("--annotate", folder)?;
        if inputs.iter().any(|input| matches!(input, Input::Video(_))) {
            annotated_video::check_ffmpeg()?;
        }
    }
    let session_files = SessionFiles::new(&args.exports, inputs, &mut destinations)?;
    let annotated = args.annotate.as_deref().map(|folder| destinations.free_names(folder)).transpose()?;
    Ok(Outputs {
        annotations: annotated.map(Annotations),
        session_files,
        activations: args.activations.as_ref().map(|_| vec![]),
    })
}

fn outcome(reports: &[FileReport]) -> Outcome {
    let n_failed = reports.iter().filter(|report| report.is_failed()).count();
    if n_failed == 0 {
        return Outcome::AllRead;
    }
    print_error(format!("{n_failed} of {} files could not be read to their end, annotated or exported", reports.len()));
    if reports.iter().any(FileReport::is_read) { Outcome::SomeFailed } else { Outcome::NothingRead }
}
