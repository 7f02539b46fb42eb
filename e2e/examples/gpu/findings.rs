//! What the parts found, and how long they may take.

use std::{fmt, fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

/// Time for all parts together.
const WHOLE: Duration = Duration::from_mins(8);
/// Time for one of them: one that hangs leaves time for the others.
const PART: Duration = Duration::from_mins(2);

/// An error that says why a part cannot be done on this machine, which is no fault.
#[derive(Debug)]
pub(crate) struct Skipped(pub String);

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Skipped {}

/// The findings so far.
pub(crate) struct Findings {
    file: PathBuf,
    start: Instant,
    parts: Vec<Value>,
    n_failed: usize,
}

impl Findings {
    /// None yet; they will be kept in `file`.
    pub(crate) fn new(file: PathBuf) -> Self {
        Self { file, start: Instant::now(), parts: vec![], n_failed: 0 }
    }

    /// Waits for a part, and writes what all have found so far; its figures, if it has some.
    pub(crate) async fn part(
        &mut self,
        name: &str,
        measured: impl Future<Output = Result<Value>>,
    ) -> Result<Option<Value>> {
        let start = Instant::now();
        let limit = PART.min(WHOLE.saturating_sub(self.start.elapsed()));
        let too_long = |_| Err(anyhow!("took longer than the {} s that were left for it", limit.as_secs()));
        let found = timeout(limit, measured).await.unwrap_or_else(too_long);
        let (key, value) = match &found {
            Ok(figures) => ("figures", figures.clone()),
            Err(error) if error.is::<Skipped>() => ("skipped", json!(error.to_string())),
            Err(error) => ("error", json!(format!("{error:#}"))),
        };
        self.n_failed += usize::from(key == "error");
        println!("{name}: {key}: {value}");
        self.parts.push(json!({ "name": name, "secs": start.elapsed().as_secs_f64(), key: value }));
        let all = json!({ "secs": self.start.elapsed().as_secs_f64(), "parts": self.parts });
        fs::write(&self.file, format!("{all:#}\n")).with_context(|| format!("cannot write {}", self.file.display()))?;
        Ok(found.ok())
    }

    /// Says where the findings are; fails if a part has.
    pub(crate) fn finish(self) -> Result<()> {
        let Self { file, parts, n_failed, start } = self;
        println!("{} after {:.0} s", file.display(), start.elapsed().as_secs_f64());
        ensure!(n_failed == 0, "{n_failed} of {} parts failed", parts.len());
        Ok(())
    }
}
