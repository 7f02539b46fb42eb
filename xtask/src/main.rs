//! `cargo xtask`: the one door through which people and CI build, serve, check, test and measure Ferrum.
//!
//! Every task installs what it needs and says so. Nothing that CI does cannot be typed here.

mod args;
mod bench;
mod check;
mod exports;
mod page;
mod report;
mod size;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use args::Task;
use workspace::Workspace;

fn main() -> ExitCode {
    match args::parse(std::env::args_os().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let workspace = Workspace::here();
    match task {
        Task::Help => {
            print!("{}", args::HELP);
            Ok(())
        }
        Task::Serve { port } => page::serve(&workspace, port),
        Task::Build => page::build(&workspace),
        Task::Check => check::check(&workspace),
        Task::Test { parts } => test::test(&workspace, &parts),
        Task::EndToEnd { filter } => test::end_to_end(&workspace, filter.as_deref()),
        Task::BenchDetector => bench::detector(&workspace),
        Task::BenchDetectorQuality { annotations } => bench::detector_quality(&workspace, annotations.as_deref()),
        Task::BenchBlazeface => bench::blazeface(&workspace),
        Task::BenchClassify => bench::classify(&workspace),
        Task::BenchWebGpu { browser } => bench::webgpu(&workspace, browser.as_deref()),
        Task::BenchTrain => bench::train(&workspace),
        Task::Size => size::size(&workspace),
    }
}
