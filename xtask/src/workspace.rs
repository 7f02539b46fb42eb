//! Where the workspace is, and how a program is started in it.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The checked-out tree that cargo runs this program for.
pub(crate) struct Workspace {
    root: PathBuf,
    /// Whether nothing is compiled a second time, so that what would make that faster only costs.
    is_compiled_once: bool,
}

impl Workspace {
    /// By what cargo says when it runs this program: when it was compiled, the tree may have lain elsewhere.
    pub(crate) fn here() -> Result<Self> {
        let own = env::var_os("CARGO_MANIFEST_DIR").context("start this program by `cargo xtask`")?;
        let root = Path::new(&own).parent().context("xtask lies one level below the root")?;
        Ok(Self { root: root.to_path_buf(), is_compiled_once: false })
    }

    /// The tree as a machine sees it that checks it once.
    pub(crate) fn compiled_once(&self) -> Self {
        Self { root: self.root.clone(), is_compiled_once: true }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Folder of the tools that were installed for this tree alone.
    pub(crate) fn tools(&self) -> PathBuf {
        self.path("target/tools")
    }

    /// A command that runs in the root, with the tree's own tools before those of the machine.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", self.search_path()).stdin(Stdio::null());
        if self.is_compiled_once {
            command.env("CARGO_INCREMENTAL", "0");
        }
        command
    }

    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        // The cargo that runs this program, so that both use one toolchain.
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(args);
        command
    }

    fn search_path(&self) -> std::ffi::OsString {
        let own = [self.tools().join("bin"), self.tools().join("node_modules/.bin")];
        let inherited = env::var_os("PATH").unwrap_or_default();
        env::join_paths(own.into_iter().chain(env::split_paths(&inherited))).unwrap_or(inherited)
    }
}

/// Runs `command`, which may print as it likes; fails if it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// Standard output of `command`, or `None` if it cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `command` as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_tools_come_first_on_the_path() {
        let workspace = Workspace::here().expect("cargo runs the tests");
        let first = env::split_paths(&workspace.search_path()).next();
        assert_eq!(first, Some(workspace.path("target/tools/bin")));
    }

    #[test]
    fn failures_name_the_command() {
        let workspace = Workspace::here().expect("cargo runs the tests");
        let failed = run(workspace.cargo(&["no-such-command"]).stderr(Stdio::null())).expect_err("unknown to cargo");
        assert!(failed.to_string().starts_with("cargo no-such-command ended with"), "{failed}");
        let missing = run(&mut workspace.command("no-such-program")).expect_err("not on this machine");
        assert_eq!(missing.to_string(), "cannot start no-such-program");
        assert_eq!(output(&mut workspace.command("no-such-program")), None);
    }
}
