//! Files from the page's own server, with progress.

use std::pin::pin;

use futures_util::future::{Either, select};
use gloo::timers::future::TimeoutFuture;
use js_sys::{Reflect, Uint8Array};
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Request, RequestCache, RequestInit, Response};

use super::words;

/// Seconds without a single byte after which a file is given up: the slowest connections send some every second.
const PATIENCE_SECS: u32 = 30;

/// Why a file did not come.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FetchError {
    /// No answer: offline, or the server is down.
    #[error("expected the file {url}, but the server could not be reached ({reason})")]
    Unreachable {
        /// The requested URL.
        url: String,
        /// The browser's message.
        reason: String,
    },
    /// The server has no such file, or will not give it.
    #[error("expected the file {url}, got HTTP status {status}")]
    Status {
        /// The requested URL.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// A server that answers every wrong address with the page itself.
    #[error("expected the file {url}, got a web page")]
    WebPage {
        /// The requested URL.
        url: String,
    },
    /// The connection broke.
    #[error("expected the whole file {url}, got {loaded} bytes of it before the connection broke ({reason})")]
    Cut {
        /// The requested URL.
        url: String,
        /// Bytes that came.
        loaded: u64,
        /// The browser's message.
        reason: String,
    },
    /// The server keeps the connection but sends nothing.
    #[error("expected the whole file {url}, got {loaded} bytes of it and nothing more for {PATIENCE_SECS} seconds")]
    Stalled {
        /// The requested URL.
        url: String,
        /// Bytes that came.
        loaded: u64,
    },
}

impl FetchError {
    /// Advice for the person.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } | Self::Cut { .. } | Self::Stalled { .. } => {
                "Check the connection, then try again"
            }
            // By the service worker, `www/service-worker.js`.
            Self::Status { status: 409, .. } => "Ferrum was updated: close every tab of it and open it again",
            Self::Status { .. } | Self::WebPage { .. } => {
                "Publish the page with all of its files, the folder `models` too, then try again"
            }
        }
    }
}

/// Whether the browser's own copy of a file will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// If the browser thinks so.
    Any,
    /// Fetch it again: the copy was not what was expected.
    Fresh,
}

/// The file at `url`, relative to the page. `on_progress` gets the bytes so far and in all, where known.
pub async fn fetch(
    url: &str,
    freshness: Freshness,
    on_progress: impl FnMut(u64, Option<u64>),
) -> Result<Uint8Array, FetchError> {
    let mut chunks = Vec::new();
    let length = stream(url, freshness, on_progress, |chunk| chunks.push(chunk)).await?;
    let file = Uint8Array::new_with_length(length as u32);
    let mut offset = 0;
    for chunk in chunks {
        file.set(&chunk, offset);
        offset += chunk.length();
    }
    Ok(file)
}

/// Have the browser fetch `url` and keep it, so that whatever asks for it next need not wait.
///
/// With its cache switched off (a setting of the developer tools) the file travels twice.
pub async fn fetch_ahead(
    url: &str,
    freshness: Freshness,
    on_progress: impl FnMut(u64, Option<u64>),
) -> Result<(), FetchError> {
    stream(url, freshness, on_progress, drop).await.map(drop)
}

/// Bytes that came through, chunk by chunk.
async fn stream(
    url: &str,
    freshness: Freshness,
    mut on_progress: impl FnMut(u64, Option<u64>),
    mut on_chunk: impl FnMut(Uint8Array),
) -> Result<u64, FetchError> {
    let response = open(url, freshness).await?;
    let total = length(&response);
    let mut loaded = 0;
    on_progress(loaded, total);
    let cut = |loaded, error: JsValue| FetchError::Cut { url: url.to_owned(), loaded, reason: words(&error) };
    let Some(body) = response.body() else { return Ok(0) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let came = in_time(url, loaded, next(&reader)).await;
        if came.is_err() {
            // A new request must not wait for this one.
            let _ = reader.cancel();
        }
        let Some(chunk) = came?.map_err(|error| cut(loaded, error))? else { break };
        loaded += u64::from(chunk.length());
        on_progress(loaded, total);
        on_chunk(chunk);
    }
    Ok(loaded)
}

/// The response, once it is sure to be the file.
async fn open(url: &str, freshness: Freshness) -> Result<Response, FetchError> {
    let unreachable = |error: JsValue| FetchError::Unreachable { url: url.to_owned(), reason: words(&error) };
    let options = RequestInit::new();
    if freshness == Freshness::Fresh {
        options.set_cache(RequestCache::Reload);
    }
    let request = Request::new_with_str_and_init(url, &options).map_err(unreachable)?;
    let window = web_sys::window().expect("only the window fetches");
    let answer = JsFuture::from(window.fetch_with_request(&request));
    let response = in_time(url, 0, answer).await?.map_err(unreachable)?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(FetchError::Status { url: url.to_owned(), status: response.status() });
    }
    if header(&response, "content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        return Err(FetchError::WebPage { url: url.to_owned() });
    }
    Ok(response)
}

/// Length of the file, unless it is compressed on the way: then the header counts compressed bytes.
fn length(response: &Response) -> Option<u64> {
    if header(response, "content-encoding").is_some_and(|encoding| encoding != "identity") {
        return None;
    }
    header(response, "content-length")?.parse().ok()
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).ok().flatten()
}

/// The output of `coming`, unless it takes longer than anybody would wait; `loaded` bytes came before.
async fn in_time<T>(url: &str, loaded: u64, coming: impl Future<Output = T>) -> Result<T, FetchError> {
    match select(pin!(coming), TimeoutFuture::new(PATIENCE_SECS * 1000)).await {
        Either::Left((came, _)) => Ok(came),
        Either::Right(_) => Err(FetchError::Stalled { url: url.to_owned(), loaded }),
    }
}

/// The next chunk; none at the end.
async fn next(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
    let read = JsFuture::from(reader.read()).await?;
    Ok(Reflect::get(&read, &"value".into())?.dyn_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_was_expected_and_what_came() {
        let url = || "models/small.bpk".to_owned();
        let cases = [
            (FetchError::Status { url: url(), status: 404 }, "got HTTP status 404", "all of its files"),
            (FetchError::WebPage { url: url() }, "got a web page", "all of its files"),
            (FetchError::Unreachable { url: url(), reason: "down".into() }, "(down)", "connection"),
            (FetchError::Cut { url: url(), loaded: 7, reason: "reset".into() }, "got 7 bytes", "connection"),
            (FetchError::Stalled { url: url(), loaded: 7 }, "nothing more for 30 seconds", "connection"),
        ];
        for (error, came, advice) in cases {
            let detail = error.to_string();
            assert!(detail.contains("models/small.bpk") && detail.contains(came), "{detail}");
            assert!(error.advice().contains(advice), "{}", error.advice());
        }
    }
}
