//! The words of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use glob::Pattern;
use model_core::Architecture;
use native::ShippedDetector;

/// The meaning of the exit status.
const EXIT_STATUS: &str = "Exit status:
  0  all files were read
  1  no file could be read, or nothing could be done at all, such as without weights or a place to write to
  2  the command line is not understood
  3  some files could not be read to their end, annotated or exported; all others were";

/// Find faces and their apparent expressions in photos and videos
#[derive(Debug, Parser)]
#[command(name = "ferrum", version, after_help = EXIT_STATUS, arg_required_else_help = true)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub predict: PredictArgs,
}

/// Something else to do than to read photos and videos.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Measure which faces of annotated photos each detector finds
    DetectorQuality(DetectorQualityArgs),
    /// Measure how many labelled photos of one face get their label
    LabelQuality(LabelQualityArgs),
}

/// Photos and videos to read, and the models to read them with.
#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    /// Photos (JPEG, PNG, WebP, GIF, BMP, TIFF, ICO), videos (.y4m; with ffmpeg on the machine .mp4, .mov, .webm and more), ZIP
    /// archives of photos, and folders, of which all photos and videos are read, and those of folders within;
    /// saved sessions (.json)
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Read only matching files of folders and archives, such as '*.jpg' or '2026/**'; with a slash the pattern is
    /// matched with the path within, else with the name
    #[arg(long, value_name = "PATTERN")]
    pub glob: Option<Pattern>,
    /// ferrum, small, residual or unet [default: that of --weights, else ferrum]
    #[arg(long)]
    pub network: Option<Architecture>,
    /// A .bpk with its card, a .json, beside it, or the folder of a run [default: the shipped weights]
    #[arg(long, value_name = "PATH")]
    pub weights: Option<PathBuf>,
    /// How faces are found
    #[arg(long, value_enum, default_value_t = ShippedDetector::Blazeface)]
    pub detector: ShippedDetector,
    /// Search the frames of videos for small faces as photos are searched; takes some fifteen times as long
    #[arg(long)]
    pub thorough: bool,
    #[command(flatten)]
    pub part: PartArgs,
    /// Write everything as JSON, too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    #[command(flatten)]
    pub exports: ExportArgs,
    /// Write the crop of every face of the photos and what each layer makes of it as JSON
    #[arg(long, value_name = "FILE")]
    pub activations: Option<PathBuf>,
    /// Write every photo and video with boxes, numbers and labels into DIR, as PHOTO-faces.png and, with ffmpeg on the
    /// machine, VIDEO-faces.mp4
    #[arg(long, value_name = "DIR")]
    pub annotate: Option<PathBuf>,
}

/// The frames of videos that are read.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Frames of videos to read [default: all]")]
pub(crate) struct PartArgs {
    /// From this time on, seconds on the video's clock
    #[arg(long, value_name = "SECS", default_value_t = 0.0, hide_default_value = true, value_parser = secs)]
    #[arg(allow_negative_numbers = true)]
    pub from: f64,
    /// Up to this time, a frame at it not included
    #[arg(long, value_name = "SECS", value_parser = secs, allow_negative_numbers = true)]
    pub to: Option<f64>,
    /// Every Nth frame, beginning with the first
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub every: u32,
}

/// Files to make of a video or a saved session.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Files made of a video or a saved session")]
pub(crate) struct ExportArgs {
    /// Write every person in every frame as CSV
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write shares, dwell times and transitions of every person as CSV
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    /// Save the session as JSON, to be opened again here or in the page
    #[arg(long, value_name = "FILE")]
    pub session: Option<PathBuf>,
    /// Write captions for players (.vtt)
    #[arg(long, value_name = "FILE")]
    pub vtt: Option<PathBuf>,
    /// Write annotations for ELAN
    #[arg(long, value_name = "FILE")]
    pub eaf: Option<PathBuf>,
    /// Draw the timeline (SVG)
    #[arg(long, value_name = "FILE")]
    pub timeline: Option<PathBuf>,
    /// Draw the shares (SVG)
    #[arg(long, value_name = "FILE")]
    pub shares: Option<PathBuf>,
    /// Write all of these for every video and session into DIR, named for it
    #[arg(long, value_name = "DIR")]
    pub export: Option<PathBuf>,
    /// In them, count frames of poor quality under the label that was read, not as poor quality
    #[arg(long)]
    pub count_poor: bool,
}

/// Photos to search.
#[derive(Debug, Args)]
pub(crate) struct DetectorQualityArgs {
    /// Where the faces are: {"photo.jpg": {"size": [w, h], "gt": [[x, y, w, h], …], "ignore": […]}, …}, photos by their
    /// paths from the file's folder
    #[arg(value_name = "FILE", default_value = "../shared/media/eval_set.json")]
    pub annotations: PathBuf,
    /// Folder of photos without a face [default: negatives beside FILE]
    #[arg(long, value_name = "DIR")]
    pub negatives: Option<PathBuf>,
}

/// Labelled photos to read, and the models to read them with.
#[derive(Debug, Args)]
pub(crate) struct LabelQualityArgs {
    /// Folder with photos/ and labels.csv, which has the columns photo and label, in FER+'s words
    #[arg(value_name = "FOLDER", default_value = "../shared/wild")]
    pub folder: PathBuf,
    /// ferrum, small, residual or unet [default: that of --weights, else ferrum]
    #[arg(long)]
    pub network: Option<Architecture>,
    /// A .bpk with its card, a .json, beside it, or the folder of a run [default: the shipped weights]
    #[arg(long, value_name = "PATH")]
    pub weights: Option<PathBuf>,
    /// Answers of other programs to the same photos, as cli/benches/face-apis/wild.mjs writes them, to show beside
    #[arg(long, value_name = "FILE")]
    pub beside: Option<PathBuf>,
}

fn secs(word: &str) -> Result<f64, String> {
    let is_time = |secs: &f64| secs.is_finite() && *secs >= 0.0;
    word.parse().ok().filter(is_time).ok_or_else(|| "expected seconds, 0 or more".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parsed(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn files_need_no_word_before_them_and_measuring_has_one() {
        let cli = parsed("ferrum a.jpg b.mp4 --csv faces.csv").unwrap();
        let files = ["a.jpg", "b.mp4"].map(PathBuf::from);
        assert!(cli.command.is_none() && cli.predict.files == files, "{cli:?}");
        assert_eq!(
            (cli.predict.exports.csv, cli.predict.detector),
            (Some("faces.csv".into()), ShippedDetector::Blazeface)
        );
        let cli = parsed("ferrum detector-quality my.json --negatives none").unwrap();
        let Some(Command::DetectorQuality(args)) = cli.command else { panic!("{cli:?}") };
        assert_eq!((args.annotations, args.negatives), ("my.json".into(), Some("none".into())));
        let cli = parsed("ferrum ./detector-quality help").unwrap();
        assert_eq!(cli.predict.files, ["./detector-quality", "help"].map(PathBuf::from));
    }

    #[test]
    fn other_words_are_refused() {
        for line in ["ferrum", "ferrum --json a.json", "ferrum a.jpg --detector yolo"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
