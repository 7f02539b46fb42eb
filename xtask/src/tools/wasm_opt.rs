//! `wasm-opt`, which makes the page's wasm smaller and faster after the compiler.

use super::Optimiser;
use crate::workspace::{Workspace, output, run};

/// npm's build of Binaryen. Debian 12's (108) cannot read what today's rustc writes.
const BINARYEN: &str = "binaryen@132.0.0";

/// The oldest release known to read the page's wasm.
const OLDEST: u32 = 120;

pub(crate) fn ensure(workspace: &Workspace) -> Optimiser {
    if is_fitting(workspace) {
        return Optimiser::WasmOpt;
    }
    if output(workspace.command("npm").arg("--version")).is_none() {
        println!("There is neither wasm-opt {OLDEST} or newer nor npm to bring it: the page will work, and be larger");
        return Optimiser::None;
    }
    println!("Installing {BINARYEN} into target/tools …");
    let mut install = workspace.command("npm");
    install.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]);
    install.arg(workspace.tools()).arg(BINARYEN);
    match run(&mut install) {
        Ok(()) if is_fitting(workspace) => Optimiser::WasmOpt,
        Ok(()) => {
            println!("{BINARYEN} does not run here: the page will work, and be larger");
            Optimiser::None
        }
        Err(error) => {
            println!("{error:#}: the page will work, and be larger");
            Optimiser::None
        }
    }
}

fn is_fitting(workspace: &Workspace) -> bool {
    let text = output(workspace.command("wasm-opt").arg("--version"));
    text.as_deref().and_then(release).is_some_and(|release| release >= OLDEST)
}

/// The release in `wasm-opt version 132 (version_132)`.
fn release(text: &str) -> Option<u32> {
    text.strip_prefix("wasm-opt version ")?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_releases() {
        let cases = [
            ("wasm-opt version 132 (version_132)\n", Some(132)),
            ("wasm-opt version 108\n", Some(108)),
            ("wasm-opt 132", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(release(text), expected, "{text:?}");
        }
    }
}
