//! One headless Chromium with its own driver and an empty profile.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{Capabilities, WebDriver};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// Chromium on two busy cores needs seconds to come up.
const START_LIMIT: Duration = Duration::from_mins(1);

/// How often a driver is started before its failure counts.
const DRIVER_TRIES: usize = 5;

/// Headless, as any user, and silent: a browser that asks nobody anything by itself.
const ARGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1280,900",
    // What it would ask for all the same ends here.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

/// The camera that the browser has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Camera {
    /// None at all.
    #[default]
    None,
    /// One that shows this motion JPEG file over and over; asking for it is granted.
    Video(PathBuf),
    /// One that is there, while asking for it is refused.
    Denied,
}

/// How to start the browser.
#[derive(Debug, Clone, Default)]
pub struct BrowserOptions {
    /// Whether `navigator.gpu` gives an adapter: Chromium's software renderer.
    pub webgpu: bool,
    /// The camera.
    pub camera: Camera,
    /// Where to write every network request that the browser makes.
    pub netlog: Option<PathBuf>,
}

impl BrowserOptions {
    fn args(&self) -> Vec<String> {
        let mut args: Vec<String> = ARGS.map(String::from).to_vec();
        if self.webgpu {
            args.push("--enable-unsafe-webgpu".into());
        }
        match &self.camera {
            Camera::None => {}
            Camera::Denied => {
                args.extend(["--use-fake-device-for-media-stream", "--deny-permission-prompts"].map(String::from));
            }
            Camera::Video(file) => {
                args.extend(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"].map(String::from));
                args.push(format!("--use-file-for-fake-video-capture={}", file.display()));
            }
        }
        args.extend(self.netlog.iter().map(|file| format!("--log-net-log={}", file.display())));
        args
    }
}

/// A running browser. End it with [`Browser::quit`]; a dropped one is ended as well, less gently.
#[derive(Debug)]
pub struct Browser {
    driver: WebDriver,
    chromedriver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts driver and browser. The driver is the one that `CHROMEDRIVER` names, or the one on `PATH`.
    pub async fn start(options: &BrowserOptions) -> Result<Self> {
        let (chromedriver, address) = timeout(START_LIMIT, some_driver()).await.context("chromedriver is silent")??;
        let profile = tempfile::tempdir().context("no place for the browser's profile")?;
        let mut args = options.args();
        args.push(format!("--user-data-dir={}", profile.path().display()));
        let connect = WebDriver::new(address, capabilities(&args));
        let driver = timeout(START_LIMIT, connect).await.context("Chromium does not come up")??;
        Ok(Self { driver, chromedriver, _profile: profile })
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Closes the browser and waits for it, so that what it writes at its end is there.
    pub async fn quit(mut self) -> Result<()> {
        self.driver.quit().await?;
        self.chromedriver.kill().await.context("chromedriver does not end")
    }
}

/// A running driver. It picks a port for IPv4 and ends if another program, such as the next test, has it for IPv6: ask
/// again.
async fn some_driver() -> Result<(Child, String)> {
    for _ in 1..DRIVER_TRIES {
        if let Ok(started) = start_driver().await {
            return Ok(started);
        }
    }
    start_driver().await
}

async fn start_driver() -> Result<(Child, String)> {
    let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
    let mut command = Command::new(&program);
    command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {}: run the tests by `cargo xtask e2e`", program.to_string_lossy()))?;
    let output = child.stdout.take().context("its output is piped")?;
    let mut lines = BufReader::new(output).lines();
    let port = started_port(&mut lines).await?;
    // A driver whose output nobody reads stops once the pipe is full.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((child, format!("http://127.0.0.1:{port}")))
}

async fn started_port(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<u16> {
    let mut said = String::new();
    while let Some(line) = lines.next_line().await? {
        if let Some(port) = port_in(&line) {
            return Ok(port);
        }
        said = said + "\n" + line.as_str();
    }
    bail!("chromedriver ended without naming its port; it said:{said}")
}

/// The port in `ChromeDriver was started successfully on port 40123.`
fn port_in(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
}

fn capabilities(args: &[String]) -> Capabilities {
    let mut capabilities = Capabilities::new();
    let values: [(&str, Value); 3] = [
        ("browserName", json!("chrome")),
        ("goog:chromeOptions", json!({ "args": args })),
        ("goog:loggingPrefs", json!({ "browser": "ALL" })),
    ];
    for (name, value) in values {
        capabilities.set(name, value).expect("JSON stays JSON");
    }
    capabilities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_port_of_the_driver() {
        let cases = [
            ("ChromeDriver was started successfully on port 40123.", Some(40123)),
            ("Starting ChromeDriver 156.0 on port 0", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(port_in(line), expected, "{line}");
        }
    }

    #[test]
    fn options_become_flags() {
        let has = |options: BrowserOptions, flag: &str| options.args().iter().any(|arg| arg.starts_with(flag));
        let video = Camera::Video("/tmp/face.mjpeg".into());
        let cases = [
            (BrowserOptions::default(), "--enable-unsafe-webgpu", false),
            (BrowserOptions { webgpu: true, ..Default::default() }, "--enable-unsafe-webgpu", true),
            (BrowserOptions::default(), "--use-fake-device", false),
            (BrowserOptions { camera: video.clone(), ..Default::default() }, "--use-fake-ui", true),
            (
                BrowserOptions { camera: video, ..Default::default() },
                "--use-file-for-fake-video-capture=/tmp/face.mjpeg",
                true,
            ),
            (BrowserOptions { camera: Camera::Denied, ..Default::default() }, "--use-fake-ui", false),
            (
                BrowserOptions { netlog: Some("/tmp/n.json".into()), ..Default::default() },
                "--log-net-log=/tmp/n.json",
                true,
            ),
        ];
        for (options, flag, expected) in cases {
            assert_eq!(has(options.clone(), flag), expected, "{flag} of {options:?}");
        }
    }
}
