//! A small static server over `dist/` that can break files on purpose.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use tokio::net::TcpListener;

/// A fault that is done to a file on its way to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Answer 404.
    Missing,
    /// Flip one bit in the middle.
    FlippedBit,
    /// Send the first half as if it were all.
    Truncated,
    /// Break the connection in the middle.
    CutOff,
    /// Answer with a page in HTML, as if it were the file.
    WebPage,
    /// Send the first half, then nothing, and keep the connection.
    Stalled,
    /// Send it in 20 pieces, one every 200 ms.
    Slow,
    /// Send a thousand bytes a second.
    Crawling,
}

const SLOW_PIECES: usize = 20;
const SLOW_PAUSE: Duration = Duration::from_millis(200);
const CRAWL_BYTES: usize = 1000;
const CRAWL_PAUSE: Duration = Duration::from_secs(1);

/// A server on this machine; it ends with the runtime that started it.
#[derive(Debug, Clone)]
pub struct PageServer {
    origin: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    faults: Mutex<BTreeMap<String, Fault>>,
    /// Files that are served in place of those in the folder, or beside them.
    stand_ins: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Whether the page is left its service worker, behind which the server would not be asked again.
    has_service_worker: AtomicBool,
    /// Whether nothing is answered.
    is_down: AtomicBool,
    /// Prefix of the paths of the folder's files.
    base: Mutex<String>,
    /// The paths that were asked for.
    requests: Mutex<Vec<String>>,
}

impl PageServer {
    /// Serves `folder` on a free port. Fails if it holds no page.
    pub async fn start(folder: &Path) -> Result<Self> {
        ensure!(folder.join("index.html").is_file(), "{} holds no page: run `cargo xtask build`", folder.display());
        let shared = Arc::new(Shared {
            folder: folder.to_path_buf(),
            faults: Mutex::default(),
            stand_ins: Mutex::default(),
            has_service_worker: AtomicBool::new(false),
            is_down: AtomicBool::new(false),
            base: Mutex::default(),
            requests: Mutex::default(),
        });
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port")?;
        // `localhost` is a secure context by name, which the camera asks for.
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { origin, shared })
    }

    /// The server's origin, such as `http://localhost:40123`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// From now on does `fault` to every file whose path ends with `suffix`.
    pub fn inject(&self, suffix: &str, fault: Fault) {
        locked(&self.shared.faults).insert(suffix.to_owned(), fault);
    }

    /// From now on serves `content` at `path`, such as `/models/small.json`.
    pub fn serve(&self, path: &str, content: Vec<u8>) {
        locked(&self.shared.stand_ins).insert(path.to_owned(), content);
    }

    /// From now on leaves the page its service worker; without this, each file is asked for at each visit.
    pub fn keep_service_worker(&self) {
        self.shared.has_service_worker.store(true, Ordering::Relaxed);
    }

    /// From now on serves the files below `base`, such as `/ferrum`, and nothing elsewhere.
    pub fn serve_below(&self, base: &str) {
        base.clone_into(&mut locked(&self.shared.base));
    }

    /// The paths that were asked for, in order.
    pub fn requests(&self) -> Vec<String> {
        locked(&self.shared.requests).clone()
    }

    /// From now on answers nothing but 503.
    pub fn take_down(&self) {
        self.shared.is_down.store(true, Ordering::Relaxed);
    }

    /// Serves every file as it is again.
    pub fn repair(&self) {
        locked(&self.shared.faults).clear();
    }
}

impl Shared {
    fn fault(&self, path: &str) -> Option<Fault> {
        locked(&self.faults).iter().find(|(suffix, _)| path.ends_with(suffix.as_str())).map(|(_, fault)| *fault)
    }

    /// The file that `path` names, never one outside the folder.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let relative = Path::new(path.trim_start_matches('/'));
        let is_inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
        let file = if path == "/" { self.folder.join("index.html") } else { self.folder.join(relative) };
        is_inside.then_some(file)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    locked(&shared.requests).push(uri.path().to_owned());
    let base = locked(&shared.base).clone();
    let Some(path) = uri.path().strip_prefix(base.as_str()) else { return StatusCode::NOT_FOUND.into_response() };
    if shared.is_down.load(Ordering::Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let fault = shared.fault(path);
    if fault == Some(Fault::WebPage) {
        return axum::response::Html("<!doctype html><title>The page once more</title>").into_response();
    }
    let Some(file) = shared.file(path).filter(|_| fault != Some(Fault::Missing)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let stand_in = locked(&shared.stand_ins).get(path).cloned();
    let content = match stand_in {
        Some(content) => Ok(content),
        None => tokio::fs::read(&file).await,
    };
    let Ok(mut content) = content else { return StatusCode::NOT_FOUND.into_response() };
    if file.ends_with("index.html") && !shared.has_service_worker.load(Ordering::Relaxed) {
        content = without_service_worker(&content);
    }
    let middle = content.len() / 2;
    if let (Some(Fault::FlippedBit), Some(byte)) = (fault, content.get_mut(middle)) {
        *byte ^= 1;
    }
    if fault == Some(Fault::Truncated) {
        content.truncate(middle);
    }
    let headers = [
        (header::CONTENT_TYPE, mime(&file).to_owned()),
        (header::CONTENT_LENGTH, content.len().to_string()),
        // The page must ask again for files that a test breaks or repairs.
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let body = match fault {
        Some(Fault::Slow) => {
            let step = content.len().div_ceil(SLOW_PIECES).max(1);
            in_pieces(content, step, SLOW_PAUSE)
        }
        Some(Fault::Crawling) => in_pieces(content, CRAWL_BYTES, CRAWL_PAUSE),
        Some(Fault::CutOff) => first_half_and(content, cut_off()),
        Some(Fault::Stalled) => first_half_and(content, stream::pending()),
        _ => Body::from(content),
    };
    (headers, body).into_response()
}

/// The page without the line that names its service worker.
fn without_service_worker(html: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(html);
    let lines = text.split_inclusive('\n').filter(|line| !line.contains("name=\"service-worker\""));
    lines.collect::<String>().into_bytes()
}

fn in_pieces(content: Vec<u8>, step: usize, pause: Duration) -> Body {
    let rest = Bytes::from(content);
    Body::from_stream(stream::unfold(rest, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let piece = rest.split_to(step.min(rest.len()));
        Some((Ok::<_, std::convert::Infallible>(piece), rest))
    }))
}

fn first_half_and(mut content: Vec<u8>, rest: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    content.truncate(content.len() / 2);
    Body::from_stream(stream::iter([Ok(Bytes::from(content))]).chain(rest))
}

/// An error once what came before was sent, at which the connection is closed.
fn cut_off() -> impl Stream<Item = io::Result<Bytes>> {
    stream::once(async {
        tokio::time::sleep(SLOW_PAUSE).await;
        Err(io::ErrorKind::ConnectionReset.into())
    })
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js" | "mjs") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("xml") => "text/xml",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg") => "image/jpeg",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    /// Status line, headers and body as they came.
    async fn get(server: &PageServer, path: &str) -> Result<String> {
        let address = server.origin().trim_start_matches("http://").replace("localhost", "127.0.0.1");
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    async fn served() -> Result<(tempfile::TempDir, PageServer)> {
        let folder = tempfile::tempdir()?;
        let files = [("index.html", "<p>page"), ("model.bpk", "weights"), ("app_bg.wasm", "\0asm")];
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content)?;
        }
        let server = PageServer::start(folder.path()).await?;
        Ok((folder, server))
    }

    #[tokio::test]
    async fn serves_files_with_their_types() -> Result<()> {
        let (_folder, server) = served().await?;
        let cases = [
            ("/", "200 OK", "text/html; charset=utf-8", "<p>page"),
            ("/index.html", "200 OK", "text/html; charset=utf-8", "<p>page"),
            ("/app_bg.wasm", "200 OK", "application/wasm", "\0asm"),
            ("/model.bpk", "200 OK", "application/octet-stream", "weights"),
            ("/missing.js", "404 Not Found", "", ""),
            ("/../Cargo.toml", "404 Not Found", "", ""),
        ];
        for (path, status, mime, body) in cases {
            let answer = get(&server, path).await?;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
            assert!(answer.contains(mime) && answer.ends_with(&format!("\r\n\r\n{body}")), "{path}: {answer}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn breaks_and_repairs_files() -> Result<()> {
        let (_folder, server) = served().await?;
        let cases = [(Fault::Missing, "404 Not Found"), (Fault::FlippedBit, "weifhts"), (Fault::Slow, "weights")];
        for (fault, expected) in cases {
            server.inject("model.bpk", fault);
            let answer = get(&server, "/model.bpk").await?;
            assert!(answer.contains(expected), "{fault:?}: {answer}");
            assert!(get(&server, "/").await?.ends_with("<p>page"), "other files are whole");
        }
        server.repair();
        assert!(get(&server, "/model.bpk").await?.ends_with("weights"));
        server.serve("/models/small.json", b"{}".to_vec());
        assert!(get(&server, "/models/small.json").await?.ends_with("{}"));
        Ok(())
    }

    #[tokio::test]
    async fn a_folder_without_a_page_is_refused() -> Result<()> {
        let empty = tempfile::tempdir()?;
        let error = PageServer::start(empty.path()).await.expect_err("there is no index.html");
        assert!(error.to_string().contains("cargo xtask build"), "{error}");
        Ok(())
    }
}
