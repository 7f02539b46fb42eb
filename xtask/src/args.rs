//! The command line of `cargo xtask`.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Builds, serves, checks, tests and measures Ferrum.
///
/// Missing tools are installed into target/tools, Chromium by apt-get where that may be done.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) task: Task,
}

/// The task to run.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Task {
    /// Build the page for development and serve it on this machine
    ///
    /// The page is served as soon as it works on the CPU; the WebGPU worker is compiled meanwhile and follows. Changed
    /// files are built again. The profile is `serve`: without link-time optimisation, so the page is larger and slower
    /// than the one of `build`.
    Serve {
        /// The page will be at http://localhost:PORT
        #[arg(short, long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
        port: u16,
    },
    /// Build the page for release into dist/
    Build,
    /// Format, lints (native and wasm) and documentation; warnings are errors
    Check,
    /// Run every test, and print how many passed, failed and were skipped
    ///
    /// Tests that need ../shared, which a clone elsewhere does not have, are skipped without it.
    Test {
        /// Only this part; may be given more than once
        #[arg(long = "only", value_name = "PART")]
        suites: Vec<TestSuite>,
    },
    /// Everything that CI does, `check` and `test`, with the time of each step
    Ci,
    /// Build the page and run its browser tests
    E2e {
        /// Only tests whose name contains this
        filter: Option<String>,
    },
    /// Read damaged files for some minutes
    ///
    /// `test` reads the same ones in the same order, but always the same number of them.
    Fuzz {
        /// For so many minutes in all
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        minutes: u32,
        /// Number of files of each reader, in the place of a time
        #[arg(long, conflicts_with = "minutes", value_parser = clap::value_parser!(u32).range(1..1_000_000_000))]
        files: Option<u32>,
    },
    /// Use the page for some minutes and print its memory, recovery times and labels
    ///
    /// A camera for half of the time, then photos one after the other, while a worker is ended every ten seconds. Fails if
    /// the memory of the browser grows, or if a label or photo is missing afterwards.
    Soak {
        /// For so many minutes in all
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(4..=1000))]
        minutes: u32,
        /// At least so many photos, however long they take
        #[arg(long, default_value_t = 0)]
        photos: u32,
    },
    /// Measure everything on this machine's graphics card, in eight minutes once it is built, and write gpu.json
    ///
    /// Networks against the CPU, every way to train, `bench webgpu` and the page in headless Chromium. What is measured is
    /// gathered in one folder first, which a machine without a network and without this tree can use as well: `sh run.sh`.
    Gpu {
        /// Where everything is gathered [default: target/gpu]
        #[arg(long)]
        folder: Option<PathBuf>,
        /// What trains: vulkan, or wgpu, by which Mesa's software adapter works
        #[arg(long, default_value = "vulkan", value_parser = ["vulkan", "wgpu"])]
        backend: String,
        /// Pictures of a training step: 128 on a card, few on a program in its place
        #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=4096))]
        batch: u32,
        /// Gather, and do not measure
        #[arg(long)]
        gather_only: bool,
    },
    /// Compare Ferrum with others in one run
    #[command(subcommand)]
    Bench(Bench),
    /// Print raw, gzip and brotli sizes of what the built page loads, in order; fails if they exceed their limits
    Size,
}

#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Bench {
    /// Time the cascade in wasm beside opencv.js and compare their rectangles
    Detector,
    /// Precision and recall of every detector on annotated photos
    DetectorQuality {
        /// The photos' annotations
        annotations: Option<PathBuf>,
    },
    /// Which photos of one face are found and get their label, by each head and both, and by Human and face-api.js
    Wild {
        /// Folder with photos/ and labels.csv [default: ../shared/wild]
        folder: Option<PathBuf>,
        /// Without the other programs, which npm installs
        #[arg(long)]
        alone: bool,
    },
    /// Time BlazeFace in wasm beside TensorFlow Lite and the cascade
    Blazeface,
    /// Time the network in wasm beside onnxruntime-web
    Classify,
    /// Time the network on WebGPU beside onnxruntime-web, and count what either asks of the GPU
    ///
    /// Prints the address of a page and waits until a browser on this machine has opened it.
    #[command(name = "webgpu")]
    WebGpu {
        /// Open the page in this Chromium, headless
        #[arg(long, conflicts_with = "url_only")]
        browser: Option<PathBuf>,
        /// Print an address for a browser on another machine, and wait for it as long as it takes
        #[arg(long)]
        url_only: bool,
        /// Timed runs of each batch: fewer where the adapter is a program
        #[arg(long, default_value_t = 101)]
        runs: u32,
    },
    /// Time how many frames a second the page reads of a video, in headless Chromium on the CPU
    Video,
    /// Time the timeline of an hour in headless Chromium: opening, zooming, exports
    Timeline,
    /// Time training steps beside PyTorch (the first time it installs PyTorch: 5 GB)
    Train {
        /// Options of model-core/benches/pytorch/bench.py, such as `--device vulkan`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
        args: Vec<String>,
    },
}

/// A suite of tests, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestSuite {
    Native,
    Wasm,
    E2e,
}

impl TestSuite {
    /// The suites that are among `wanted`, in their order; all if none is.
    pub(crate) fn chosen(wanted: &[Self]) -> Vec<Self> {
        let all = Self::value_variants().iter().copied();
        all.filter(|suite| wanted.is_empty() || wanted.contains(suite)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Task, clap::Error> {
        let words = ["cargo xtask"].into_iter().chain(line.split_whitespace());
        Args::try_parse_from(words).map(|args| args.task)
    }

    #[test]
    fn reads_every_task() {
        let webgpu = |browser: Option<&str>, url_only, runs| {
            Task::Bench(Bench::WebGpu { browser: browser.map(PathBuf::from), url_only, runs })
        };
        let cases = [
            ("serve", Task::Serve { port: 8080 }),
            ("serve --port 9000", Task::Serve { port: 9000 }),
            ("build", Task::Build),
            ("check", Task::Check),
            ("ci", Task::Ci),
            ("test", Task::Test { suites: vec![] }),
            ("test --only e2e --only native", Task::Test { suites: vec![TestSuite::E2e, TestSuite::Native] }),
            ("e2e", Task::E2e { filter: None }),
            ("e2e camera", Task::E2e { filter: Some("camera".into()) }),
            ("fuzz", Task::Fuzz { minutes: 10, files: None }),
            ("fuzz --minutes 90", Task::Fuzz { minutes: 90, files: None }),
            ("fuzz --files 1000000", Task::Fuzz { minutes: 10, files: Some(1_000_000) }),
            ("soak", Task::Soak { minutes: 5, photos: 0 }),
            ("soak --minutes 60", Task::Soak { minutes: 60, photos: 0 }),
            ("soak --minutes 4 --photos 10000", Task::Soak { minutes: 4, photos: 10_000 }),
            ("bench detector", Task::Bench(Bench::Detector)),
            ("bench timeline", Task::Bench(Bench::Timeline)),
            ("bench wild", Task::Bench(Bench::Wild { folder: None, alone: false })),
            ("bench wild a --alone", Task::Bench(Bench::Wild { folder: Some("a".into()), alone: true })),
            ("bench detector-quality", Task::Bench(Bench::DetectorQuality { annotations: None })),
            (
                "bench detector-quality my.json",
                Task::Bench(Bench::DetectorQuality { annotations: Some("my.json".into()) }),
            ),
            ("bench blazeface", Task::Bench(Bench::Blazeface)),
            ("bench classify", Task::Bench(Bench::Classify)),
            ("bench webgpu", webgpu(None, false, 101)),
            ("bench webgpu --browser chromium --runs 9", webgpu(Some("chromium"), false, 9)),
            ("bench webgpu --url-only", webgpu(None, true, 101)),
            ("bench video", Task::Bench(Bench::Video)),
            ("bench train", Task::Bench(Bench::Train { args: vec![] })),
            (
                "bench train --device vulkan",
                Task::Bench(Bench::Train { args: vec!["--device".into(), "vulkan".into()] }),
            ),
            ("size", Task::Size),
            ("gpu", Task::Gpu { folder: None, backend: "vulkan".into(), batch: 128, gather_only: false }),
            (
                "gpu --folder a --backend wgpu --batch 2 --gather-only",
                Task::Gpu { folder: Some("a".into()), backend: "wgpu".into(), batch: 2, gather_only: true },
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(parse(line).expect(line), expected, "{line}");
        }
        assert_eq!(TestSuite::chosen(&[TestSuite::E2e, TestSuite::Native]), [TestSuite::Native, TestSuite::E2e]);
        assert_eq!(TestSuite::chosen(&[]), [TestSuite::Native, TestSuite::Wasm, TestSuite::E2e]);
    }

    /// Errors of the command line, and the help.
    #[test]
    fn says_what_is_wrong_and_helps() {
        let cases = [
            ("bake", "unrecognized subcommand 'bake'"),
            ("serve --port 65536", "65536 is not in 1..=65535"),
            ("serve --port 0", "0 is not in 1..=65535"),
            ("serve --prt 1", "--prt"),
            ("test --only unit", "[possible values: native, wasm, e2e]"),
            ("fuzz --minutes 0", "0 is not in 1..=10000"),
            ("fuzz --minutes 1 --files 1", "cannot be used with"),
            ("gpu --backend cuda", "[possible values: vulkan, wgpu]"),
            ("bench network", "unrecognized subcommand 'network'"),
            ("bench webgpu --url-only --browser chromium", "cannot be used with"),
            ("build extra", "extra"),
            ("--version", "--version"),
            ("", "Usage: cargo xtask <COMMAND>"),
            ("--help", "Missing tools are installed into target/tools"),
            ("serve --help", "Usage: cargo xtask serve [OPTIONS]"),
            ("test --help", "skipped without it"),
            ("bench --help", "detector-quality"),
            ("bench webgpu --help", "--url-only"),
        ];
        for (line, expected) in cases {
            let error = parse(line).expect_err(line).to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
