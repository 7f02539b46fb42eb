//! Photos: one face, several, none; picked, dropped, pasted; seen with the keyboard alone.

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, Page, Snapshot, media, run};
use thirtyfour::Key;

use crate::EMOTIONS;

const ASTRONAUT: [u32; 2] = [media::ASTRONAUT_SIDE, media::ASTRONAUT_SIDE];

#[tokio::test]
async fn one_face_gets_one_box_and_one_label() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        let shown = page.pick_and_wait(&media::astronaut_file(), ASTRONAUT).await?;
        page.screenshot("one-face").await?;
        ensure!(shown.faces.len() == 1, "expected one face, got {:?}", shown.faces);
        let face = &shown.faces[0];
        ensure!(face.iou(media::ASTRONAUT_FACE) >= 0.6, "expected {:?}, got {face:?}", media::ASTRONAUT_FACE);
        ensure!(EMOTIONS.contains(&face.label.as_str()), "unknown label {:?}", face.label);
        expect_distribution(&shown)?;
        page.expect_quiet_console().await
    })
    .await
}

/// Seven labels in canonical order, probabilities that sum to 1, and the selected face's own among them.
fn expect_distribution(shown: &Snapshot) -> Result<()> {
    let names: Vec<_> = shown.probabilities.iter().map(|p| p.emotion.as_str()).collect();
    let sum: f64 = shown.probabilities.iter().map(|p| p.value).sum();
    let top = shown.probabilities.iter().max_by(|a, b| a.value.total_cmp(&b.value));
    let face = shown.faces.iter().find(|face| face.selected);
    ensure!(names == EMOTIONS, "expected {EMOTIONS:?}, got {names:?}");
    ensure!((sum - 1.0).abs() < 1e-5, "probabilities sum to {sum}");
    let stated = face.map(|face| (face.label.as_str(), face.confidence));
    ensure!(top.map(|top| (top.emotion.as_str(), top.value)) == stated, "expected {stated:?} on top, got {top:?}");
    Ok(())
}

/// A text in a mirrored photo could not be read.
#[tokio::test]
async fn a_photo_is_not_mirrored() -> Result<()> {
    const LEFT: &str = "const canvas = document.querySelector('[data-testid=\"overlay\"]');
        const { data } = canvas.getContext('2d').getImageData(canvas.width / 4, canvas.height / 2, 1, 1);
        return [...data.slice(0, 3)];";
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        page.open_ready().await?;
        page.pick_and_wait(&media::red_and_blue(folder.path())?, media::TEXTURE_SIZE).await?;
        let left: [u8; 3] = page.ask(LEFT).await?;
        ensure!(left == media::RED, "the left half is {left:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn several_faces_are_selected_with_the_keyboard() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        page.open_ready().await?;
        let shown = page.pick_and_wait(&media::mosaic(folder.path(), 2, 2)?, ASTRONAUT.map(|side| 2 * side)).await?;
        ensure!(shown.faces.len() >= 3, "expected three faces or more, got {:?}", shown.faces);
        // The face that was found first stays selected, whichever number it has now.
        let other = (shown.selected().context("no face is selected")? + 1) % shown.faces.len();
        tab_to_face(&page, other).await?;
        page.press(Key::Enter).await?;
        let shown = page.until("another face selected", |shown| shown.selected() == Some(other)).await?;
        page.screenshot("several-faces").await?;
        expect_distribution(&shown)?;
        page.expect_quiet_console().await
    })
    .await
}

/// The number in the list is that on the picture; who is pointed at in one of them is lit in the other, too.
#[tokio::test]
async fn list_and_picture_say_who_is_who() -> Result<()> {
    const POINTED: &str = "const rows = [...document.querySelectorAll('[data-testid=\"face-row\"]')];
        const canvas = document.querySelector('[data-testid=\"overlay\"]');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const painted = data.reduce((hash, level) => (hash * 31 + level) % 1000003, 7);
        return [rows.findIndex((row) => row.dataset.pointed === 'true'), painted];";
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let size = ASTRONAUT.map(|side| 2 * side);
        page.open_ready().await?;
        let shown = page.pick_and_wait(&media::mosaic(folder.path(), 2, 2)?, size).await?;
        let half = f64::from(media::ASTRONAUT_SIDE);
        // A patch of a helmet may be taken for a face, and is none of the four that smile.
        let smiling = shown.faces.iter().filter(|face| face.label == "happy");
        let quarters: Vec<_> = smiling.map(|face| (face.rect[1] > half, face.rect[0] > half)).collect();
        ensure!(quarters.is_sorted() && quarters.len() >= 4, "numbered as text is read: {quarters:?}");
        let is_unsure_or_happy = shown.faces.iter().all(|face| face.label == "happy" || !face.sure);
        ensure!(is_unsure_or_happy, "a patch of a helmet has a sure label: {:?}", shown.faces);
        let (_, unlit): (i64, u32) = page.ask(POINTED).await?;
        tab_to_face(&page, 3).await?;
        page.until_answer("lit by the keyboard", POINTED, |(row, painted): &(i64, u32)| *row == 3 && *painted != unlit)
            .await?;
        page.screenshot("lit").await?;
        page.hover(shown.faces[1].rect, size).await?;
        page.until_answer("lit by the pointer", POINTED, |(row, painted): &(i64, u32)| *row == 1 && *painted != unlit)
            .await?;
        page.expect_quiet_console().await
    })
    .await
}

/// Labels of a crowd lie on no other; the picture is for people to look at, a narrow one too.
#[tokio::test]
async fn a_crowd_stays_readable() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let crowd = media::mosaic(folder.path(), 6, 5)?;
        for width in [1280, 360] {
            page.resize(width, 900).await?;
            page.open_ready().await?;
            page.pick(&crowd).await?;
            let is_all = |shown: &Snapshot| shown.faces.len() >= 25 && shown.analysis_size.is_some();
            let shown = page.until("a crowd", is_all).await?;
            let other = (shown.selected().context("no face is selected")? + 7) % shown.faces.len();
            page.screenshot(&format!("crowd-{width}")).await?;
            page.select_face(other).await?;
            page.until("another face selected", |shown| shown.selected() == Some(other)).await?;
            page.screenshot(&format!("crowd-{width}-other")).await?;
        }
        page.expect_quiet_console().await
    })
    .await
}

/// Presses Tab until the row of that face has the focus, as a person without a mouse does.
async fn tab_to_face(page: &Page, face_idx: usize) -> Result<()> {
    const FOCUSED: &str = "const rows = [...document.querySelectorAll('[data-testid=\"face-row\"]')];
        return rows.indexOf(document.activeElement);";
    for _ in 0..60 {
        if page.ask::<i64>(FOCUSED).await? == face_idx as i64 {
            return Ok(());
        }
        page.press(Key::Tab).await?;
    }
    anyhow::bail!("60 times Tab never reached face {face_idx}")
}

#[tokio::test]
async fn a_photo_without_a_face_says_so() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        page.open_ready().await?;
        let shown = page.pick_and_wait(&media::texture(folder.path())?, media::TEXTURE_SIZE).await?;
        page.screenshot("no-face").await?;
        ensure!(shown.says_no_face(), "expected no face, got {shown:#?}");
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn photos_and_videos_are_dropped_and_pasted() -> Result<()> {
    /// Takes the page's own sample as if it came from another program.
    const CARRIED: &str = "const answer = await fetch('samples/SAMPLE');
        const carried = new DataTransfer();
        carried.items.add(new File([await answer.blob()], 'NAME', { type: 'TYPE' }));";
    const DROP: &str = "const zone = document.querySelector('[data-testid=\"drop-zone\"]');
        for (const type of ['dragenter', 'dragover', 'drop'])
            zone.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));";
    const PASTE: &str = "document.body.dispatchEvent(
            new ClipboardEvent('paste', { clipboardData: carried, bubbles: true, cancelable: true }));";
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        let carry = async |sample: &str, name: &str, media_type: &str, deed: &str| {
            let carried = CARRIED.replace("SAMPLE", sample).replace("NAME", name).replace("TYPE", media_type);
            page.ask::<bool>(&format!("return (async () => {{ {carried} {deed} return true; }})();")).await
        };
        for (name, deed) in [("dropped.png", DROP), ("pasted.png", PASTE)] {
            carry("astronaut.png", name, "image/png", deed).await?;
            page.until(name, |shown| shown.status.contains(name) && shown.faces.len() == 1).await?;
        }
        for (name, deed) in [("dropped.mp4", DROP), ("pasted.mp4", PASTE)] {
            carry("portraits.mp4", name, "video/mp4", deed).await?;
            page.until(name, |shown| shown.status.contains(name) && !shown.faces.is_empty()).await?;
        }
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn the_sample_needs_no_file() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        page.click("sample").await?;
        let shown = page.until("the sample", |shown| shown.has_read(ASTRONAUT)).await?;
        ensure!(shown.faces.len() == 1, "expected one face, got {:?}", shown.faces);
        Ok(())
    })
    .await
}
