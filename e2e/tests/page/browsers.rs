//! Browsers that lack, forbid or change something, and the hosts that the page lies on.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, Fault, Page, Snapshot, media, run};

const SIZE: [u32; 2] = [media::ASTRONAUT_SIDE; 2];

/// Reads the portrait, without a word in the console.
async fn expect_one_face(page: &Page) -> Result<()> {
    let shown = page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
    ensure!(shown.faces.len() == 1, "{shown:#?}");
    page.expect_quiet_console().await
}

/// Wait for `words` on the page, whose program may not run.
async fn until_text(page: &Page, words: &str) -> Result<()> {
    page.until_answer(words, "return document.body?.innerText ?? null", |text: &String| text.contains(words)).await?;
    page.screenshot("told").await.map(drop)
}

#[tokio::test]
async fn without_webassembly_or_its_simd_the_page_says_so() -> Result<()> {
    const WITHOUT_SIMD: &str = "WebAssembly.validate = () => false;
        for (const way of ['compile', 'compileStreaming', 'instantiate', 'instantiateStreaming'])
            WebAssembly[way] = () => Promise.reject(new WebAssembly.CompileError('SIMD'));";
    let cases =
        [("delete window.WebAssembly", "WebAssembly is switched off"), (WITHOUT_SIMD, "not its SIMD instructions")];
    for (script, words) in cases {
        run(BrowserOptions::default(), async move |page, _| {
            page.before_load(script).await?;
            page.open().await?;
            until_text(&page, words).await
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn without_workers_the_page_says_so() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.before_load("delete window.Worker").await?;
        page.open().await?;
        page.until("a problem", |shown| shown.has_problem(&["engine", "Worker"])).await?;
        page.screenshot("told").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn without_storage_the_page_works() -> Result<()> {
    const FORBID: &str = "Object.defineProperty(window, 'localStorage', {
        get() { throw new DOMException('Access is denied for this document', 'SecurityError'); } });";
    run(BrowserOptions::default(), async |page, _| {
        page.before_load(FORBID).await?;
        page.open_ready().await?;
        page.choose("network-select", "small").await?;
        page.until("the small network", |shown| shown.is_ready_with("small")).await?;
        expect_one_face(&page).await
    })
    .await
}

/// A translating browser moves each text that may be translated into elements of its own.
#[tokio::test]
async fn a_translated_page_lives_on() -> Result<()> {
    const TRANSLATE: &str = "const texts = [];
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) texts.push(walker.currentNode);
        for (const text of texts) {
            const { parentElement: parent } = text;
            if (!parent.translate || !text.data.trim()) continue;
            const font = document.createElement('font');
            text.replaceWith(font);
            font.append(Object.assign(document.createElement('font'), { textContent: `${text.data}¡` }));
        }
        return document.querySelectorAll('font').length;";
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        page.ask::<u32>(TRANSLATE).await?;
        page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        page.ask::<u32>(TRANSLATE).await?;
        page.choose("network-select", "small").await?;
        page.until("read again", |shown| shown.read_by.as_ref().is_some_and(|by| by.network == "small")).await?;
        page.ask::<bool>("location.hash = '#about'; return true;").await?;
        page.until_answer("the page about it", "return document.querySelector('.about') && true", |_: &bool| true)
            .await?;
        let n_translated: u32 = page.ask(TRANSLATE).await?;
        ensure!(n_translated > 5, "what never changes may be translated; {n_translated} texts were");
        page.ask::<bool>("location.hash = ''; return true;").await?;
        page.until_answer("the work", "return document.querySelector('.about') ? null : true", |_: &bool| true).await?;
        page.ask::<u32>(TRANSLATE).await?;
        page.show_videos().await?;
        page.find("sample-video").await?;
        expect_one_face(&page).await
    })
    .await
}

#[tokio::test]
async fn back_and_forward_leave_a_page_that_works() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        page.leave().await?;
        page.back().await?;
        page.until("ready", Snapshot::is_ready).await?;
        expect_one_face(&page).await
    })
    .await
}

/// As on GitHub Pages, with everything in a folder.
#[tokio::test]
async fn the_page_works_in_a_folder_of_a_host() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        server.serve_below("/ferrum");
        page.open_at(&format!("{}/ferrum/", page.origin())).await?;
        page.until("ready", Snapshot::is_ready).await?;
        expect_one_face(&page).await
    })
    .await
}

/// Hosts of single-page programs do that: with the files of an older version gone, they answer with HTML.
#[tokio::test]
async fn a_host_that_answers_html_for_missing_files_is_told() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        server.inject("models/ferrum.bpk", Fault::WebPage);
        page.open().await?;
        page.until("a problem", |shown| shown.has_problem(&["ferrum.bpk", "got a web page", "Publish the page"]))
            .await?;
        page.screenshot("html").await?;
        server.repair();
        page.click("retry").await?;
        page.until("ready", Snapshot::is_ready).await?;
        Ok(())
    })
    .await
}

/// The foot of the page counts the requests that the server had.
#[tokio::test]
async fn requests_since_load_are_counted() -> Result<()> {
    const COUNTED: &str = "const counted = document.querySelector('[data-testid=\"requests\"]');
        return counted ? Number(counted.dataset.count) : null;";
    run(BrowserOptions::default(), async |page, server| {
        page.before_load(media::WORKERS_TO_END).await?;
        page.open_ready().await?;
        page.until_answer("a count", COUNTED, |&counted: &usize| counted == 0).await?;
        let before = server.requests().len();
        page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        let asked: Vec<_> = server.requests().split_off(before);
        ensure!(asked.iter().all(|path| path.contains("blazeface-full")), "a photo asks for {asked:?}");
        page.until_answer("what was asked for", COUNTED, |&counted: &usize| counted == asked.len()).await?;
        let folder = tempfile::tempdir()?;
        page.pick_and_wait(&media::texture(folder.path())?, media::TEXTURE_SIZE).await?;
        page.frames(5).await?;
        ensure!(server.requests().len() == before + asked.len(), "a second photo asks for something");
        page.screenshot("counted").await?;
        let lacks: String = page.ask("return document.documentElement.dataset.lacks").await?;
        ensure!(lacks.is_empty(), "this browser lacks {lacks}, says the page");
        let shown: String = page.ask("return document.querySelector('[data-testid=\"requests\"]').innerText").await?;
        ensure!(shown == format!("Requests since load: {}, for files of this page", asked.len()), "{shown}");
        // A worker that has to be started again loads its program by itself.
        page.ask::<bool>("return window.endWorker()").await?;
        page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        let asked = server.requests().split_off(before);
        ensure!(asked.iter().any(|path| path.ends_with("worker_bg.wasm")), "it was not started again: {asked:?}");
        page.until_answer("what the worker asked for", COUNTED, |&counted: &usize| counted == asked.len()).await?;
        Ok(())
    })
    .await
}
