//! The memory that the page takes, by Linux's word.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::json;

use crate::Page;

impl Page {
    /// Megabytes that the page holds with its workers, garbage collected: they run in one process, the largest of those that
    /// show pages; the browser keeps another one ready. Memory that several processes share is shared out.
    pub async fn memory_mb(&self) -> Result<f64> {
        self.devtools("HeapProfiler.collectGarbage", json!({})).await?;
        let mut family = vec![std::process::id()];
        let parents: Vec<(u32, u32)> =
            fs::read_dir("/proc")?.filter_map(|entry| parent_of(&entry.ok()?.path())).collect();
        let mut next = 0;
        while let Some(&member) = family.get(next) {
            family.extend(parents.iter().filter(|(_, parent)| *parent == member).map(|(id, _)| *id));
            next += 1;
        }
        let pages = family.iter().filter(|id| shows_pages(**id)).filter_map(|id| proportional_kb(*id));
        let kilobytes = pages.max_by(f64::total_cmp).context("/proc says nothing of the browser's memory")?;
        Ok(kilobytes / 1024.0)
    }
}

/// Told by its command line. Chromium forks such a process from a small one, a zygote, and may leave it the zygote's
/// name.
fn shows_pages(id: u32) -> bool {
    let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    ["--type=renderer", "--type=zygote"].iter().any(|word| line.contains(word))
}

/// A process and its parent: fields 1 and 4 of `stat` (proc(5)), of which the second may hold blanks.
fn parent_of(process: &Path) -> Option<(u32, u32)> {
    let id = process.file_name()?.to_str()?.parse().ok()?;
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
    Some((id, parent))
}

fn proportional_kb(id: u32) -> Option<f64> {
    let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
