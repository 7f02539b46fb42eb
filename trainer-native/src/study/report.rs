//! The report: one page that needs nothing beside it, and every table as CSV.

mod choices;
mod costs;
mod data;
mod figure;
mod look;
mod network;
mod page;
mod results;
mod shares;
mod tables;

use std::{fs, path::Path};

use anyhow::{Context, Result};
use native::write_file;

use super::Study;
use crate::train::remove_files;

/// Write `index.html` and the tables into the folder `out`. Tables of an earlier report there are removed. The inside of
/// the residual network is drawn from its weights, in its run or shipped; without them the page says so.
pub fn write(study: &Study, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let tables = tables::all(study)?;
    let page = page::render(study, super::look::of(study)?.as_ref());
    write_file(&out.join("index.html"), page.into_string().as_bytes())?;
    for (name, csv) in &tables {
        write_file(&out.join(name), csv.as_bytes())?;
    }
    remove_files(out, |name| tables::is_table(name) && tables.iter().all(|(kept, _)| kept != name))
}
