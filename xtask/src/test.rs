//! `cargo xtask test`, `e2e` and `fuzz`: every test, and a count of them at the end.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::args::TestSuite;
use crate::exports;
use crate::page::{self, Building};
use crate::report::Report;
use crate::size;
use crate::tools;
use crate::workspace::{WASM_TARGET, Workspace, run, shown};

/// Crates with tests that run as wasm: `vision` in Node.js, `app` in headless Chromium.
const WASM_TESTED: [&str; 2] = ["vision", "app"];

/// `e2e` needs the built page, and would turn on features of shared dependencies that nothing else has.
const NATIVE: [&str; 4] = ["test", "--workspace", "--exclude", "e2e"];

/// Seconds for one wasm test; the first in a cold browser compiles the module.
const WASM_TEST_TIMEOUT_SECS: &str = "120";

const E2E: [&str; 3] = ["test", "--package", "e2e"];

/// Name the seconds that `fuzz` may take, and the files of each reader; without them, it reads a fixed number of files.
const FUZZ_SECS_VARIABLE: &str = "FERRUM_FUZZ_SECS";
const FUZZ_FILES_VARIABLE: &str = "FERRUM_FUZZ_FILES";

/// Begins to build the page, if others of `suites` come before the one that needs it.
pub(crate) fn begin_page(workspace: &Workspace, suites: &[TestSuite], report: &mut Report) -> Option<Building> {
    let is_needed_later = suites.len() > 1 && suites.contains(&TestSuite::E2e);
    is_needed_later
        .then(|| report.step("tools for the page, which is built beside the rest", || Building::begin(workspace)))?
}

/// Runs `suites`, each even if one before it failed. `page` is being built.
pub(crate) fn test(
    workspace: &Workspace,
    suites: &[TestSuite],
    mut page: Option<Building>,
    report: &mut Report,
    tally: &mut Tally,
) {
    for suite in suites {
        match suite {
            TestSuite::Native => native(workspace, report, tally),
            TestSuite::Wasm => wasm(workspace, report, tally),
            TestSuite::E2e => browser(workspace, None, page.take(), report, tally),
        }
    }
}

/// Reads damaged files for `minutes`, those of all targets together, or `files` of each.
pub(crate) fn fuzz(workspace: &Workspace, minutes: u32, files: Option<u32>) -> Result<()> {
    let mut tests = workspace.cargo(&[&NATIVE[..], &["--test", "fuzz", "--", "--nocapture"]].concat());
    run(match files {
        Some(files) => tests.env(FUZZ_FILES_VARIABLE, files.to_string()),
        None => tests.env(FUZZ_SECS_VARIABLE, (60 * minutes).to_string()),
    })
}

fn native(workspace: &Workspace, report: &mut Report, tally: &mut Tally) {
    ensure_ffmpeg(workspace, report);
    report.step("onnxruntime-web, to try the ONNX export", || tools::ensure_onnxruntime(workspace));
    report.step("Python's packages, to read what is exported", || tools::ensure_export_readers(workspace));
    if report.step("compile native tests", || compile_native(workspace)).is_some() {
        let arguments = [&NATIVE[..], &["--no-fail-fast", "--", "--quiet"]].concat();
        report.step("native tests", || tally.run(&mut workspace.cargo(&arguments)));
    }
}

fn ensure_ffmpeg(workspace: &Workspace, report: &mut Report) {
    report.step("ffmpeg, for the tests of videos", || {
        tools::browser::ensure_ffmpeg(workspace);
        Ok(())
    });
}

/// Compiles the browser tests, for which the page need not be there.
pub(crate) fn compile_browser(workspace: &Workspace, report: &mut Report) {
    report.step("compile browser tests", || run(&mut workspace.cargo(&[&E2E[..], &["--no-run", "--quiet"]].concat())));
}

fn compile_native(workspace: &Workspace) -> Result<()> {
    run(&mut workspace.cargo(&[&NATIVE[..], &["--no-run", "--quiet"]].concat()))
}

fn wasm(workspace: &Workspace, report: &mut Report, tally: &mut Tally) {
    let ready = report.step("tools for wasm tests", || {
        tools::ensure_wasm_bindgen(workspace)?;
        tools::ensure_node(workspace)?;
        Ok((tools::browser::ensure(workspace)?, wasm_test_names(workspace)?))
    });
    let Some((driver, names)) = ready else { return };
    // By the page's profile: with the same features, what the tests stand on is compiled for it already.
    let cargo = |more: &[&str]| {
        let mut tests = workspace.cargo(&["test", "--target", WASM_TARGET, "--profile", "web"]);
        tests.args(WASM_TESTED.iter().flat_map(|name| ["-p", name])).args(more);
        tests.args(names.iter().flat_map(|name| ["--test", name]));
        tests
    };
    if report.step("compile wasm tests", || run(&mut cargo(&["--no-run", "--quiet"]))).is_some() {
        let mut tests = cargo(&["--no-fail-fast"]);
        tests.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
        tests.env("CHROMEDRIVER", driver).env("WASM_BINDGEN_TEST_TIMEOUT", WASM_TEST_TIMEOUT_SECS);
        tests.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", workspace.path("xtask/webdriver.json"));
        report.step("wasm tests", || tally.run(&mut tests));
    }
}

/// Test files with tests for wasm: linking the others, which do nothing there, takes minutes.
fn wasm_test_names(workspace: &Workspace) -> Result<Vec<String>> {
    let mut names = vec![];
    for package in WASM_TESTED {
        let folder = workspace.path(package).join("tests");
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let file = entry?.path();
            if file.is_file() && fs::read_to_string(&file)?.contains("wasm_bindgen_test") {
                names.extend(file.file_stem().map(|name| name.to_string_lossy().into_owned()));
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Builds the page, or waits for it, and runs the browser tests whose name contains `filter`.
pub(crate) fn browser(
    workspace: &Workspace,
    filter: Option<&str>,
    page: Option<Building>,
    report: &mut Report,
    tally: &mut Tally,
) {
    ensure_ffmpeg(workspace, report);
    let driver = report.step("Chromium and its driver", || tools::browser::ensure(workspace));
    let firefox = report.step("Firefox and its driver", || Ok(tools::browser::ensure_firefox(workspace))).flatten();
    let page = report.step("build the page", || match page {
        Some(building) => building.finish(),
        None => page::build_quietly(workspace),
    });
    report.step("axe-core, which looks for faults of accessibility", || tools::ensure_axe(workspace));
    let (Some(driver), Some(())) = (driver, page) else { return };
    report.step("constructors run once", || exports::check_page(workspace));
    report.step("sizes", || size::size(workspace));
    // Page and command line must agree, so the tests call it. Built as by the native tests: another choice of packages
    // has other features of shared dependencies, and would compile Burn once more.
    if report.step("compile the command line", || compile_native(workspace)).is_some() {
        let mut tests = workspace.cargo(&[&E2E[..], &["--no-fail-fast", "--"]].concat());
        // Without Firefox, the name of no program: its tests are skipped.
        tests.args(filter).env("CHROMEDRIVER", driver).env("GECKODRIVER", firefox.unwrap_or_default());
        report.step("browser tests", || tally.run(&mut tests));
    }
}

/// How many tests ran, over all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    /// Runs a test command, passes its output on as it comes, and counts.
    fn run(&mut self, command: &mut Command) -> Result<()> {
        let mut child =
            command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {}", shown(command)))?;
        let output = child.stdout.take().expect("it is piped");
        for line in BufReader::new(output).split(b'\n') {
            let line = line.context("cannot read the output of the tests")?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            self.count(&line);
        }
        let status = child.wait().context("cannot wait for the tests")?;
        if !status.success() {
            bail!("{} ended with {status}", shown(command));
        }
        Ok(())
    }

    /// Adds a closing line such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn count(&mut self, line: &str) {
        let Some(result) = line.trim_start().strip_prefix("test result: ") else { return };
        let figures = result.split_once(". ").map_or("", |(_, figures)| figures);
        for figure in figures.split("; ") {
            let Some((number, word)) = figure.split_once(' ') else { continue };
            let number: u64 = number.parse().unwrap_or(0);
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "total: {} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_closing_lines_and_nothing_else() {
        let lines = [
            "running 3 tests",
            "test a ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.05s",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 filtered out; finished in 1.20s",
            "test result: ok.",
            "assertion: 7 passed; 7 failed",
        ];
        let mut tally = Tally::default();
        for line in lines {
            tally.count(line);
        }
        assert_eq!(tally, Tally { passed: 13, failed: 2, skipped: 1 });
        assert_eq!(tally.to_string(), "total: 13 passed, 2 failed, 1 skipped");
    }
}
