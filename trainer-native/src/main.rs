//! The command line of Ferrum: training, measuring, prediction.

use std::{
    fmt::Display,
    fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result, bail};
use clap::Parser;
use indicatif::MultiProgress;
use model_core::{Architecture, Calibration, Device};
use serde::Serialize;
use trainer_native::{
    alignment,
    args::{
        AugmentArgs, CasesArgs, Cli, Command, DataCommand, DetectorQualityArgs, EvaluateArgs, ExportArgs, MeasureArgs,
        OnnxArgs, PredictArgs, StudyArgs, TrainArgs, default_run,
    },
    augment, cases,
    data::{self, Fer2013, Source, ferplus},
    detector_quality, device,
    evaluate::{evaluate, evaluate_constant},
    export,
    measure::{self, FiguresPlace, Networks},
    networks, onnx,
    predict::{Annotations, FaceRows, Predictor},
    study::{self, Plan},
    train::{self, Others, Recipe, RecipeFile, TrainConfig, Watch, write_whole},
    weights::Weights,
};

fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    let done = match command {
        Command::Train(args) => train(&args),
        Command::Evaluate(args) => show_evaluation(&args),
        Command::Export(args) => export(&args),
        Command::Measure(args) => measure(&args),
        Command::Onnx(args) => onnx(&args),
        Command::Study(args) => study(&args),
        Command::Predict(args) => predict(&args),
        Command::Alignment(args) => measure_alignment(&args.data),
        Command::DetectorQuality(args) => compare_detectors(&args),
        Command::Cases(args) => write_cases(&args),
        Command::Networks => show_networks(),
        Command::Data(DataCommand::Check(args)) => check(&args.data),
        Command::Data(DataCommand::Augment(args)) => draw_views(&args),
    };
    if let Err(error) = done {
        complain(format!("{error:#}"));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn train(args: &TrainArgs) -> Result<()> {
    let run = args.run();
    let RecipeFile { run: defaults, recipe } = match &args.recipe {
        Some(path) => RecipeFile::read(path)?,
        None => RecipeFile::of(args.network),
    };
    let (training, held_out) = train::pictures(args.train_on, &training_data(args, &recipe)?, args.seed);
    let devices = device::several(args.devices).context("--devices")?;
    let device = &devices[0].device;
    let teachers = args.teachers.iter().map(|path| Weights::of_any(path)).collect::<Result<Vec<_>>>()?;
    let first = args.from.as_deref().map(|path| Weights::at(path, args.network)).transpose()?;
    let others = Others {
        teachers: teachers.iter().map(|teacher| teacher.network(device)).collect::<Result<_>>()?,
        first: first.as_ref().map(|first| first.trained_network(&training, device)).transpose()?,
    };
    let config = TrainConfig {
        network: args.network,
        epochs: args.epochs.unwrap_or(defaults.epochs),
        batch_size: args.batch_size.unwrap_or(defaults.batch_size),
        learning_rate: args.learning_rate.unwrap_or(defaults.learning_rate),
        recipe,
        teachers: teachers.into_iter().map(|teacher| teacher.card.sha256).collect(),
        begun_from: first.map(|first| first.card.sha256),
        shards: devices.len(),
        seed: args.seed,
        train_on: args.train_on,
        n_train: training.len(),
        data_sha256: training.sha256(),
    };
    let (on, n_train, n_held_out) = (device::names(&devices), training.len(), held_out.len());
    show(format!("{} on {on} with {n_train} pictures, {n_held_out} held out", args.network))?;
    let interrupted = stop_on_ctrl_c()?;
    if args.restart {
        train::clear(&run)?;
    }
    let interrupted = || interrupted.load(Ordering::Relaxed);
    let watch = Watch { bars: &MultiProgress::new(), interrupted: &interrupted };
    let outcome = train::train(&config, [&training, &held_out], &others, &run, &devices, &watch)?;
    if outcome.complete {
        show(format!("{} epochs are done in {}", outcome.position.epoch, run.display()))?;
    } else {
        let how = if args.restart { "the same command without --restart" } else { "the same command" };
        show(format!("stopped and saved; {how} goes on from here"))?;
    }
    Ok(())
}

/// FER2013, with FER+'s votes if they count in `recipe`.
fn training_data(args: &TrainArgs, recipe: &Recipe) -> Result<Fer2013> {
    let data = data::load(&args.data.data)?;
    if recipe.votes_weight <= 0.0 {
        return Ok(data);
    }
    let votes = ferplus::load(args.votes.as_deref(), &Source::find(&args.data.data)?, &data)?;
    Ok(data.with_votes(votes))
}

fn measure(args: &MeasureArgs) -> Result<()> {
    let results = args.out.join(measure::RESULTS);
    let place = FiguresPlace::in_file(&args.model_card)?; // before minutes of work, not after
    let networks = if args.report_only { measure::read(&results)? } else { measure_anew(args, &results)? };
    for missing in &networks.missing {
        show(format!("{} is missing: {}", missing.network, missing.why))?;
    }
    measure::write_page(&networks, &args.out)?;
    if args.reports().is_dir() {
        measure::write_network_reports(&networks, &study_results(), &args.reports())?;
    }
    write_whole(&args.model_card, place.filled(&networks).as_bytes())?;
    show(format!("wrote {} and the figures in {}", args.out.join("index.html").display(), args.model_card.display()))
}

fn measure_anew(args: &MeasureArgs, results: &Path) -> Result<Networks> {
    let plan = measure::Plan {
        models: args.models(),
        runs: args.runs.clone(),
        study: study_results(),
        // Of another format they are no help, and no harm.
        earlier: measure::read(results).ok(),
        command: args.command(),
    };
    let data = data_and_votes(&args.data.data, args.votes.as_deref())?;
    let networks = measure::run(&plan, &data, &device::best())?;
    measure::save(&networks, &args.out)?;
    Ok(networks)
}

/// The results of the study itself.
fn study_results() -> PathBuf {
    Path::new("docs/study").join(study::RESULTS)
}

/// FER2013, with FER+'s votes if there are some.
fn data_and_votes(path: &Path, votes: Option<&Path>) -> Result<Fer2013> {
    let data = data::load(path)?;
    Ok(match ferplus::load_if_there(votes, &Source::find(path)?, &data)? {
        Some(votes) => data.with_votes(votes),
        None => data,
    })
}

fn study(args: &StudyArgs) -> Result<()> {
    if args.report_only {
        return study::write_report(&study::read(&args.out().join(study::RESULTS))?, &args.out());
    }
    let (runs, out) = (args.runs(), args.out());
    let data = if args.smoke { study::generated() } else { data::load(&args.data.data)? };
    let plan = Plan {
        epochs: if args.smoke { 2 } else { args.epochs },
        batch_size: 64,
        learning_rate: 1e-3,
        seed: args.seed,
        choices: study::choices(&runs, &out)?,
        runs,
        with_pictures: args.with_pictures,
        command: args.command(),
    };
    let device = device::best();
    let interrupted = stop_on_ctrl_c()?;
    let interrupted = || interrupted.load(Ordering::Relaxed);
    match study::run(&plan, &data, &device, &interrupted)? {
        Some(results) => {
            study::save(&results, &out)?;
            study::write_report(&results, &out)?;
            show(format!("wrote {}", out.join("index.html").display()))
        }
        None => show("stopped and saved; the same command goes on from here"),
    }
}

/// Write a line to stdout. A reader that has seen enough, such as `head`, is no reason to stop.
fn show(text: impl Display) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("cannot write the output"),
        _ => Ok(()),
    }
}

/// Write an error to stderr, if that still can be written to.
fn complain(text: impl Display) {
    let _ = writeln!(io::stderr(), "error: {text}");
}

/// A flag that Ctrl-C sets; a second Ctrl-C ends the program at once.
fn stop_on_ctrl_c() -> Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130); // as a shell reports SIGINT
        }
    })
    .context("cannot listen for Ctrl-C")?;
    Ok(interrupted)
}

fn show_evaluation(args: &EvaluateArgs) -> Result<()> {
    let data = data::load(&args.data.data)?;
    let evaluation = match (args.baseline, args.network) {
        (Some(label), _) => evaluate_constant(label, &data, args.split, 1)?,
        (None, network) => {
            let network = network.context("expected a network or --baseline")?;
            let weights = Weights::at_or_shipped(args.weights.as_deref(), network)?;
            evaluate(&weights, &data, args.split, &device::best().device)?
        }
    };
    show(evaluation.to_text())?;
    write_json(args.json.as_deref(), &evaluation)?;
    Ok(())
}

fn export(args: &ExportArgs) -> Result<()> {
    let run = args.run.clone().unwrap_or_else(|| default_run(args.network));
    let data = data_and_votes(&args.data.data, args.votes.as_deref())?;
    let card = export::export(&run, args.network, &data, &args.out, &device::best().device)?;
    for figures in &card.figures {
        show(format!("{}: accuracy {:.4}, macro-F1 {:.4}", figures.split, figures.accuracy, figures.macro_f1))?;
    }
    if let Some(Calibration { temperature, threshold, coverage, error, .. }) = card.calibration {
        let (coverage, error) = (100.0 * coverage, 100.0 * error);
        show(format!(
            "temperature {temperature:.3}; sure from {threshold:.3}: {coverage:.1} % of the held-out pictures, \
             {error:.1} % of them wrong"
        ))?;
    }
    if let Some(note) = &card.note {
        show(format!("{}: {note}", card.id))?;
    }
    show(format!("wrote {0}.bpk ({1} bytes) and {0}.json", args.out.join(&card.id).display(), card.bytes))?;
    if let Some(file) = &args.onnx {
        write_onnx(&Weights::at(&args.out.join(format!("{}.bpk", card.id)), args.network)?, file)?;
    }
    Ok(())
}

fn onnx(args: &OnnxArgs) -> Result<()> {
    write_onnx(&Weights::at_or_shipped(args.weights.as_deref(), args.network)?, &args.out())
}

fn write_onnx(weights: &Weights, file: &Path) -> Result<()> {
    let model = onnx::encode(weights)?;
    fs::write(file, &model).with_context(|| format!("cannot write {}", file.display()))?;
    show(format!("wrote {} ({} bytes)", file.display(), model.len()))
}

fn predict(args: &PredictArgs) -> Result<()> {
    let weights = match (args.weights.as_deref(), args.network) {
        (Some(path), None) => Weights::of_any(path)?,
        (path, network) => Weights::at_or_shipped(path, network.unwrap_or_default())?,
    };
    // On the CPU, as the page's first answer: a few faces are not worth a GPU's start.
    let predictor = Predictor::new(weights, args.detector, Device::flex())?;
    let predictor = if args.thorough { predictor.thorough() } else { predictor };
    let (videos, photos): (Vec<_>, Vec<_>) = args.files.iter().cloned().partition(|file| Predictor::is_video(file));
    if args.csv.is_some() && videos.is_empty() {
        bail!("expected a video for --csv, got photos alone; --json has their faces");
    }
    let mut rows = args.csv.as_deref().map(FaceRows::create).transpose()?;
    let annotations = args.annotate.as_deref().map(|folder| Annotations::new(folder, &photos));
    let mut annotations = annotations.transpose()?;
    let mut reports = Vec::with_capacity(args.files.len());
    for file in &args.files {
        let report = predictor.report(file, annotations.as_mut(), rows.as_mut());
        if report.is_failed() {
            complain(&report);
        } else {
            show(&report)?;
        }
        reports.push(report);
    }
    write_json(args.json.as_deref(), &reports)?;
    if let Some(path) = &args.activations {
        let of_photos = photos.iter().map(|photo| predictor.activations(photo)).collect::<Result<Vec<_>>>()?;
        fs::write(path, serde_json::to_vec(&of_photos)?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    match reports.iter().filter(|report| report.is_failed()).count() {
        0 => Ok(()),
        n => bail!("{n} of {} files could not be read to their end or annotated", reports.len()),
    }
}

fn measure_alignment(data: &Path) -> Result<()> {
    show(alignment::measure(&data::load(data)?)?)
}

fn compare_detectors(args: &DetectorQualityArgs) -> Result<()> {
    let beside = args.annotations.with_file_name("negatives");
    show(detector_quality::compare(&args.annotations, args.negatives.as_deref().unwrap_or(&beside))?)
}

fn write_cases(args: &CasesArgs) -> Result<()> {
    let cases = cases::cases()?;
    write_json(Some(&args.out), &cases)?;
    let (n_faces, n_networks) = (cases.faces.len(), cases.networks.len());
    show(format!("wrote the answers of {n_networks} networks to {n_faces} faces to {}", args.out.display()))
}

fn show_networks() -> Result<()> {
    for architecture in Architecture::ALL {
        show(format!("{}\n", networks::describe(architecture)))?;
    }
    Ok(())
}

fn check(path: &Path) -> Result<()> {
    let source = data::Source::find(path)?;
    let data = data::load(path)?;
    show(data::Check::of(source, &data))?;
    Ok(())
}

/// Rows and views a row of the sheet.
const SHEET: (usize, usize) = (8, 12);

fn draw_views(args: &AugmentArgs) -> Result<()> {
    let (n_rows, n_views) = SHEET;
    let faces: Vec<Vec<u8>> = match &args.data {
        Some(path) => {
            let training = data::load(path)?.training;
            let step = (training.len() / n_rows).max(1);
            training.faces().step_by(step).take(n_rows).map(<[u8]>::to_vec).collect()
        }
        None => study::shipped_subjects()?.into_iter().map(|subject| subject.face).collect(),
    };
    let Some(first) = faces.first() else { bail!("expected pictures in Training, got none") };
    let rows: Vec<&[u8]> = faces.iter().map(Vec::as_slice).cycle().take(n_rows).collect();
    let settings = RecipeFile::of(Architecture::Ferrum).recipe.augmentation;
    let sheet = augment::sheet(&rows, n_views, &settings, args.seed);
    let written = sheet.save_with_format(&args.out, image::ImageFormat::Png);
    written.with_context(|| format!("cannot write {}", args.out.display()))?;
    let micros = augment::time_of_view(first, &settings).as_secs_f64() * 1e6;
    show(format!("wrote {}; a view takes {micros:.0} µs on one core", args.out.display()))
}

fn write_json(path: Option<&Path>, value: &impl Serialize) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    let json = serde_json::to_string_pretty(value)? + "\n";
    fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))
}
