//! The command line of the trainer: data, training, measuring, export.

use std::{
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
use model_core::{Architecture, Calibration};
use native::{print_error, print_line, write_file, write_json};
use trainer_native::{
    alignment,
    args::{
        AugmentArgs, CasesArgs, Cli, Command, DataCommand, EvaluateArgs, ExportArgs, MeasureArgs, MovedArgs,
        NetworksArgs, OnnxArgs, StudyArgs, TrainArgs, default_run,
    },
    augment, cases,
    data::{self, Fer2013, Source, ferplus},
    device::{self, Backend, NamedDevice},
    evaluate::{evaluate, evaluate_constant},
    export,
    measure::{self, FiguresPlace, Networks},
    networks, onnx,
    study::{self, Plan},
    train::{
        self, AskedMethod, Initialisation, PlannedRun, Recipe, RecipeFile, RunDefaults, TrainConfig, TrainObserver,
    },
    weights::Weights,
};

fn main() -> ExitCode {
    let Cli { command, device } = Cli::parse();
    let done = match command {
        Command::Train(args) => train(&args, device),
        Command::Evaluate(args) => show_evaluation(&args, device),
        Command::Export(args) => export(&args, device),
        Command::Measure(args) => measure(&args, device),
        Command::Onnx(args) => onnx(&args),
        Command::Study(args) => study(&args, device),
        Command::Predict(args) => return moved("predict", &args, &[]),
        Command::DetectorQuality(args) => return moved("detector-quality", &args, &["detector-quality"]),
        Command::Alignment(args) => measure_alignment(&args.data),
        Command::ReferenceCases(args) => write_cases(&args),
        Command::Networks(args) => show_networks(&args),
        Command::Data(DataCommand::Check(args)) => check(&args.data),
        Command::Data(DataCommand::Augment(args)) => draw_views(&args),
    };
    if let Err(error) = done {
        print_error(format!("{error:#}"));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn train(args: &TrainArgs, device: Option<Backend>) -> Result<()> {
    let run = args.run();
    let mut file = match &args.recipe {
        Some(path) => RecipeFile::read(path)?,
        None => RecipeFile::of(args.network),
    };
    let RunDefaults { epochs, batch_size, learning_rate } = &mut file.run;
    *epochs = args.epochs.unwrap_or(*epochs);
    *batch_size = args.batch_size.unwrap_or(*batch_size);
    *learning_rate = args.learning_rate.unwrap_or(*learning_rate);
    let (training, held_out) = train::pictures(args.train_on, &training_data(args, &file.recipe)?, args.seed);
    let devices = open_devices(device, args.devices).context("the devices to train on")?;
    let device = &devices[0].device;
    let teachers = args.teachers.iter().map(|path| Weights::of_any(path)).collect::<Result<Vec<_>>>()?;
    let first = args.from.as_deref().map(|path| Weights::at(path, args.network)).transpose()?;
    teachers.iter().chain(&first).try_for_each(|weights| weights.check_for_training(args.train_on))?;
    let initialisation = Initialisation {
        teachers: teachers.iter().map(|teacher| teacher.network(device)).collect::<Result<_>>()?,
        first: first.as_ref().map(|first| first.trained_network(&training, device)).transpose()?,
    };
    let mut config = TrainConfig {
        teachers: teachers.into_iter().map(|teacher| teacher.card.sha256).collect(),
        begun_from: first.map(|first| first.card.sha256),
        shards: devices.len(),
        seed: args.seed,
        train_on: args.train_on,
        ..TrainConfig::new(args.network, file, &training)
    };
    let (on, n_train, n_held_out) = (device::names(&devices), training.len(), held_out.len());
    print_line(format!("{} on {on} with {n_train} pictures, {n_held_out} held out", args.network))?;
    let interrupted = stop_on_ctrl_c()?;
    let asked = AskedMethod { kernel: args.kernel, precision: args.precision };
    let begun = if args.restart { None } else { train::begun_method(&run)? };
    let planned =
        PlannedRun { config: &config, training: &training, initialisation: &initialisation, device: &devices[0] };
    config.method = planned.conv_method(asked, begun, &mut print_line)?;
    if args.restart {
        train::clear(&run)?;
    }
    let interrupted = || interrupted.load(Ordering::Relaxed);
    let observer = TrainObserver { bars: &MultiProgress::new(), interrupted: &interrupted };
    let outcome = train::train(&config, [&training, &held_out], &initialisation, &run, &devices, &observer)?;
    if outcome.complete {
        print_line(format!("{} epochs are done in {}", outcome.position.epoch, run.display()))?;
    } else {
        let how = if args.restart { "the same command without --restart" } else { "the same command" };
        print_line(format!("stopped and saved; {how} goes on from here"))?;
    }
    Ok(())
}

fn open_device(backend: Option<Backend>) -> Result<NamedDevice> {
    Ok(open_devices(backend, 1)?.remove(0))
}

fn open_devices(backend: Option<Backend>, n: usize) -> Result<Vec<NamedDevice>> {
    if let Some(why) = device::why_cpu(backend) {
        print_line(why)?;
    }
    device::several(backend, n)
}

/// FER2013; what its reader has to tell is said.
fn load(path: &Path) -> Result<Fer2013> {
    let data = data::load(path)?;
    data.notes.iter().try_for_each(|note| print_line(format!("Note: {note}")))?;
    Ok(data)
}

/// FER2013, with FER+'s votes if they count in `recipe`.
fn training_data(args: &TrainArgs, recipe: &Recipe) -> Result<Fer2013> {
    let data = load(&args.data.data)?;
    if recipe.votes_weight <= 0.0 || brings_votes(&data, args.votes.as_deref())? {
        return Ok(data);
    }
    let votes = ferplus::load(args.votes.as_deref(), &Source::find(&args.data.data)?, &data)?;
    Ok(data.with_votes(votes))
}

fn measure(args: &MeasureArgs, device: Option<Backend>) -> Result<()> {
    let results = args.out.join(measure::RESULTS);
    let place = FiguresPlace::in_file(&args.model_card)?; // before minutes of work, not after
    let networks = if args.report_only { measure::read(&results)? } else { measure_anew(args, device, &results)? };
    for missing in &networks.missing {
        print_line(format!("{} is missing: {}", missing.network, missing.why))?;
    }
    measure::write_page(&networks, &args.out)?;
    if args.reports().is_dir() {
        measure::write_network_reports(&networks, &study_results(), &args.reports())?;
    }
    write_file(&args.model_card, place.filled(&networks).as_bytes())?;
    print_line(format!(
        "wrote {} and the figures in {}",
        args.out.join("index.html").display(),
        args.model_card.display()
    ))
}

fn measure_anew(args: &MeasureArgs, device: Option<Backend>, results: &Path) -> Result<Networks> {
    let plan = measure::Plan {
        models: args.models(),
        runs: args.runs.clone(),
        study: study_results(),
        // Earlier results of another format are ignored.
        earlier: measure::read(results).ok(),
        command: args.command(),
    };
    let data = data_and_votes(&args.data.data, args.votes.as_deref())?;
    let networks = measure::run(&plan, &data, &open_device(device)?)?;
    measure::save(&networks, &args.out)?;
    Ok(networks)
}

/// The results of the study itself.
fn study_results() -> PathBuf {
    Path::new("docs/study").join(study::RESULTS)
}

/// Whether FER+'s votes came with `data`; then there cannot be others in a file.
fn brings_votes(data: &Fer2013, votes: Option<&Path>) -> Result<bool> {
    if let (true, Some(votes)) = (data.has_votes(), votes) {
        bail!("{}: expected no file of votes beside FER+'s own folders, which have theirs", votes.display());
    }
    Ok(data.has_votes())
}

/// FER2013, with FER+'s votes if there are some.
fn data_and_votes(path: &Path, votes: Option<&Path>) -> Result<Fer2013> {
    let data = load(path)?;
    if brings_votes(&data, votes)? {
        return Ok(data);
    }
    Ok(match ferplus::load_if_there(votes, &Source::find(path)?, &data)? {
        Some(votes) => data.with_votes(votes),
        None => data,
    })
}

fn study(args: &StudyArgs, device: Option<Backend>) -> Result<()> {
    if args.report_only {
        return study::write_report(&study::read(&args.out().join(study::RESULTS))?, &args.out());
    }
    let (runs, out) = (args.runs(), args.out());
    let data = if args.smoke { study::generated() } else { load(&args.data.data)? };
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
    let device = open_device(device)?;
    let interrupted = stop_on_ctrl_c()?;
    let interrupted = || interrupted.load(Ordering::Relaxed);
    match study::run(&plan, &data, &device, &interrupted)? {
        Some(results) => {
            study::save(&results, &out)?;
            study::write_report(&results, &out)?;
            print_line(format!("wrote {}", out.join("index.html").display()))
        }
        None => print_line("stopped and saved; the same command goes on from here"),
    }
}

/// Name the command line that does now what `word` did.
fn moved(word: &str, args: &MovedArgs, words: &[&str]) -> ExitCode {
    print_error(format!("`{word}` has moved; this does the same: {}", args.command(words)));
    ExitCode::from(2) // as for any word that is not understood
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

fn show_evaluation(args: &EvaluateArgs, device: Option<Backend>) -> Result<()> {
    let data = load(&args.data.data)?;
    let evaluation = match (args.baseline, args.network) {
        (Some(label), _) => evaluate_constant(label, &data, args.split, 1)?,
        (None, network) => {
            let network = network.context("expected a network or --baseline")?;
            let weights = Weights::at_or_shipped(args.weights.as_deref(), network)?;
            evaluate(&weights, &data, args.split, &open_device(device)?.device)?
        }
    };
    print_line(evaluation.to_text())?;
    args.json.as_deref().map_or(Ok(()), |path| write_json(path, &evaluation))
}

fn export(args: &ExportArgs, device: Option<Backend>) -> Result<()> {
    let run = args.run.clone().unwrap_or_else(|| default_run(args.network));
    let data = data_and_votes(&args.data.data, args.votes.as_deref())?;
    let card = export::export(&run, args.network, &data, &args.out, &open_device(device)?.device)?;
    for figures in &card.figures {
        print_line(format!("{}: accuracy {:.4}, macro-F1 {:.4}", figures.split, figures.accuracy, figures.macro_f1))?;
    }
    if let Some(Calibration { temperature, threshold, coverage, error, .. }) = card.calibration {
        let (coverage, error) = (100.0 * coverage, 100.0 * error);
        print_line(format!(
            "temperature {temperature:.3}; sure from {threshold:.3}: {coverage:.1} % of the held-out pictures, \
             {error:.1} % of them wrong"
        ))?;
    }
    if let Some(note) = &card.note {
        print_line(format!("{}: {note}", card.id))?;
    }
    print_line(format!("wrote {0}.bpk ({1} bytes) and {0}.json", args.out.join(&card.id).display(), card.bytes))?;
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
    write_file(file, &model)?;
    print_line(format!("wrote {} ({} bytes)", file.display(), model.len()))
}

fn measure_alignment(data: &Path) -> Result<()> {
    print_line(alignment::measure(&load(data)?)?)
}

fn write_cases(args: &CasesArgs) -> Result<()> {
    let cases = cases::cases()?;
    write_json(&args.out, &cases)?;
    let (n_faces, n_networks) = (cases.faces.len(), cases.networks.len());
    print_line(format!("wrote the answers of {n_networks} networks to {n_faces} faces to {}", args.out.display()))
}

fn show_networks(args: &NetworksArgs) -> Result<()> {
    if args.devices {
        return print_line(device::describe());
    }
    for architecture in Architecture::ALL {
        print_line(format!("{}\n", networks::describe(architecture)))?;
    }
    Ok(())
}

fn check(path: &Path) -> Result<()> {
    let source = data::Source::find(path)?;
    let mut data = data::load(path)?;
    // Votes that belong to other pictures are no reason not to show these.
    if let (false, Ok(Some(votes))) = (data.has_votes(), ferplus::load_if_there(None, &source, &data)) {
        data = data.with_votes(votes);
    }
    print_line(data::DataCheck::of(source, &data))
}

/// Rows and views a row of the sheet.
const SHEET: (usize, usize) = (8, 12);

fn draw_views(args: &AugmentArgs) -> Result<()> {
    let (n_rows, n_views) = SHEET;
    let faces: Vec<Vec<u8>> = match &args.data {
        Some(path) => {
            let training = load(path)?.training;
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
    print_line(format!("wrote {}; a view takes {micros:.0} µs on one core", args.out.display()))
}
