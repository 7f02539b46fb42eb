//! One headless browser with its own driver and an empty profile.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
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
    // Requests that it would make all the same end here.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

/// For a graphics card on Linux, which Chromium without a screen leaves alone.
const VULKAN_ARGS: [&str; 5] = [
    "--enable-features=Vulkan,VulkanFromANGLE,DefaultANGLEVulkan",
    "--use-angle=vulkan",
    "--disable-vulkan-surface",
    "--disable-gpu-sandbox",
    "--ignore-gpu-blocklist",
];

/// Names a Chromium that the driver does not find by itself.
const BINARY_VARIABLE: &str = "CHROMIUM";

/// Which browser.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Program {
    /// Chromium, by `chromedriver`.
    #[default]
    Chromium,
    /// Firefox, by `geckodriver`. The other options do not apply to it.
    Firefox,
}

impl Program {
    /// The variable that names the driver, and the driver on `PATH`.
    fn driver(self) -> [&'static str; 2] {
        match self {
            Self::Chromium => ["CHROMEDRIVER", "chromedriver"],
            Self::Firefox => ["GECKODRIVER", "geckodriver"],
        }
    }

    /// The driver: the one that its variable names, or the one on `PATH`.
    fn driver_path(self) -> OsString {
        let [variable, name] = self.driver();
        std::env::var_os(variable).unwrap_or_else(|| name.into())
    }

    /// Whether it and its driver are here.
    pub fn is_here(self) -> bool {
        let name = match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
        };
        let answers = |program: &OsStr| std::process::Command::new(program).arg("--version").output().is_ok();
        answers(&self.driver_path()) && answers(name.as_ref())
    }
}

/// The camera that the browser has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Camera {
    /// None at all.
    #[default]
    None,
    /// A camera that shows this motion JPEG file over and over; access is granted.
    Video(PathBuf),
    /// A camera to which access is refused.
    Denied,
}

/// How to start the browser.
#[derive(Debug, Clone, Default)]
pub struct BrowserOptions {
    /// The program.
    pub program: Program,
    /// Whether `navigator.gpu` gives an adapter: Chromium's software renderer, unless `vulkan`.
    pub webgpu: bool,
    /// Whether the adapter is what the machine's Vulkan drivers offer.
    pub vulkan: bool,
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
        if self.vulkan {
            args.extend(VULKAN_ARGS.map(String::from));
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
    driver_process: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts driver and browser. The driver is the one that `CHROMEDRIVER` or `GECKODRIVER` names, or the one on `PATH`.
    pub async fn start(options: &BrowserOptions) -> Result<Self> {
        let starting = some_driver(options.program);
        let (driver_process, address) = timeout(START_LIMIT, starting).await.context("the driver is silent")??;
        let profile = tempfile::tempdir().context("no place for the browser's profile")?;
        let capabilities = match options.program {
            Program::Chromium => {
                let mut args = options.args();
                args.push(format!("--user-data-dir={}", profile.path().display()));
                capabilities(&args)
            }
            Program::Firefox => firefox_capabilities(profile.path()),
        };
        let connect = WebDriver::new(address, capabilities);
        let driver = timeout(START_LIMIT, connect).await.context("the browser does not come up")??;
        Ok(Self { driver, driver_process, _profile: profile })
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Closes the browser and waits for it, so that what it writes at its end is there.
    pub async fn quit(mut self) -> Result<()> {
        self.driver.quit().await?;
        self.driver_process.kill().await.context("the driver does not end")
    }
}

/// A running driver. It picks a port for IPv4 and ends if another program, such as the next test, has it for IPv6: ask
/// again.
async fn some_driver(program: Program) -> Result<(Child, String)> {
    for _ in 1..DRIVER_TRIES {
        if let Ok(started) = start_driver(program).await {
            return Ok(started);
        }
    }
    start_driver(program).await
}

async fn start_driver(program: Program) -> Result<(Child, String)> {
    let program = program.driver_path();
    let mut command = Command::new(&program);
    // Set by `.cargo/config.toml` for training; Chromium finds no Vulkan with it.
    command.env_remove("GLIBC_TUNABLES");
    command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| {
        format!(
            "cannot start {}: `cargo xtask e2e` installs it, and its variable names another",
            program.to_string_lossy()
        )
    })?;
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
    bail!("the driver ended without naming its port; it said:{said}")
}

/// The port in `ChromeDriver was started successfully on port 40123.` or `… Listening on 127.0.0.1:40123`.
fn port_in(line: &str) -> Option<u16> {
    let (_, port) = line.split_once("successfully on port ").or_else(|| line.split_once("Listening on 127.0.0.1:"))?;
    port.trim_end_matches('.').parse().ok()
}

/// Headless, in an empty profile, and with nothing to download for.
fn firefox_capabilities(profile: &Path) -> Capabilities {
    let options = json!({
        "args": ["-headless", "--width=1280", "--height=900", "-profile", profile],
        "prefs": { "media.gmp-manager.updateEnabled": false, "extensions.systemAddon.update.enabled": false },
    });
    let mut capabilities = Capabilities::new();
    for (name, value) in [("browserName", json!("firefox")), ("moz:firefoxOptions", options)] {
        capabilities.set(name, value).expect("JSON stays JSON");
    }
    capabilities
}

fn capabilities(args: &[String]) -> Capabilities {
    let mut capabilities = Capabilities::new();
    let mut options = json!({ "args": args });
    if let Some(binary) = std::env::var_os(BINARY_VARIABLE) {
        options["binary"] = json!(binary.to_string_lossy());
    }
    let values: [(&str, Value); 3] = [
        ("browserName", json!("chrome")),
        ("goog:chromeOptions", options),
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
            ("1795839000000\tgeckodriver\tINFO\tListening on 127.0.0.1:40123", Some(40123)),
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
            (BrowserOptions { webgpu: true, ..Default::default() }, "--use-angle=vulkan", false),
            (BrowserOptions { vulkan: true, ..Default::default() }, "--use-angle=vulkan", true),
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
