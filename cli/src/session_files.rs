//! The files that are made of a video, or of what was saved of one.

use std::{
    fmt::Write,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use exports::Format;
use native::write_file;
use pipeline::{PoorFramePolicy, Session, SessionSettings};
use sha2::{Digest, Sha256};

use crate::{
    args::ExportArgs,
    destination::{Destinations, FreeNames},
    inputs::Input,
};

/// The files that are to be made of each session.
pub(crate) struct SessionFiles {
    policy: PoorFramePolicy,
    files: Vec<(Format, PathBuf)>,
    folder: Option<FreeNames>,
}

impl SessionFiles {
    /// The files that `args` asks for; every destination is checked. A flag that names a file is for one video or
    /// session.
    pub(crate) fn new(args: &ExportArgs, inputs: &[Input], destinations: &mut Destinations) -> Result<Self> {
        let flags = flags(args);
        let n_sessions = inputs.iter().filter(|input| matches!(input, Input::Video(_) | Input::Session(_))).count();
        if let Some((flag, ..)) = flags.first() {
            match n_sessions {
                0 => bail!("expected a video for {flag}, got photos alone; --json has their faces"),
                1 => {}
                n => bail!("expected one video or session for {flag}, got {n}; --export DIR writes files for each"),
            }
        }
        if args.export.is_some() && n_sessions == 0 {
            bail!("expected a video for --export, got photos alone; --json has their faces");
        }
        flags.iter().try_for_each(|(flag, _, path)| destinations.check_file(flag, path))?;
        args.export.as_deref().map_or(Ok(()), |folder| Destinations::check_folder("--export", folder))?;
        Ok(Self {
            policy: if args.count_poor { PoorFramePolicy::Counted } else { PoorFramePolicy::Separate },
            files: flags.into_iter().map(|(_, format, path)| (format, path.to_owned())).collect(),
            folder: args.export.as_deref().map(|folder| destinations.free_names(folder)).transpose()?,
        })
    }

    /// Whether there is any.
    pub(crate) fn are_wanted(&self) -> bool {
        !self.files.is_empty() || self.folder.is_some()
    }

    /// Write the files of `session`. Returns the ones that were written, and why others could not be.
    pub(crate) fn write(&mut self, session: &Session) -> (Vec<PathBuf>, Option<String>) {
        let source = &session.provenance().file_name;
        let in_folder = self
            .folder
            .iter_mut()
            .flat_map(|names| Format::ALL.map(|format| (format, names.next(&format.file_name(source)))));
        let (mut written, mut errors) = (vec![], String::new());
        for (format, path) in self.files.iter().cloned().chain(in_folder) {
            match write_file(&path, &format.export(session, self.policy)) {
                Ok(()) => written.push(path),
                Err(error) if errors.is_empty() => errors = format!("{error:#}"),
                Err(error) => write!(errors, "; {error:#}").expect("writing to memory does not fail"),
            }
        }
        (written, (!errors.is_empty()).then_some(errors))
    }
}

/// Every flag that names a file, the file's format, and the file.
fn flags(args: &ExportArgs) -> Vec<(&'static str, Format, &Path)> {
    let flags = [
        ("--csv", Format::FramesCsv, &args.csv),
        ("--summary", Format::SummaryCsv, &args.summary),
        ("--session", Format::Session, &args.session),
        ("--vtt", Format::WebVtt, &args.vtt),
        ("--eaf", Format::Eaf, &args.eaf),
        ("--timeline", Format::TimelineSvg, &args.timeline),
        ("--shares", Format::SummarySvg, &args.shares),
    ];
    flags.into_iter().filter_map(|(flag, format, path)| Some((flag, format, path.as_deref()?))).collect()
}

/// The session that was saved in the file `path`.
pub(crate) fn open(path: &Path) -> Result<Session> {
    let json = fs::read(path).context("cannot read it")?;
    Ok(Session::from_json(&json, SessionSettings::default())?)
}

/// SHA-256 of a file of any size, hexadecimal.
pub(crate) fn file_sha256(path: &Path) -> Result<String> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path).context("cannot read it")?;
    io::copy(&mut file, &mut HashWriter(&mut hasher)).context("cannot read it")?;
    Ok(hasher.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")))
}

/// Hashes what is written to it.
struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_hashed_in_parts_as_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for n_bytes in [0, 3, 100_000] {
            let bytes: Vec<u8> = (0..n_bytes).map(|i: u32| i as u8).collect();
            fs::write(&path, &bytes).unwrap();
            assert_eq!(file_sha256(&path).unwrap(), model_core::sha256_hex(&bytes));
        }
        assert!(file_sha256(folder.path()).is_err());
    }
}
