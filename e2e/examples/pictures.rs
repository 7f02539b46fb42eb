//! `cargo run -p e2e --example pictures -- FOLDER`: every file of a folder through the page, such as the pictures of a public
//! test suite. It fails if the page gives no answer to one of them, or reads a good photo no more after it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, media, run};

/// Files between two checks that a good photo is read as before.
const GOOD_EVERY: usize = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let folder = std::env::args().nth(1).context("expected a folder, got nothing")?;
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {folder}"))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    files.retain(|file| file.is_file());
    files.sort();
    ensure!(!files.is_empty(), "{folder}: expected files, got none");
    run(BrowserOptions::default(), async move |page, _| {
        page.open_ready().await?;
        let mut refusals: BTreeMap<String, usize> = BTreeMap::new();
        let mut n_read = 0;
        for some in files.chunks(GOOD_EVERY) {
            for file in some {
                let (is_read, words) = page.answer_to(file).await?;
                println!("{words}");
                n_read += usize::from(is_read);
                if !is_read {
                    // Without the file's name.
                    let title = words.split("; ").next().unwrap_or_default().rsplit(": ").next().unwrap_or_default();
                    *refusals.entry(title.to_owned()).or_default() += 1;
                }
            }
            let (is_read, words) = page.answer_to(&media::astronaut_file()).await?;
            ensure!(is_read && words.contains("1 face"), "a good photo after these: {words}");
        }
        println!("{} files: {n_read} read; refused: {refusals:?}", files.len());
        Ok(())
    })
    .await
}
