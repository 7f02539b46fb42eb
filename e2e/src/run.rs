//! A test: server, browser and page around its body, and a picture when it fails.

use std::future::Future;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;

use anyhow::Result;
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::sync::RwLock;

use crate::{Browser, BrowserOptions, Camera, Page, PageServer, media::camera_video};

/// A path in the workspace, which cargo names when it runs the tests: when they were compiled, it may have lain
/// elsewhere.
pub fn folder(relative: &str) -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&own).join("..").join(relative)
}

/// Held to read by tests that may run beside others, to write by those that measure time.
static RUNNING: RwLock<()> = RwLock::const_new(());

/// Runs `body` on a page that has not been opened yet. Its pictures are named for the test. The browser is closed in
/// every case.
pub async fn run<F, T>(options: BrowserOptions, body: F) -> Result<T>
where
    F: AsyncFnOnce(Page, PageServer) -> Result<T>,
    F: 'static,
    T: 'static,
{
    run_in(&folder("dist"), options, body).await
}

/// As [`run`], with the page in another folder than `dist/`.
pub async fn run_in<F, T>(site: &Path, options: BrowserOptions, body: F) -> Result<T>
where
    F: AsyncFnOnce(Page, PageServer) -> Result<T>,
    F: 'static,
    T: 'static,
{
    let _running = RUNNING.read().await;
    run_now(site, options, body).await
}

/// As [`run`], while no other test of the program has a browser: for what is measured in milliseconds.
pub async fn run_alone<F, T>(options: BrowserOptions, body: F) -> Result<T>
where
    F: AsyncFnOnce(Page, PageServer) -> Result<T>,
    F: 'static,
    T: 'static,
{
    let _running = RUNNING.write().await;
    run_now(&folder("dist"), options, body).await
}

/// A test with a name that needs something.
pub type NamedTest = (&'static str, TestBody);

type TestBody = fn() -> Pin<Box<dyn Future<Output = Result<()>>>>;

/// Runs tests as the usual harness does, but that those which need what `is_missing` are skipped and counted so: `need`
/// says what that is.
pub fn run_all<const N: usize>(tests: [NamedTest; N], need: &str, is_missing: bool) -> ExitCode {
    let trial = |(name, test): NamedTest| {
        let trial = Trial::test(name, move || in_thread(name, test));
        trial.with_kind(need).with_ignored_flag(is_missing)
    };
    libtest_mimic::run(&Arguments::from_args(), tests.into_iter().map(trial).collect()).exit_code()
}

/// Pictures of the page are named for the thread.
fn in_thread(name: &str, test: TestBody) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let thread = std::thread::Builder::new().name(name.into()).spawn(move || runtime.block_on(test()))?;
    thread.join().map_err(|_| "panicked")?.map_err(|error| format!("{error:?}").into())
}

async fn run_now<F, T>(site: &Path, options: BrowserOptions, body: F) -> Result<T>
where
    F: AsyncFnOnce(Page, PageServer) -> Result<T>,
    F: 'static,
    T: 'static,
{
    let server = PageServer::start(site).await?;
    let browser = Browser::start(&options).await?;
    let page = Page::new(browser.driver().clone(), server.origin(), &test_name());
    // A panic in the body must neither leave the browser behind nor cost the picture.
    let body = tokio::task::LocalSet::new().run_until(caught(body(page.clone(), server))).await;
    if !matches!(body, Ok(Ok(_))) {
        page.screenshot_best_effort("failed").await;
    }
    browser.quit().await?;
    body.unwrap_or_else(|panic| resume_unwind(panic))
}

/// As [`run`], with a camera that shows [`camera_video`].
pub async fn run_with_camera<F, T>(body: F) -> Result<T>
where
    F: AsyncFnOnce(Page, PageServer) -> Result<T>,
    F: 'static,
    T: 'static,
{
    let folder = tempfile::tempdir()?;
    let camera = Camera::Video(camera_video(folder.path())?);
    run(BrowserOptions { camera, ..BrowserOptions::default() }, body).await
}

/// The name of the running test, for files; the test runner names its threads so.
fn test_name() -> String {
    std::thread::current().name().unwrap_or("page").replace("::", "-")
}

async fn caught<T: 'static>(body: impl Future<Output = Result<T>> + 'static) -> std::thread::Result<Result<T>> {
    match tokio::task::spawn_local(body).await {
        Ok(result) => Ok(result),
        Err(error) => Err(error.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_know_their_name() {
        assert_eq!(test_name(), "run-tests-tests_know_their_name");
    }

    #[tokio::test]
    async fn a_panic_is_caught_and_a_result_passed_on() {
        let local = tokio::task::LocalSet::new();
        let panicked = local.run_until(caught::<u8>(async { panic!("on purpose") })).await;
        assert!(panicked.is_err());
        let passed = local.run_until(caught(async { Ok(7) })).await;
        assert_eq!(passed.expect("no panic").expect("no error"), 7);
    }
}
