//! `cargo xtask test` and `e2e`: every test, and a count of them at the end.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::args::Part;
use crate::exports;
use crate::page;
use crate::report::Report;
use crate::tools;
use crate::workspace::{WASM_TARGET, Workspace, run, shown};

/// Crates with tests that run as wasm: `vision` in Node.js, `app` in headless Chromium.
const WASM_TESTED: [&str; 2] = ["vision", "app"];

/// `e2e` needs the built page, and would turn on features of shared dependencies that nothing else has.
const NATIVE: [&str; 3] = ["--workspace", "--exclude", "e2e"];

/// Seconds for one wasm test; the first in a cold browser compiles the module.
const WASM_TEST_TIMEOUT_SECS: &str = "120";

/// Runs `parts`, each even if one before it failed.
pub(crate) fn test(workspace: &Workspace, parts: &[Part]) -> Result<()> {
    let mut report = Report::default();
    let mut total = Tally::default();
    for part in parts {
        match part {
            Part::Native => {
                report.step("onnxruntime-web, to try the ONNX export", || tools::ensure_onnxruntime(workspace));
                report.step("native tests", || native(workspace, &mut total))
            }
            Part::Wasm => report.step("wasm unit tests", || wasm(workspace, &mut total)),
            Part::EndToEnd => report.step("browser tests", || browser(workspace, None, &mut total)),
        };
    }
    close(workspace, report, &total)
}

/// Runs the browser tests whose name contains `filter`.
pub(crate) fn end_to_end(workspace: &Workspace, filter: Option<&str>) -> Result<()> {
    let mut report = Report::default();
    let mut total = Tally::default();
    report.step("browser tests", || browser(workspace, filter, &mut total));
    close(workspace, report, &total)
}

fn close(workspace: &Workspace, report: Report, total: &Tally) -> Result<()> {
    let result = report.finish();
    println!("\n{total}");
    if !workspace.path("../shared").is_dir() {
        println!("without what compares with FER2013 and with OpenCV's 270 lists: ../shared is not there");
    }
    result
}

fn native(workspace: &Workspace, total: &mut Tally) -> Result<()> {
    total.run(&mut workspace.cargo(&[&["test"], &NATIVE[..], &["--no-fail-fast", "--", "--quiet"]].concat()))
}

fn wasm(workspace: &Workspace, total: &mut Tally) -> Result<()> {
    tools::ensure_wasm_bindgen(workspace)?;
    tools::ensure_node(workspace)?;
    let driver = tools::browser::ensure(workspace)?;
    let mut tests =
        workspace.cargo(&["test", "--target", WASM_TARGET, "--profile", "web", "--no-fail-fast", "--tests"]);
    tests.args(WASM_TESTED.iter().flat_map(|name| ["-p", name]));
    tests.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    tests.env("CHROMEDRIVER", driver).env("WASM_BINDGEN_TEST_TIMEOUT", WASM_TEST_TIMEOUT_SECS);
    tests.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", workspace.path("xtask/webdriver.json"));
    total.run(&mut tests)
}

fn browser(workspace: &Workspace, filter: Option<&str>, total: &mut Tally) -> Result<()> {
    let driver = tools::browser::ensure(workspace)?;
    page::build_quietly(workspace)?;
    exports::check_page(workspace)?;
    // Page and command line must agree, so the tests call it. Built as by the native tests: another choice of packages
    // has other features of shared dependencies, and would compile Burn once more.
    run(&mut workspace.cargo(&[&["test"], &NATIVE[..], &["--no-run", "--quiet"]].concat()))?;
    let mut tests = workspace.cargo(&["test", "-p", "e2e", "--no-fail-fast", "--"]);
    tests.args(filter).env("CHROMEDRIVER", driver);
    total.run(&mut tests)
}

/// How many tests ran, over all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
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
