//! Page and command line say the same of the same photo.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, Page, Snapshot, media, reference, run};

/// Both run the same code in f32, but sum in another order: SIMD of 128 bits in the browser, wider natively.
const PROBABILITY_ATOL: f64 = 1e-4;

/// The detector computes in f32, too; pixels.
const BOX_ATOL: f64 = 0.05;

/// Longer side of the largest picture that is analysed: `DecodeLimits` of `vision`.
const MAX_SIDE: u32 = 2560;

#[tokio::test]
async fn page_and_command_line_give_the_same_numbers() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        // Large enough to be scaled down.
        let mosaic = media::mosaic(folder.path(), 6, 6)?;
        page.open_ready().await?;
        for network in crate::NETWORKS {
            page.choose("network-select", network).await?;
            page.until(network, |shown| shown.is_ready_with(network)).await?;
            compare(&page, network, &media::astronaut_file(), media::ASTRONAUT_SIDE, 1).await?;
            compare(&page, network, &mosaic, MAX_SIDE, 36).await?;
        }
        page.expect_quiet_console().await
    })
    .await
}

/// Compares every face of a photo that is analysed as a square of `side` pixels and shows `n_faces` or more.
async fn compare(page: &Page, network: &str, photo: &Path, side: u32, n_faces: usize) -> Result<()> {
    let shown = page.pick_and_wait(photo, [side; 2]).await?;
    let predicted = reference::predict(photo, network)?;
    let on_page: Vec<_> = shown.faces.iter().map(|face| face.rect).collect();
    let predicted_rects: Vec<_> = predicted.iter().map(reference::Predicted::rect).collect();
    ensure!(shown.was_read_with(network), "expected {network}, read by {:?}", shown.read_by);
    ensure!(on_page.len() == predicted.len(), "boxes: page {on_page:?}, command line {predicted_rects:?}");
    ensure!(predicted.len() >= n_faces, "expected {n_faces} faces or more, got {predicted_rects:?}");
    for face in &predicted {
        // Faces that are equally sure may come in another order.
        let same = shown.faces.iter().position(|seen| seen.is_at(face.rect(), BOX_ATOL));
        let face_idx = same.with_context(|| format!("{face:?} is not among {on_page:?}"))?;
        page.select_face(face_idx).await?;
        let shown = page.until("the face selected", |shown| shown.selected() == Some(face_idx)).await?;
        expect_equal(&shown, face)?;
    }
    Ok(())
}

fn expect_equal(shown: &Snapshot, predicted: &reference::Predicted) -> Result<()> {
    for p in &shown.probabilities {
        let expected = predicted.probability(&p.emotion)?;
        let difference = (p.value - expected).abs();
        ensure!(difference <= PROBABILITY_ATOL, "{}: page {}, command line {expected}", p.emotion, p.value);
    }
    ensure!(shown.probabilities.len() == 7, "expected seven probabilities, got {:?}", shown.probabilities);
    ensure!(shown.votes.len() == predicted.n_votes(), "got {:?}", shown.votes);
    for vote in &shown.votes {
        let expected = 10.0 * predicted.vote(&vote.vote)?;
        let difference = (vote.value - expected).abs();
        ensure!(difference <= 10.0 * PROBABILITY_ATOL, "{}: page {}, command line {expected}", vote.vote, vote.value);
    }
    let face = shown.selected().map(|face_idx| &shown.faces[face_idx]);
    ensure!(face.is_some_and(|face| face.sure == predicted.is_sure), "page {face:?}, command line {predicted:?}");
    Ok(())
}
