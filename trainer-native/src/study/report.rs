//! The report: one page that needs nothing beside it, and every table as CSV.

mod confusion;
mod page;
mod plots;
mod schema;
mod tables;

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::Study;
use crate::train::write_whole;

/// Write `index.html` and the tables into the folder `out`.
pub fn write(study: &Study, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    write_whole(&out.join("index.html"), page::render(study)?.into_string().as_bytes())?;
    for (name, csv) in tables::all(study)? {
        write_whole(&out.join(name), csv.as_bytes())?;
    }
    Ok(())
}
