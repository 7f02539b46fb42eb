//! `cargo xtask`: the one door through which people and CI build, serve, check, test and measure Ferrum.
//!
//! Every task installs what it needs and says so. Nothing that CI does cannot be typed here.

mod args;
mod bench;
mod check;
mod exports;
mod gpu;
mod offline;
mod page;
mod report;
mod serve;
mod size;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use args::{Args, Task, TestSuite};
use clap::Parser;
use report::Report;
use test::Tally;
use workspace::Workspace;

fn main() -> ExitCode {
    match run(Args::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let workspace = Workspace::here()?;
    let (mut report, mut tally) = (Report::default(), Tally::default());
    match task {
        Task::Serve { port } => return serve::serve(&workspace, port),
        Task::Build => return page::build(&workspace),
        Task::Fuzz { minutes, files } => return test::fuzz(&workspace, minutes, files),
        Task::Soak { minutes, photos } => return bench::soak(&workspace, minutes, photos),
        Task::Gpu { folder, backend, batch, gather_only } => {
            return gpu::gpu(&workspace, folder.as_deref(), &backend, batch, gather_only);
        }
        Task::Bench(bench) => return bench::bench(&workspace, &bench),
        Task::Size => return size::size(&workspace),
        Task::Check => {
            check::native(&workspace, &mut report);
            check::wasm(&workspace, &mut report);
            return report.finish();
        }
        Task::Test { suites } => {
            let suites = TestSuite::chosen(&suites);
            let page = test::begin_page(&workspace, &suites, &mut report);
            test::test(&workspace, &suites, page, &mut report, &mut tally);
        }
        Task::E2e { filter } => test::browser(&workspace, filter.as_deref(), None, &mut report, &mut tally),
        Task::Ci => {
            let workspace = workspace.compiled_once();
            let suites = TestSuite::chosen(&[]);
            let page = test::begin_page(&workspace, &suites, &mut report);
            // Steps that compile by the page's profile wait for its build, so all others come first.
            check::native(&workspace, &mut report);
            test::test(&workspace, &[TestSuite::Native], None, &mut report, &mut tally);
            check::wasm(&workspace, &mut report);
            test::compile_browser(&workspace, &mut report);
            test::test(&workspace, &[TestSuite::Wasm, TestSuite::E2e], page, &mut report, &mut tally);
            report.step("soak for 5 minutes", || bench::soak_built(&workspace, 5, 0));
        }
    }
    let result = report.finish();
    println!("\n{tally}");
    if !workspace.path("../shared").is_dir() {
        println!("skipped are those that need ../shared, which is not there: FER2013, OpenCV's lists and other photos");
    }
    result
}
