//! Page and command line say the same of the same photo.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, Snapshot, media, reference, run};

/// Both run the same code in f32, but sum in another order: SIMD of 128 bits in the browser, wider natively.
const PROBABILITY_ATOL: f64 = 1e-4;

#[tokio::test]
async fn page_and_command_line_give_the_same_numbers() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let photo = media::astronaut_file();
        page.open_ready().await?;
        for network in ["small", "residual", "unet"] {
            page.choose("network-select", network).await?;
            page.until(network, |shown| shown.is_ready_with(network)).await?;
            let shown = page.pick_and_wait(&photo, [media::ASTRONAUT_SIDE; 2]).await?;
            expect_equal(&shown, &reference::predict(&photo, network)?)?;
        }
        page.expect_quiet_console().await
    })
    .await
}

fn expect_equal(shown: &Snapshot, predicted: &[reference::Predicted]) -> Result<()> {
    let on_page: Vec<_> = shown.faces.iter().map(|face| face.rect).collect();
    let predicted_rects: Vec<_> = predicted.iter().map(reference::Predicted::rect).collect();
    ensure!(on_page == predicted_rects, "boxes: page {on_page:?}, command line {predicted_rects:?}");
    let Some(face) = predicted.first() else { anyhow::bail!("the command line finds no face") };
    for p in &shown.probabilities {
        let expected = face.probability(&p.emotion)?;
        let difference = (p.value - expected).abs();
        ensure!(difference <= PROBABILITY_ATOL, "{}: page {}, command line {expected}", p.emotion, p.value);
    }
    ensure!(shown.probabilities.len() == 7, "expected seven probabilities, got {:?}", shown.probabilities);
    Ok(())
}
