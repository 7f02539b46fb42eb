//! The page in its browser: opened, used and read by `data-testid`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::{By, TypingData, WebDriver, WebElement, WindowHandle};
use tokio::time::{Instant, sleep};

use crate::folder;
use crate::snapshot::{SNAPSHOT, Snapshot};

/// How long a person would wait before giving up; a guard against tests that hang, not a goal.
const PATIENCE: Duration = Duration::from_mins(2);

const POLL_PAUSE: Duration = Duration::from_millis(50);

/// Clicks at most to reach an element: a drawer is closed, a mode is changed.
const MOST_STEPS: usize = 2;

fn element(id: &str) -> By {
    By::Css(format!("[data-testid=\"{id}\"]"))
}

/// The page in its browser.
#[derive(Debug, Clone)]
pub struct Page {
    driver: WebDriver,
    origin: String,
    name: String,
}

impl Page {
    pub(crate) fn new(driver: WebDriver, origin: &str, name: &str) -> Self {
        Self { driver, origin: origin.to_owned(), name: name.to_owned() }
    }

    /// Opens the page, and waits until faces are read on WebGPU, whichever device is the faster one.
    pub async fn open_on_webgpu(&self) -> Result<Snapshot> {
        self.open_ready().await?;
        self.choose("device-select", "webgpu").await?;
        self.until("ready on WebGPU", |shown| shown.is_ready_on("webgpu")).await
    }

    /// The window or tab in which it is.
    pub async fn window(&self) -> Result<WindowHandle> {
        self.driver.window().await.context("the browser has no window")
    }

    /// Goes on in a new tab.
    pub async fn open_tab(&self) -> Result<()> {
        let tab = self.driver.new_tab().await.context("no tab can be opened")?;
        self.switch_to(tab).await
    }

    /// Goes on in that window or tab.
    pub async fn switch_to(&self, window: WindowHandle) -> Result<()> {
        self.driver.switch_to_window(window).await.context("the window is gone")
    }

    /// The page's origin, such as `http://localhost:40123`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Opens the page, cold.
    pub async fn open(&self) -> Result<()> {
        self.driver.goto(format!("{}/", self.origin)).await.context("the page does not open")
    }

    /// Opens another address.
    pub async fn open_at(&self, address: &str) -> Result<()> {
        self.driver.goto(address).await.with_context(|| format!("{address} does not open"))
    }

    /// Goes on in the first frame of the page.
    pub async fn enter_frame(&self) -> Result<()> {
        self.driver.enter_frame(0).await.context("the page has no frame")
    }

    /// Goes on in the page around all frames.
    pub async fn leave_frame(&self) -> Result<()> {
        self.driver.enter_default_frame().await.context("the page around is gone")
    }

    /// Goes to an empty page.
    pub async fn leave(&self) -> Result<()> {
        self.driver.goto("about:blank").await.context("the page cannot be left")
    }

    /// Goes to the page before this one. (The driver may run a script with `history.back()` in it twice.)
    pub async fn back(&self) -> Result<()> {
        self.driver.back().await.context("there is no page before this one")
    }

    /// Opens the page and waits until faces can be read.
    pub async fn open_ready(&self) -> Result<Snapshot> {
        self.open().await?;
        self.until("ready", Snapshot::is_ready).await
    }

    /// The state that the page shows now.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        self.ask(SNAPSHOT).await
    }

    /// Waits for a moment at which `is_reached` holds. `what` names it in the error.
    pub async fn until(&self, what: &str, is_reached: impl Fn(&Snapshot) -> bool) -> Result<Snapshot> {
        let start = Instant::now();
        loop {
            let shown = self.snapshot().await?;
            if is_reached(&shown) {
                return Ok(shown);
            }
            if start.elapsed() > PATIENCE {
                bail!("waited {} s for: {what}; the page shows {shown:#?}", PATIENCE.as_secs());
            }
            sleep(POLL_PAUSE).await;
        }
    }

    /// Waits until what `script` returns is something, and `is_reached` holds of it. `what` names it in the error.
    pub async fn until_answer<T: DeserializeOwned>(
        &self,
        what: &str,
        script: &str,
        is_reached: impl Fn(&T) -> bool,
    ) -> Result<T> {
        let start = Instant::now();
        loop {
            if let Some(answer) = self.ask::<Option<T>>(script).await?.filter(&is_reached) {
                return Ok(answer);
            }
            if start.elapsed() > PATIENCE {
                bail!("waited {} s for: {what}; the page shows {:#?}", PATIENCE.as_secs(), self.snapshot().await?);
            }
            sleep(POLL_PAUSE).await;
        }
    }

    /// Waits until the browser has shown `n` more frames, so that whatever the page has begun has had its turns.
    pub async fn frames(&self, n: u32) -> Result<()> {
        let script = format!(
            "const next = () => new Promise(requestAnimationFrame);
            return (async () => {{ for (let n = 0; n < {n}; n++) await next(); return true; }})();"
        );
        self.ask::<bool>(&script).await.map(drop)
    }

    /// Waits until the last byte of a file whose address ends with `suffix` has come, and the page has had its turn.
    pub async fn until_fetched(&self, suffix: &str) -> Result<()> {
        let script = format!(
            "const fetched = performance.getEntriesByType('resource').map(({{ name }}) => name);
            return fetched.some((name) => name.endsWith('{suffix}')) ? true : null;"
        );
        self.until_answer(&format!("all of {suffix}"), &script, |_: &bool| true).await?;
        self.frames(2).await
    }

    /// Waits until the browser has saved `file`.
    pub async fn until_saved(&self, file: &Path) -> Result<()> {
        let start = Instant::now();
        while !file.is_file() {
            ensure!(start.elapsed() < PATIENCE, "waited {} s for {}", PATIENCE.as_secs(), file.display());
            sleep(POLL_PAUSE).await;
        }
        Ok(())
    }

    /// Picks a photo, as by the file dialogue.
    pub async fn pick(&self, file: &Path) -> Result<()> {
        let file = std::fs::canonicalize(file).with_context(|| format!("{} is not there", file.display()))?;
        self.find("photo-input").await?.send_keys(file.to_string_lossy().as_ref()).await?;
        Ok(())
    }

    /// Goes to the mode in which videos are read.
    pub async fn show_videos(&self) -> Result<()> {
        self.click("mode-video").await
    }

    /// Picks a video, as by the file dialogue.
    pub async fn pick_video(&self, file: &Path) -> Result<()> {
        let file = std::fs::canonicalize(file).with_context(|| format!("{} is not there", file.display()))?;
        self.find("video-input").await?.send_keys(file.to_string_lossy().as_ref()).await?;
        Ok(())
    }

    /// Picks a photo and waits until one of `[width, height]` was analysed.
    pub async fn pick_and_wait(&self, file: &Path, size: [u32; 2]) -> Result<Snapshot> {
        self.pick(file).await?;
        self.until("the analysed photo", |shown| shown.has_read(size)).await
    }

    /// Picks a photo and waits until the page has read or refused it; whether it has read it, and what it says.
    pub async fn answer_to(&self, file: &Path) -> Result<(bool, String)> {
        const READ: [&str; 3] = ["face in", "faces in", "No face found in"];
        let name = file.file_name().context("a file has a name")?.to_string_lossy();
        self.pick(file).await?;
        let is_read = |shown: &Snapshot| READ.iter().any(|words| shown.status.contains(&format!("{words} {name}")));
        let refusal = |shown: &Snapshot| {
            let refusal = shown.problems.iter().find(|problem| problem.starts_with(&format!("{name}: ")));
            refusal.map(|problem| problem.trim_end_matches("\n\nDismiss").replace("\n\n", "; "))
        };
        let what = format!("an answer to {name}");
        let shown = self.until(&what, |shown| is_read(shown) || refusal(shown).is_some()).await?;
        Ok(refusal(&shown).map_or_else(|| (true, shown.status), |refusal| (false, refusal)))
    }

    /// The first element with this `data-testid`, brought into reach as a person does it: the drawer with the settings is
    /// opened for what lies in it and closed for all else, and the mode is changed for what belongs to another one.
    pub async fn find(&self, id: &str) -> Result<WebElement> {
        const STEP: &str = "const one = (id) => document.querySelector(`[data-testid=\"${id}\"]`);
            const drawer = one('drawer'), wanted = one('WANTED');
            if (drawer && drawer.open !== drawer.contains(wanted)) return drawer.open ? 'settings-close' : 'settings';
            const modes = { 'camera-start': 'mode-camera', 'photo-input': 'mode-photos', 'sample': 'mode-photos' };
            return wanted ? null : modes['WANTED'] ?? null;";
        let script = STEP.replace("WANTED", id);
        for _ in 0..MOST_STEPS {
            let Some(step) = self.ask::<Option<String>>(&script).await? else { break };
            self.driver.find(element(&step)).await?.click().await.with_context(|| format!("{step}, for {id}"))?;
            self.frames(1).await?;
        }
        self.driver.find(element(id)).await.with_context(|| format!("the page has no {id}"))
    }

    /// Clicks the element with this `data-testid`.
    pub async fn click(&self, id: &str) -> Result<()> {
        // The driver takes what lies under the page's fixed header for what is in view.
        let centre = format!("document.querySelector('[data-testid=\"{id}\"]')?.scrollIntoView({{ block: 'center' }})");
        let element = self.find(id).await?;
        self.driver.execute(centre, vec![]).await?;
        element.click().await.with_context(|| format!("{id} cannot be clicked"))
    }

    /// Clicks the row of a face.
    pub async fn select_face(&self, face_idx: usize) -> Result<()> {
        self.find("face-row").await?;
        let rows = self.driver.find_all(element("face-row")).await?;
        let row = rows.get(face_idx).with_context(|| format!("{} rows, none for face {face_idx}", rows.len()))?;
        row.click().await.with_context(|| format!("the row of face {face_idx} cannot be clicked"))
    }

    /// Chooses `value` in the list with this `data-testid`.
    pub async fn choose(&self, id: &str, value: &str) -> Result<()> {
        let option = By::Css(format!("option[value=\"{value}\"]"));
        let option = self.find(id).await?.find(option).await.with_context(|| format!("{id} offers no {value}"))?;
        option.click().await.with_context(|| format!("{value} cannot be chosen in {id}"))
    }

    /// Runs `script` in every page that is opened from now on, before the page's own.
    pub async fn before_load(&self, script: &str) -> Result<()> {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await
    }

    /// Run `script` in the page; its return value.
    pub async fn ask<T: DeserializeOwned>(&self, script: &str) -> Result<T> {
        Ok(self.driver.execute(script, vec![]).await?.convert()?)
    }

    /// Sends a command of the browser's protocol for developers' tools.
    pub async fn devtools(&self, command: &str, params: Value) -> Result<()> {
        self.driver.cdp().send_raw(command, params).await.with_context(|| format!("{command} is refused"))?;
        Ok(())
    }

    /// Fails if the console has errors since the last call.
    pub async fn expect_quiet_console(&self) -> Result<()> {
        self.expect_console_errors_only(|_| false).await
    }

    /// The same, but for errors that `are_expected`.
    pub async fn expect_console_errors_only(&self, are_expected: impl Fn(&str) -> bool) -> Result<()> {
        let entries = self.driver.browser_log().await?;
        let errors: Vec<_> =
            entries.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect();
        let unexpected: Vec<_> = errors.iter().filter(|error| !are_expected(error)).collect();
        ensure!(unexpected.is_empty(), "the console has errors: {unexpected:#?}");
        Ok(())
    }

    /// Writes what the page looks like to `target/e2e-screenshots`, for people.
    pub async fn screenshot(&self, moment: &str) -> Result<PathBuf> {
        let folder = folder("target/e2e-screenshots");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}-{moment}.png", self.name));
        self.driver.screenshot(&file).await?;
        Ok(file)
    }

    /// As [`Page::screenshot`], for a test that has failed already.
    pub(crate) async fn screenshot_best_effort(&self, moment: &str) {
        match self.screenshot(moment).await {
            Ok(file) => eprintln!("{}: see {}", self.name, file.display()),
            Err(error) => eprintln!("{}: no picture of the page: {error:#}", self.name),
        }
    }

    /// Moves the pointer to the middle of a rectangle of the picture on the stage, given in pixels of the picture.
    pub async fn hover(&self, [x, y, width, height]: [f64; 4], picture: [u32; 2]) -> Result<()> {
        let canvas = self.find("overlay").await?;
        // The upper edge of a picture that is scrolled lies under the header.
        self.ask::<bool>("window.scrollTo(0, 0); return true;").await?;
        let shown = canvas.rect().await?;
        let from_middle = |at: f64, side: u32, shown: f64| ((at / f64::from(side) - 0.5) * shown).round() as i64;
        let right = from_middle(x + width / 2.0, picture[0], shown.width);
        let down = from_middle(y + height / 2.0, picture[1], shown.height);
        self.driver.action_chain().move_to_element_with_offset(&canvas, right, down).perform().await?;
        Ok(())
    }

    /// Presses a key, or types text, where the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) -> Result<()> {
        self.driver.action_chain().send_keys(keys).perform().await?;
        Ok(())
    }

    /// Lays the page out for a window of this size in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        self.zoom(width, height, 1).await
    }

    /// As [`Page::resize`], with `pixel_ratio` pixels of the screen in a CSS pixel: the page is zoomed so many times.
    pub async fn zoom(&self, width: u32, height: u32, pixel_ratio: u32) -> Result<()> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": pixel_ratio, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await
    }
}
