//! Photos that may be read but not shipped, in the page. Without `../shared`, where they lie, this is skipped.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, NamedTest, folder, media, run, run_all};

const NEGATIVES: &str = "../shared/media/negatives";

const PHOTOS: [&str; 2] = ["skimage_coffee.png", "skimage_brick.png"];

/// Files that people reported to programs like this one.
const CASES: &str = "../shared/cases";

fn main() -> ExitCode {
    let is_missing =
        !PHOTOS.iter().all(|name| folder(NEGATIVES).join(name).is_file()) || !folder(CASES).join("CASES.md").is_file();
    let tests: [NamedTest; 2] = [
        ("photos_without_a_face_say_so", || Box::pin(photos_without_a_face_say_so())),
        ("photos_that_people_report_are_read_or_refused_with_a_word", || {
            Box::pin(photos_that_people_report_are_read_or_refused_with_a_word())
        }),
    ];
    run_all(tests, "needs ../shared", is_missing)
}

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

/// Files that Chromium does not decode, that are too large, or cut short.
const REFUSED: [&str; 6] = [
    "hopper.heif",
    "sharp_65536-uint32-limit.png",
    "sharp_giant-image.jpg",
    "torchcodec_gradient_rotated.heic",
    "ultrahdr.jpg",
    "zune_incomplete_image.jpg",
];

async fn photos_that_people_report_are_read_or_refused_with_a_word() -> Result<()> {
    let mut photos: Vec<PathBuf> =
        fs::read_dir(folder(CASES))?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    let endings = ["avif", "gif", "heic", "heif", "ico", "jpg", "mpo", "png", "webp"];
    photos.retain(|file| file.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known)));
    photos.sort();
    ensure!(photos.len() > 40, "{} photos in {CASES}", photos.len());
    run(BrowserOptions::default(), async move |page, _| {
        page.open_ready().await?;
        for file in &photos {
            let (is_read, words) = page.answer_to(file).await?;
            let is_refused = REFUSED.iter().any(|name| file.ends_with(name));
            ensure!(is_read != is_refused, "{}: {words}", file.display());
        }
        // After all of them it reads as before.
        let shown = page.pick_and_wait(&media::astronaut_file(), [media::ASTRONAUT_SIDE; 2]).await?;
        ensure!(shown.faces.len() == 1 && shown.problems.is_empty(), "{shown:#?}");
        Ok(())
    })
    .await
}
