//! `ferrum`: faces and their apparent expressions in photos and videos.

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    cli::run(env::args_os())
}
