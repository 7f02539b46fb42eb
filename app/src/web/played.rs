//! A video as the browser plays it, for codecs that it plays and gives no decoder for.
//!
//! Not exact: the browser shows a frame when it is due, so that frames may be left out. It answers the requests of a
//! worker that reads videos, but in the window, because workers have no video elements.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures_channel::oneshot;
use gloo::events::EventListener;
use js_sys::Reflect;
use vision::DecodeLimits;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, ImageData, Url};

use super::{raster, video_frames, visibility, words};
use crate::{
    problem::Problem,
    protocol::{DecodedFrame, Request, Response, VideoEnd, VideoInfo, VideoRange},
};

/// A video that is played out of sight. Dropping it closes it.
#[derive(Debug)]
pub struct PlayedVideo {
    played: Rc<Played>,
    _visibility: Option<[EventListener; 2]>,
}

struct Played {
    element: HtmlVideoElement,
    next_event: Rc<NextEvent>,
    _listeners: [EventListener; 4],
    canvas: HtmlCanvasElement,
    url: RefCell<Option<String>>,
    range: Cell<VideoRange>,
    /// Frames of the range that came, and whether any is still to come.
    n_frames: Cell<u32>,
    newest_secs: Cell<f64>,
    /// Whether it plays until the next frame, as soon as the page is seen.
    is_playing: Cell<bool>,
    is_dropped: Cell<bool>,
}

/// Whoever waits for something that happens to the video.
#[derive(Default)]
struct NextEvent(RefCell<Option<oneshot::Sender<Event>>>);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Loaded,
    Sought,
    Ended,
    Failed,
    /// A frame of this time, seconds, is shown.
    Frame(f64),
}

impl NextEvent {
    fn happen(&self, event: Event) {
        // Nobody may wait.
        self.0.take().map(|waiting| waiting.send(event));
    }

    fn wait(&self) -> oneshot::Receiver<Event> {
        let (sender, receiver) = oneshot::channel();
        self.0.replace(Some(sender));
        receiver
    }
}

impl std::fmt::Debug for Played {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Played").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Drop for PlayedVideo {
    fn drop(&mut self) {
        self.played.is_dropped.set(true);
        // Fails only on an element that the browser has given up.
        let _ = self.played.element.pause();
        self.played.element.set_src("");
        if let Some(url) = self.played.url.take() {
            let _ = Url::revoke_object_url(&url);
        }
    }
}

impl PlayedVideo {
    /// A player without a video.
    pub(crate) fn new() -> Result<Self, String> {
        let make = || -> Result<Played, JsValue> {
            let document = web_sys::window().and_then(|window| window.document()).ok_or("no document")?;
            let element: HtmlVideoElement = document.create_element("video")?.dyn_into()?;
            element.set_muted(true);
            element.set_attribute("playsinline", "")?;
            element.set_preload("auto");
            let next_event = Rc::new(NextEvent::default());
            let listen = |name, event| {
                let next_event = Rc::clone(&next_event);
                EventListener::new(&element, name, move |_| next_event.happen(event))
            };
            let listeners = [
                listen("loadeddata", Event::Loaded),
                listen("seeked", Event::Sought),
                listen("ended", Event::Ended),
                listen("error", Event::Failed),
            ];
            Ok(Played {
                _listeners: listeners,
                next_event,
                element,
                canvas: raster::new_canvas()?,
                url: RefCell::default(),
                range: Cell::default(),
                n_frames: Cell::default(),
                newest_secs: Cell::new(f64::NEG_INFINITY),
                is_playing: Cell::default(),
                is_dropped: Cell::default(),
            })
        };
        let played = Rc::new(make().map_err(|error| words(&error))?);
        let seen = Rc::downgrade(&played);
        let visibility = visibility::on_change(move |_| {
            if let Some(played) = seen.upgrade() {
                played.play_while_seen();
            }
        });
        Ok(Self { played, _visibility: visibility })
    }

    /// Answer a request, as the worker that reads videos does; `file` comes with [`Request::OpenVideo`].
    pub(crate) fn ask(
        &self,
        request: Request,
        file: Option<Blob>,
        on_answer: impl FnOnce(Response, Option<ImageData>) + 'static,
    ) {
        let played = Rc::clone(&self.played);
        spawn_local(async move {
            let (response, pixels) = played.answer(request, file).await;
            if !played.is_dropped.get() {
                on_answer(response, pixels);
            }
        });
    }
}

impl Played {
    async fn answer(&self, request: Request, file: Option<Blob>) -> (Response, Option<ImageData>) {
        let answer = match (request, file) {
            (Request::OpenVideo, Some(file)) => self.open(&file).await.map(Response::VideoOpened),
            (Request::SeekVideo(range), _) => self.seek(range).await.map(|()| Response::Done),
            (Request::NextFrame, _) => match self.next().await {
                Ok(Some((frame, pixels))) => return (Response::Decoded(frame), Some(pixels)),
                Ok(None) => Ok(Response::VideoEnd(VideoEnd::default())),
                Err(reason) => Ok(Response::VideoEnd(VideoEnd { n_lost: 0, problem: Some(broken_off(&reason)) })),
            },
            (other, _) => Ok(Response::Broken(format!("expected a request about a video, got {other:?}"))),
        };
        (answer.unwrap_or_else(|reason| Response::Refused(not_played(&reason))), None)
    }

    async fn open(&self, file: &Blob) -> Result<VideoInfo, String> {
        let url = Url::create_object_url_with_blob(file).map_err(|error| words(&error))?;
        let next = self.next_event.wait();
        self.element.set_src(&url);
        self.url.replace(Some(url));
        self.until(Event::Loaded, next).await?;
        let (width, height) = (self.element.video_width(), self.element.video_height());
        if width == 0 || height == 0 {
            return Err("it has no picture".into());
        }
        let end_secs = Some(self.element.duration()).filter(|secs| secs.is_finite());
        let (codec, coded_size) = ("as the browser plays it".into(), [width, height]);
        Ok(VideoInfo { codec, coded_size, end_secs, n_frames: None, frames_per_sec: None })
    }

    async fn seek(&self, range: VideoRange) -> Result<(), String> {
        let next = self.next_event.wait();
        self.element.set_current_time(range.from_secs.max(0.0));
        self.range.set(range);
        self.n_frames.set(0);
        self.newest_secs.set(f64::NEG_INFINITY);
        self.until(Event::Sought, next).await
    }

    /// The next frame of the range that is wanted. While it is read, the video stands.
    async fn next(&self) -> Result<Option<(DecodedFrame, ImageData)>, String> {
        loop {
            let Some(time_secs) = self.next_time().await? else { return Ok(None) };
            let VideoRange { from_secs, to_secs, every } = self.range.get();
            if to_secs.is_some_and(|to_secs| time_secs >= to_secs) {
                return Ok(None);
            }
            // The frame that is seen at the beginning may have begun before it, and one may be shown twice.
            if time_secs < from_secs || time_secs <= self.newest_secs.replace(time_secs) {
                continue;
            }
            let is_wanted = self.n_frames.get().is_multiple_of(every.max(1));
            self.n_frames.set(self.n_frames.get() + 1);
            if is_wanted {
                let pixels = self.pixels().map_err(|error| words(&error))?;
                let (width, height) = (pixels.width(), pixels.height());
                return Ok(Some((DecodedFrame { time_secs, width, height }, pixels)));
            }
        }
    }

    /// Play until a frame is shown, and give its time, seconds; `None` at the end.
    async fn next_time(&self) -> Result<Option<f64>, String> {
        if self.element.ended() {
            return Ok(None);
        }
        let mut next = self.next_event.wait();
        let shown = Rc::clone(&self.next_event);
        let on_frame = move |time_secs| shown.happen(Event::Frame(time_secs));
        video_frames::on_next(&self.element, on_frame).map_err(|error| words(&error))?;
        self.is_playing.set(true);
        let playing = self.element.play().map_err(|error| words(&error))?;
        // Broken off where the page is hidden meanwhile.
        let played = JsFuture::from(playing).await;
        if !visibility::is_hidden() {
            played.map_err(|error| words(&error))?;
        }
        self.play_while_seen();
        let time_secs = loop {
            match self.event(next).await? {
                Event::Frame(time_secs) => break Some(time_secs),
                Event::Ended => break None,
                Event::Loaded | Event::Sought | Event::Failed => next = self.next_event.wait(),
            }
        };
        self.is_playing.set(false);
        self.element.pause().map_err(|error| words(&error))?;
        Ok(time_secs)
    }

    /// Play on or wait: frames of a hidden page are not shown, and those that pass meanwhile would be lost.
    fn play_while_seen(&self) {
        if visibility::is_hidden() {
            // Fails only on an element that the browser has given up, as does playing: then no frame comes.
            let _ = self.element.pause();
        } else if self.is_playing.get() && self.element.paused() {
            let _ = self.element.play();
        }
    }

    fn pixels(&self) -> Result<ImageData, JsValue> {
        let [width, height] = [self.element.video_width(), self.element.video_height()].map(f64::from);
        let max_side = f64::from(DecodeLimits::default().max_side);
        let scale = (max_side / width.max(height)).min(1.0);
        let [width, height] = [width, height].map(|side| (side * scale).round().max(1.0));
        if (f64::from(self.canvas.width()), f64::from(self.canvas.height())) != (width, height) {
            self.canvas.set_width(width as u32);
            self.canvas.set_height(height as u32);
        }
        let context: CanvasRenderingContext2d = raster::context(&self.canvas)?;
        context.draw_image_with_html_video_element_and_dw_and_dh(&self.element, 0.0, 0.0, width, height)?;
        context.get_image_data(0.0, 0.0, width, height)
    }

    /// Wait for an event, past others.
    async fn until(&self, expected: Event, mut next: oneshot::Receiver<Event>) -> Result<(), String> {
        while self.event(next).await? != expected {
            next = self.next_event.wait();
        }
        Ok(())
    }

    /// The next event, or why none comes any more.
    async fn event(&self, next: oneshot::Receiver<Event>) -> Result<Event, String> {
        match next.await {
            Ok(Event::Failed) | Err(_) => Err(self.reason()),
            Ok(event) => Ok(event),
        }
    }

    fn reason(&self) -> String {
        let message = Reflect::get(&self.element, &"error".into())
            .and_then(|error| Reflect::get(&error, &"message".into()))
            .ok()
            .and_then(|message| message.as_string())
            .filter(|message| !message.is_empty());
        message.unwrap_or_else(|| "the browser does not say why".into())
    }
}

fn not_played(reason: &str) -> Problem {
    Problem::new(
        "This browser cannot play the video",
        reason,
        "Convert it to H.264, such as by ffmpeg, or use another browser",
    )
}

fn broken_off(reason: &str) -> Problem {
    Problem::new(
        "The video breaks off",
        reason,
        "What was read before stays; a copy made by ffmpeg may be read to its end",
    )
}
