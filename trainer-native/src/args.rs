//! The command line.

use std::path::{Path, PathBuf};

use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use model_core::{Architecture, Emotion, Kernel, Precision, TrainOn};

use crate::{
    cases,
    data::DEFAULT_PLACE,
    device::Backend,
    evaluate::TestSplit,
    weights::{SHIPPED, shipped_folder},
};

/// Train, measure and export the networks of Ferrum.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// Where to compute [default: the best that this build finds; `networks --devices` lists them]
    #[arg(long, global = true, value_enum, value_name = "BACKEND")]
    pub device: Option<Backend>,
}

/// The command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a network on FER2013, or go on where training was stopped
    Train(TrainArgs),
    /// Measure a network on a split of FER2013
    Evaluate(EvaluateArgs),
    /// Write the best epoch of a run, with its card, for the page
    Export(ExportArgs),
    /// Measure every network that is shipped, and write the report, the page's reports and the model card's figures
    Measure(MeasureArgs),
    /// Write a network as ONNX, for other programs
    Onnx(OnnxArgs),
    /// Train and measure the study's three networks, and write the report; goes on where it was stopped
    Study(StudyArgs),
    /// Has moved to `cargo run -p cli -- FILE…`
    #[command(disable_help_flag = true)]
    Predict(MovedArgs),
    /// Has moved to `cargo run -p cli -- detector-quality`
    #[command(disable_help_flag = true)]
    DetectorQuality(MovedArgs),
    /// Measure how FER2013 cuts faces out, and what it brings to turn a tilted face upright
    Alignment(DataArgs),
    /// Write the stored cases, by which the page is verified on other devices, of the networks in www/models
    #[command(name = "cases")]
    ReferenceCases(CasesArgs),
    /// Show the layers and costs of every network
    Networks(NetworksArgs),
    /// Look at the data
    #[command(subcommand)]
    Data(DataCommand),
}

/// The commands for data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Read FER2013 and show its splits, labels and exact copies
    Check(DataArgs),
    /// Draw faces as training sees them, turned, cropped, covered and so on
    Augment(AugmentArgs),
}

/// Where FER2013 is.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// FER2013: fer2013.csv, plain or as .zst, .gz or .zip, or a folder with it or with train/ and test/
    #[arg(long, value_name = "PATH", default_value = DEFAULT_PLACE)]
    pub data: PathBuf,
}

/// Faces to draw, and the output.
#[derive(Debug, Args)]
pub struct AugmentArgs {
    /// The PNG to write: a row for each face, the face itself first, then its views
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Take faces of FER2013's Training instead of the photos that come with the project; they may not be passed on
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// Seed of the views
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// How to train.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// ferrum, small, residual or unet
    pub network: Architecture,
    /// Where FER2013 is
    #[command(flatten)]
    pub data: DataArgs,
    /// training: nine tenths of Training, the last tenth chooses the epoch; all: every picture of every split, as the
    /// study did for its real-time network, so that no figures can be had of the result
    #[arg(long, value_name = "WHICH", default_value = "training", value_parser = train_on)]
    pub train_on: TrainOn,
    /// The recipe of training [default: trainer-native/recipes/ferrum.toml for ferrum, study.toml for the others]
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// FER+'s votes, fer2013new.csv, for a recipe that uses them [default: beside FER2013]
    #[arg(long, value_name = "FILE")]
    pub votes: Option<PathBuf>,
    /// Passes over the training pictures [default: the recipe's]
    #[arg(long, value_parser = at_least_one)]
    pub epochs: Option<usize>,
    /// Pictures a step [default: the recipe's]
    #[arg(long, value_parser = at_least_one)]
    pub batch_size: Option<usize>,
    /// The highest learning rate [default: the recipe's]
    #[arg(long = "lr", value_name = "RATE", value_parser = positive)]
    #[arg(allow_negative_numbers = true)]
    pub learning_rate: Option<f64>,
    /// Weights to learn from, a .bpk with its card beside it or the folder of a run; can be given several times
    #[arg(long = "teacher", value_name = "PATH")]
    pub teachers: Vec<PathBuf>,
    /// Weights to begin with, likewise, in the place of random ones
    #[arg(long, value_name = "PATH")]
    pub from: Option<PathBuf>,
    /// GPUs that share each batch
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    pub devices: usize,
    /// How convolutions are computed: native, the CPU's own kernels; plain, Burn's convolution; shifted or unfolded, as
    /// products of matrices [default: the CPU's own, or the fastest of a few steps on a GPU]; a run that is there goes on
    /// as it began
    #[arg(long, value_name = "WAY", value_parser = kernel())]
    pub kernel: Option<Kernel>,
    /// What factors of products are rounded to: f32; bf16, not by plain; f16, by shifted or unfolded [default: bf16 with
    /// native on a CPU that has instructions for it (Intel AMX), else f32]; a run that is there goes on as it began
    #[arg(long, value_name = "PRECISION", value_parser = precision())]
    pub precision: Option<Precision>,
    /// Seed of the first weights, the held-out pictures and the order of pictures
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Folder of the run [default: runs/NETWORK]; a run that is there goes on
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Begin anew: delete the run that is there
    #[arg(long)]
    pub restart: bool,
}

/// Network and data of an evaluation.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// ferrum, small, residual or unet
    #[arg(required_unless_present = "baseline")]
    pub network: Option<Architecture>,
    /// Measure no network, but calling every picture LABEL
    #[arg(long, value_name = "LABEL", conflicts_with_all = ["network", "weights"])]
    pub baseline: Option<Emotion>,
    /// Where FER2013 is
    #[command(flatten)]
    pub data: DataArgs,
    /// Part of FER2013
    #[arg(long, value_enum, default_value_t = TestSplit::Public)]
    pub split: TestSplit,
    /// A .bpk with its card, a .json, beside it, or the folder of a run [default: the shipped weights]
    #[arg(long, value_name = "PATH")]
    pub weights: Option<PathBuf>,
    /// Write the figures as JSON, too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Run and output of an export.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// ferrum, small, residual or unet
    pub network: Architecture,
    /// Where FER2013 is
    #[command(flatten)]
    pub data: DataArgs,
    /// FER+'s votes, fer2013new.csv, to calibrate those that the network expects [default: beside FER2013, if there]
    #[arg(long, value_name = "FILE")]
    pub votes: Option<PathBuf>,
    /// Folder of the run, or a .bpk with its card, a .json, beside it [default: runs/NETWORK]
    #[arg(long, value_name = "PATH")]
    pub run: Option<PathBuf>,
    /// Folder to write NETWORK.bpk and NETWORK.json into
    #[arg(long, value_name = "DIR", default_value = SHIPPED)]
    pub out: PathBuf,
    /// Write the network as ONNX, too
    #[arg(long, value_name = "FILE")]
    pub onnx: Option<PathBuf>,
}

/// Weights and output of an ONNX file.
#[derive(Debug, Args)]
pub struct OnnxArgs {
    /// ferrum, small, residual or unet
    pub network: Architecture,
    /// A .bpk with its card, a .json, beside it, or the folder of a run [default: the shipped weights]
    #[arg(long, value_name = "PATH")]
    pub weights: Option<PathBuf>,
    /// The file to write [default: NETWORK.onnx]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

impl OnnxArgs {
    /// The file to write.
    pub fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| format!("{}.onnx", self.network).into())
    }
}

/// Inputs and outputs of a measurement.
#[derive(Debug, Args)]
pub struct MeasureArgs {
    /// Where FER2013 is
    #[command(flatten)]
    pub data: DataArgs,
    /// FER+'s votes, fer2013new.csv [default: beside FER2013, if there]
    #[arg(long, value_name = "FILE")]
    pub votes: Option<PathBuf>,
    /// Folder of the weights and their cards [default: www/models]
    #[arg(long, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// Folder of the runs, for what training took
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub runs: PathBuf,
    /// Folder of the report
    #[arg(long, value_name = "DIR", default_value = "docs/networks")]
    pub out: PathBuf,
    /// The model card, whose figures are written anew
    #[arg(long, value_name = "FILE", default_value = "MODEL_CARD.md")]
    pub model_card: PathBuf,
    /// Write reports and figures anew from networks.json, without weights or data
    #[arg(long, conflicts_with_all = ["votes", "models", "runs"])]
    pub report_only: bool,
}

/// Networks or devices to show.
#[derive(Debug, Args)]
pub struct NetworksArgs {
    /// Show the devices instead that this build finds
    #[arg(long)]
    pub devices: bool,
}

/// Where to write the stored cases.
#[derive(Debug, Args)]
pub struct CasesArgs {
    /// File to write
    #[arg(long, value_name = "FILE", default_value_os_t = Path::new(SHIPPED).join(cases::FILE))]
    pub out: PathBuf,
}

/// How to do the study.
#[derive(Debug, Args)]
pub struct StudyArgs {
    /// Where FER2013 is
    #[command(flatten)]
    pub data: DataArgs,
    /// Passes over the training pictures
    #[arg(long, default_value_t = 100, value_parser = at_least_one)]
    pub epochs: usize,
    /// Seed of the first weights, the held-out pictures and the order of pictures
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Folder of the runs [default: runs/study; with --smoke target/study-smoke/runs]; runs that are there go on
    #[arg(long, value_name = "DIR")]
    pub runs: Option<PathBuf>,
    /// Folder of the report [default: docs/study; with --with-pictures target/study-with-pictures; with --smoke
    /// target/study-smoke/report]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Show pictures of FER2013, which may not be passed on: keep such a report to yourself
    #[arg(long)]
    pub with_pictures: bool,
    /// Write the report anew from its study.json, without training or data
    #[arg(long, conflicts_with_all = ["smoke", "with_pictures", "runs", "epochs", "seed"])]
    pub report_only: bool,
    /// Try everything in a minute, with generated pictures and two epochs
    #[arg(long, conflicts_with_all = ["epochs", "data"])]
    pub smoke: bool,
}

/// The words of a command that is another program's now.
#[derive(Debug, Args)]
pub struct MovedArgs {
    /// Its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARG")]
    pub args: Vec<String>,
}

impl MovedArgs {
    /// The command line that does the same, with `words` before the others.
    pub fn command(&self, words: &[&str]) -> String {
        let args = words.iter().copied().chain(self.args.iter().map(String::as_str));
        args.fold("cargo run -p cli --".to_owned(), |command, arg| format!("{command} {}", quoted(arg)))
    }
}

/// `word` as a shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_alphanumeric() || "-_./=:,@%+".contains(char);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

impl TrainArgs {
    /// Folder of the run.
    pub fn run(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| default_run(self.network))
    }
}

impl MeasureArgs {
    /// The command that does the same with the project's own files.
    pub fn command(&self) -> String {
        let models = self.models.iter().map(|folder| format!(" --models {}", folder.display()));
        models.fold("cargo run --release -p trainer-native -- measure".to_owned(), |command, models| command + &models)
    }

    /// Folder of the weights.
    pub fn models(&self) -> PathBuf {
        self.models.clone().unwrap_or_else(shipped_folder)
    }

    /// Folder of the reports that the page shows: that of the weights, but only here.
    pub fn reports(&self) -> PathBuf {
        self.models.clone().unwrap_or_else(|| SHIPPED.into())
    }
}

impl StudyArgs {
    /// Folder of the runs.
    pub fn runs(&self) -> PathBuf {
        let default = if self.smoke { "target/study-smoke/runs" } else { "runs/study" };
        self.runs.clone().unwrap_or_else(|| default.into())
    }

    /// Folder of the report. Reports with generated pictures or FER2013's are kept out of the committed one's folder.
    pub fn out(&self) -> PathBuf {
        let default = match self {
            Self { smoke: true, .. } => "target/study-smoke/report",
            Self { with_pictures: true, .. } => "target/study-with-pictures",
            _ => "docs/study",
        };
        self.out.clone().unwrap_or_else(|| default.into())
    }

    /// The command that does the same.
    pub fn command(&self) -> String {
        let mut words = vec!["cargo run --release -p trainer-native -- study".to_owned()];
        words.push(if self.smoke { "--smoke".into() } else { format!("--epochs {}", self.epochs) });
        words.push(format!("--seed {}", self.seed));
        words.extend(self.runs.iter().map(|folder| format!("--runs {}", folder.display())));
        words.extend(self.out.iter().map(|folder| format!("--out {}", folder.display())));
        words.extend(self.with_pictures.then(|| "--with-pictures".into()));
        words.join(" ")
    }
}

/// Folder of a run that was not told another.
pub fn default_run(network: Architecture) -> PathBuf {
    Path::new("runs").join(network.id())
}

fn at_least_one(word: &str) -> Result<usize, String> {
    let n: Option<u32> = word.parse().ok().filter(|&n| n > 0);
    n.map(|n| n as usize).ok_or_else(|| format!("expected a whole number from 1 to {}", u32::MAX))
}

fn kernel() -> impl TypedValueParser<Value = Kernel> {
    PossibleValuesParser::new(Kernel::ALL.map(<&str>::from))
        .map(|word| word.parse().expect("one of the possible values"))
}

fn precision() -> impl TypedValueParser<Value = Precision> {
    PossibleValuesParser::new(Precision::ALL.map(<&str>::from))
        .map(|word| word.parse().expect("one of the possible values"))
}

fn train_on(word: &str) -> Result<TrainOn, String> {
    match word {
        "training" => Ok(TrainOn::Training),
        "all" => Ok(TrainOn::All),
        _ => Err("expected training or all".into()),
    }
}

fn positive(word: &str) -> Result<f64, String> {
    let is_positive = |x: &f64| x.is_finite() && *x > 0.0;
    word.parse().ok().filter(is_positive).ok_or_else(|| "expected a number greater than 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study(args: &str) -> StudyArgs {
        let cli = Cli::try_parse_from(format!("trainer-native study {args}").split_whitespace()).unwrap();
        let Command::Study(args) = cli.command else { panic!("{:?}", cli.command) };
        args
    }

    #[test]
    fn only_the_study_itself_writes_where_the_committed_report_is() {
        let cases = [
            ("", "runs/study", "docs/study"),
            ("--with-pictures", "runs/study", "target/study-with-pictures"),
            ("--smoke", "target/study-smoke/runs", "target/study-smoke/report"),
            ("--smoke --with-pictures", "target/study-smoke/runs", "target/study-smoke/report"),
            ("--smoke --runs a --out b", "a", "b"),
        ];
        for (args, runs, out) in cases {
            let args = study(args);
            assert_eq!((args.runs(), args.out()), (runs.into(), out.into()), "{args:?}");
        }
    }

    #[test]
    fn a_command_that_has_moved_is_named_with_all_its_words() {
        let words = ["trainer-native", "predict", "it's a.jpg", "--json", "", "b.mp4"];
        let cli = Cli::try_parse_from(words).unwrap();
        let Command::Predict(args) = cli.command else { panic!("{:?}", cli.command) };
        assert_eq!(args.command(&[]), r"cargo run -p cli -- 'it'\''s a.jpg' --json '' b.mp4");
        let cli = Cli::try_parse_from(["trainer-native", "detector-quality", "--help"]).unwrap();
        let Command::DetectorQuality(args) = cli.command else { panic!("{:?}", cli.command) };
        assert_eq!(args.command(&["detector-quality"]), "cargo run -p cli -- detector-quality --help");
    }

    #[test]
    fn kernels_and_precisions_are_named_by_their_words() {
        let train = |words: &str| {
            Cli::try_parse_from(format!("trainer-native train ferrum {words}").split_whitespace())
                .map(|cli| cli.command)
        };
        let Ok(Command::Train(args)) = train("--kernel unfolded --precision bf16") else { panic!("these are words") };
        assert_eq!((args.kernel, args.precision), (Some(Kernel::Unfolded), Some(Precision::Bf16)));
        let error = train("--kernel fast").unwrap_err().to_string();
        assert!(error.contains("[possible values: native, plain, shifted, unfolded]"), "{error}");
    }

    #[test]
    fn commands_have_the_names_of_the_documents() {
        for words in ["cases", "networks --devices", "data check", "onnx ferrum --out f.onnx", "measure --report-only"]
        {
            let cli = Cli::try_parse_from(format!("trainer-native {words}").split_whitespace());
            assert!(cli.is_ok(), "{words}: {cli:?}");
        }
    }

    #[test]
    fn a_command_does_what_was_asked() {
        for words in
            ["--epochs 100 --seed 1", "--smoke --seed 2 --runs a --out b", "--epochs 3 --seed 1 --with-pictures"]
        {
            let command = study(words).command();
            assert_eq!(command.split_once(" -- study ").unwrap().1, words);
        }
    }
}
