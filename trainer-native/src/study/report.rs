//! The report: one page that needs nothing beside it, and every table as CSV.

mod choices;
mod costs;
mod data;
mod figure;
mod look;
mod network;
mod page;
mod results;
mod schema;
mod shares;
mod tables;

use std::{fs, path::Path};

use anyhow::{Context, Result};
use model_core::Architecture;

use super::Study;
use crate::train::{remove_files, write_whole};

/// The network that is looked into and that labels the video.
const SHOWN: Architecture = Architecture::Residual;

/// Write `index.html` and the tables into the folder `out`. Tables of an earlier report there are removed.
pub fn write(study: &Study, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let tables = tables::all(study)?;
    write_whole(&out.join("index.html"), page::render(study)?.into_string().as_bytes())?;
    for (name, csv) in &tables {
        write_whole(&out.join(name), csv.as_bytes())?;
    }
    remove_files(out, |name| tables::is_table(name) && tables.iter().all(|(kept, _)| kept != name))
}
