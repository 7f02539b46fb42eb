//! The command line of `cargo xtask`.

use std::ffi::OsString;
use std::num::NonZero;

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;

pub(crate) const HELP: &str = "\
cargo xtask <TASK>

  serve [--port N]   Build the page and serve it on this machine (port 8080)
  build              Build the page into dist/
  test [--only P]    Run every test; P is native, wasm or e2e and may be given more than once
  e2e [FILTER]       Build the page and run the browser tests whose name contains FILTER
  check              Format, lints (native and wasm) and documentation; warnings are errors
  bench detector     Time the cascade in wasm beside opencv.js
  bench blazeface    Time BlazeFace in wasm beside TensorFlow Lite and the cascade
  bench detector-quality [FILE]  Compare the faces that each detector finds with the annotated ones of FILE
  bench classify     Time the network in wasm beside onnxruntime-web
  bench webgpu [--browser B]  The same on WebGPU, in your browser or in a headless Chromium B
  bench train        Time training steps on the CPU beside PyTorch (the first time it installs PyTorch: 5 GB)
  size               Print raw, gzip and brotli sizes of what the built page loads, in order

Missing tools are installed into target/tools, Chromium by apt-get where that may be done
";

const DEFAULT_PORT: u16 = 8080;

/// What the person asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Serve { port: u16 },
    Build,
    Check,
    Test { parts: Vec<Part> },
    EndToEnd { filter: Option<String> },
    BenchDetector,
    BenchDetectorQuality { annotations: Option<OsString> },
    BenchBlazeface,
    BenchClassify,
    BenchWebGpu { browser: Option<OsString> },
    BenchTrain,
    Size,
}

/// One part of the tests. The order is that in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Native,
    Wasm,
    EndToEnd,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Native, Self::Wasm, Self::EndToEnd];

    fn named(name: &str) -> Result<Self> {
        match name {
            "native" => Ok(Self::Native),
            "wasm" => Ok(Self::Wasm),
            "e2e" => Ok(Self::EndToEnd),
            _ => bail!("--only: expected native, wasm or e2e, got {name:?}"),
        }
    }
}

/// Reads the arguments after `cargo xtask`. An error says what was expected and what came.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Task> {
    let mut parser = lexopt::Parser::from_args(args);
    let task = match parser.next()? {
        None | Some(Short('h') | Long("help")) => Task::Help,
        Some(Value(task)) => match task.string()?.as_str() {
            "help" => Task::Help,
            "serve" => Task::Serve { port: port(&mut parser)? },
            "build" => Task::Build,
            "check" => Task::Check,
            "test" => Task::Test { parts: parts(&mut parser)? },
            "e2e" => Task::EndToEnd { filter: filter(&mut parser)? },
            "bench" => bench(&mut parser)?,
            "size" => Task::Size,
            other => bail!("unknown task {other:?}\n\n{HELP}"),
        },
        Some(other) => return Err(other.unexpected().into()),
    };
    match parser.next()? {
        None => Ok(task),
        Some(Short('h') | Long("help")) => Ok(Task::Help),
        Some(extra) => Err(extra.unexpected().into()),
    }
}

fn port(parser: &mut lexopt::Parser) -> Result<u16> {
    let mut port = DEFAULT_PORT;
    while let Some(arg) = parser.next()? {
        match arg {
            Short('p') | Long("port") => {
                port = parser.value()?.parse::<NonZero<u16>>().context("--port: expected 1 to 65535")?.get();
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(port)
}

fn parts(parser: &mut lexopt::Parser) -> Result<Vec<Part>> {
    let mut wanted = Vec::new();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("only") => wanted.push(Part::named(&parser.value()?.string()?)?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Part::ALL.into_iter().filter(|part| wanted.is_empty() || wanted.contains(part)).collect())
}

fn filter(parser: &mut lexopt::Parser) -> Result<Option<String>> {
    match parser.next()? {
        None => Ok(None),
        Some(Value(filter)) => Ok(Some(filter.string()?)),
        Some(other) => Err(other.unexpected().into()),
    }
}

const BENCHES: &str = "bench: expected `detector`, `blazeface`, `detector-quality`, `classify`, `webgpu` or `train`";

fn bench(parser: &mut lexopt::Parser) -> Result<Task> {
    match parser.next()? {
        Some(Value(what)) if what == "detector" => Ok(Task::BenchDetector),
        Some(Value(what)) if what == "detector-quality" => {
            Ok(Task::BenchDetectorQuality { annotations: annotations(parser)? })
        }
        Some(Value(what)) if what == "blazeface" => Ok(Task::BenchBlazeface),
        Some(Value(what)) if what == "classify" => Ok(Task::BenchClassify),
        Some(Value(what)) if what == "webgpu" => Ok(Task::BenchWebGpu { browser: browser(parser)? }),
        Some(Value(what)) if what == "train" => Ok(Task::BenchTrain),
        Some(other) => Err(other.unexpected()).context(BENCHES),
        None => bail!("{BENCHES}, got nothing"),
    }
}

fn annotations(parser: &mut lexopt::Parser) -> Result<Option<OsString>> {
    match parser.next()? {
        None => Ok(None),
        Some(Value(file)) => Ok(Some(file)),
        Some(other) => Err(other.unexpected().into()),
    }
}

fn browser(parser: &mut lexopt::Parser) -> Result<Option<OsString>> {
    match parser.next()? {
        None => Ok(None),
        Some(Long("browser")) => Ok(Some(parser.value()?)),
        Some(other) => Err(other.unexpected().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Task> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn reads_every_task() {
        let cases = [
            ("", Task::Help),
            ("--help", Task::Help),
            ("size --help", Task::Help),
            ("serve", Task::Serve { port: 8080 }),
            ("serve --port 9000", Task::Serve { port: 9000 }),
            ("serve --port=9000", Task::Serve { port: 9000 }),
            ("build", Task::Build),
            ("check", Task::Check),
            ("test", Task::Test { parts: Part::ALL.to_vec() }),
            ("test --only e2e --only native", Task::Test { parts: vec![Part::Native, Part::EndToEnd] }),
            ("e2e", Task::EndToEnd { filter: None }),
            ("e2e camera", Task::EndToEnd { filter: Some("camera".into()) }),
            ("bench detector", Task::BenchDetector),
            ("bench detector-quality", Task::BenchDetectorQuality { annotations: None }),
            ("bench detector-quality my.json", Task::BenchDetectorQuality { annotations: Some("my.json".into()) }),
            ("bench blazeface", Task::BenchBlazeface),
            ("bench classify", Task::BenchClassify),
            ("bench webgpu", Task::BenchWebGpu { browser: None }),
            ("bench webgpu --browser chromium", Task::BenchWebGpu { browser: Some("chromium".into()) }),
            ("bench train", Task::BenchTrain),
            ("size", Task::Size),
        ];
        for (line, expected) in cases {
            assert_eq!(parse_line(line).expect(line), expected, "{line}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let cases = [
            ("bake", "unknown task \"bake\""),
            ("serve --port 65536", "--port: expected 1 to 65535"),
            ("serve --port 0", "--port: expected 1 to 65535"),
            ("serve --prt 1", "--prt"),
            ("test --only unit", "expected native, wasm or e2e, got \"unit\""),
            ("bench", "got nothing"),
            ("bench network", "expected `detector`"),
            ("build extra", "extra"),
            ("--version", "--version"),
        ];
        for (line, expected) in cases {
            let error = format!("{:#}", parse_line(line).expect_err(line));
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
