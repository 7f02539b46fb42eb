//! Photos that may be read but not shipped, in the page. Without `../shared`, where they lie, this is skipped.

use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, folder, run};
use libtest_mimic::{Arguments, Failed, Trial};

const NAME: &str = "photos_without_a_face_say_so";

const PHOTOS: [&str; 2] = ["skimage_coffee.png", "skimage_brick.png"];

fn main() -> ExitCode {
    let is_missing = !PHOTOS.iter().all(|name| folder(NEGATIVES).join(name).is_file());
    let test = Trial::test(NAME, in_thread).with_kind("needs ../shared").with_ignored_flag(is_missing);
    libtest_mimic::run(&Arguments::from_args(), vec![test]).exit_code()
}

/// Pictures of the page are named for the thread.
fn in_thread() -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let thread =
        thread::Builder::new().name(NAME.into()).spawn(move || runtime.block_on(photos_without_a_face_say_so()))?;
    thread.join().map_err(|_| "panicked")?.map_err(|error| format!("{error:?}").into())
}

const NEGATIVES: &str = "../shared/media/negatives";

async fn photos_without_a_face_say_so() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        for name in PHOTOS {
            let file = folder(NEGATIVES).join(name);
            let size = image::image_dimensions(&file).with_context(|| format!("{name} is no picture"))?.into();
            let shown = page.pick_and_wait(&file, size).await?;
            ensure!(shown.says_no_face(), "{name}: expected no face, got {shown:#?}");
        }
        page.expect_quiet_console().await
    })
    .await
}
