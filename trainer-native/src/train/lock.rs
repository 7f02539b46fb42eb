//! One training at a time in the folder of a run.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use anyhow::{Context, Result, bail};

/// File in a run's folder that is locked while it trains. It stays: a lock on a removed file would hold nobody off.
const LOCK: &str = "lock";

/// The folder of a run is one's own until this is dropped, or the process ends in whatever way.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Lock the folder `run`.
    pub(super) fn take(run: &Path) -> Result<Self> {
        let path = run.join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => bail!("another training is under way in {}", run.display()),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_locked_until_its_lock_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        let error = Lock::take(folder.path()).err().unwrap().to_string();
        assert!(error.starts_with("another training is under way in "), "{error}");
        drop(lock);
        Lock::take(folder.path()).unwrap();
    }
}
