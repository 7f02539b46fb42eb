//! The camera: asks for it, takes its frames, gives it back.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::render::{AnimationFrame, request_animation_frame};
use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
pub use web_sys::HtmlVideoElement as Video;
use web_sys::{
    DomException, ImageBitmap, ImageBitmapOptions, MediaDeviceInfo, MediaDeviceKind, MediaDevices, MediaStream,
    MediaStreamConstraints, MediaStreamTrack, MediaTrackConstraints,
};
use yew::Callback;

use super::{recorder::StreamRecorder, sample::Sampler, video_frames, visibility, words};
use crate::state::{CameraInfo, CameraProblem, CameraTrouble};

/// Longer side of a frame in pixels: the detector's cost grows with the area, and a face at arm's length is 150 pixels
/// wide in a frame of 640.
const FRAME_SIDE: u32 = 640;

/// Seconds between two looks at whether the picture is black, and how often in a row it must be: many cameras begin so.
const BLACK_EVERY_SECS: f64 = 1.0;
const BLACK_IN_A_ROW: u8 = 2;

/// News of a camera that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CameraEvent {
    /// It was unplugged, or its permission was taken back.
    Ended,
    /// Nothing can be read of its picture, or it can again.
    Trouble(Option<CameraTrouble>),
}

/// A camera that a person has allowed. Dropping it stops the camera, and its light goes off.
#[derive(Debug)]
pub struct Stream(MediaStream);

impl Drop for Stream {
    fn drop(&mut self) {
        tracks(&self.0).for_each(|track| track.stop());
    }
}

impl Stream {
    /// Ask for the camera `id`, or any if that is gone or none is named.
    pub async fn ask(id: Option<&str>) -> Result<Self, CameraProblem> {
        let devices = devices()?;
        if Sampler::new().and_then(|sampler| sampler.is_true()).is_ok_and(|is_true| !is_true) {
            return Err(CameraProblem::Masked);
        }
        match ask(&devices, id).await {
            Err(CameraProblem::Gone) if id.is_some() => ask(&devices, None).await.map(Self),
            answer => answer.map(Self),
        }
    }
}

/// A camera that runs. Dropping it stops it.
#[derive(Debug)]
pub struct Camera {
    stream: Stream,
    frames: Rc<Frames>,
    _listeners: Vec<EventListener>,
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.frames.is_over.set(true);
        self.frames.next.take();
        let video = &self.frames.video;
        // The video may show another camera by now.
        if video.src_object().as_ref() == Some(&self.stream.0) {
            video.set_src_object(None);
        }
    }
}

impl Camera {
    /// Show `stream` in `video`. Each new frame goes to `on_frame`, news go to `on_event`.
    pub(crate) async fn play(
        stream: Stream,
        video: Video,
        on_frame: Callback<ImageBitmap>,
        on_event: Callback<CameraEvent>,
    ) -> Result<Self, CameraProblem> {
        let frames = Rc::new(Frames::new(video, on_frame, on_event));
        let listeners = tracks(&stream.0).flat_map(|track| frames.listen(&track)).collect();
        frames.is_muted.set(tracks(&stream.0).any(|track| track.muted()));
        let camera = Self { stream, frames, _listeners: listeners };
        camera.frames.video.set_src_object(Some(&camera.stream.0));
        // A browser that saves power may refuse to play: that is no word on the permission.
        let not_played =
            |thrown: JsValue| CameraProblem::Other(format!("Its picture is not played: {}", words(&thrown)));
        let playing = camera.frames.video.play().map_err(not_played)?;
        JsFuture::from(playing).await.map_err(not_played)?;
        camera.frames.schedule();
        Ok(camera)
    }

    /// Record its picture from now on.
    pub(crate) fn record(&self) -> Result<StreamRecorder, String> {
        StreamRecorder::new(&self.stream.0).map_err(|error| words(&error))
    }

    /// The browser's id of it; empty if it does not tell.
    pub fn id(&self) -> String {
        let track = tracks(&self.stream.0).next();
        track.and_then(|track| track.get_settings().get_device_id()).unwrap_or_default()
    }

    /// Whether the system has taken it for a while.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.frames.is_muted.get()
    }

    /// Whether it looks away from the person, as the one on the back of a phone.
    pub fn faces_away(&self) -> bool {
        let track = tracks(&self.stream.0).next();
        track.and_then(|track| track.get_settings().get_facing_mode()).is_some_and(|mode| mode == "environment")
    }
}

/// The cameras that are there. Their names are empty before permission was given.
pub async fn list() -> Vec<CameraInfo> {
    let Ok(listing) = devices().and_then(|devices| devices.enumerate_devices().map_err(|thrown| problem(&thrown)))
    else {
        return Vec::new();
    };
    let found: Array = JsFuture::from(listing).await.map(JsCast::unchecked_into).unwrap_or_default();
    let cameras = found.iter().filter_map(|device| device.dyn_into::<MediaDeviceInfo>().ok());
    let cameras = cameras.filter(|device| device.kind() == MediaDeviceKind::Videoinput);
    cameras.map(|device| CameraInfo { id: device.device_id(), label: device.label() }).collect()
}

/// Hear when cameras come or go.
pub fn on_change(callback: Callback<()>) -> Option<EventListener> {
    let devices = devices().ok()?;
    Some(EventListener::new(&devices, "devicechange", move |_| callback.emit(())))
}

/// Takes a frame whenever the video has a new one, one at a time.
#[derive(Debug)]
struct Frames {
    video: Video,
    on_frame: Callback<ImageBitmap>,
    /// Time of the video at the last frame taken, bit by bit: it is only ever compared with itself.
    taken_at: Cell<Option<u64>>,
    is_taking: Cell<bool>,
    next: RefCell<Option<AnimationFrame>>,
    on_event: Callback<CameraEvent>,
    /// Whether the camera was given back.
    is_over: Cell<bool>,
    /// Whether the system has taken the camera for a while.
    is_muted: Cell<bool>,
    sampler: Option<Sampler>,
    /// Time of the video at the last look at whether it is black, and at how many in a row it was.
    sampled_at: Cell<f64>,
    n_black: Cell<u8>,
}

impl Frames {
    fn new(video: Video, on_frame: Callback<ImageBitmap>, on_event: Callback<CameraEvent>) -> Self {
        Self {
            video,
            on_frame,
            taken_at: Cell::default(),
            is_taking: Cell::default(),
            next: RefCell::default(),
            on_event,
            is_over: Cell::default(),
            is_muted: Cell::default(),
            sampler: Sampler::new().ok(),
            sampled_at: Cell::new(f64::NEG_INFINITY),
            n_black: Cell::default(),
        }
    }

    /// Listens to events of the camera's `track`.
    fn listen(self: &Rc<Self>, track: &MediaStreamTrack) -> [EventListener; 3] {
        let on_muted = |is_muted| {
            let frames = Rc::downgrade(self);
            move |_: &web_sys::Event| {
                if let Some(frames) = frames.upgrade() {
                    frames.set_muted(is_muted);
                }
            }
        };
        let on_event = self.on_event.clone();
        [
            EventListener::new(track, "ended", move |_| on_event.emit(CameraEvent::Ended)),
            EventListener::new(track, "mute", on_muted(true)),
            EventListener::new(track, "unmute", on_muted(false)),
        ]
    }

    fn set_muted(&self, is_muted: bool) {
        self.is_muted.set(is_muted);
        self.n_black.set(0);
        self.on_event.emit(CameraEvent::Trouble(is_muted.then_some(CameraTrouble::Interrupted)));
    }

    /// Look whether `picture`, taken at `time` seconds, is black, if that is due.
    fn sample(&self, picture: &ImageBitmap, time: f64) {
        if time - self.sampled_at.get() < BLACK_EVERY_SECS {
            return;
        }
        self.sampled_at.set(time);
        let is_black = self.sampler.as_ref().is_some_and(|sampler| sampler.is_black(picture).unwrap_or(false));
        let was_black = self.n_black.get() >= BLACK_IN_A_ROW;
        self.n_black.set(if is_black { self.n_black.get().saturating_add(1) } else { 0 });
        let is_black = self.n_black.get() >= BLACK_IN_A_ROW;
        if is_black != was_black {
            self.on_event.emit(CameraEvent::Trouble(is_black.then_some(CameraTrouble::Black)));
        }
    }

    /// Take the next frame of the camera, which gives fewer than the screen shows.
    fn schedule(self: &Rc<Self>) {
        let frames = Rc::downgrade(self);
        let on_frame = move |time_secs| {
            if let Some(frames) = frames.upgrade() {
                frames.take(time_secs);
                frames.schedule();
            }
        };
        if video_frames::on_next(&self.video, on_frame).is_err() {
            self.schedule_by_screen(None);
        }
    }

    /// In a browser that does not tell of new frames, look whenever the screen shows one whether there are more than at
    /// `n_before`. The video's time goes on between frames: where they are not counted, some may be taken twice.
    fn schedule_by_screen(self: &Rc<Self>, n_before: Option<f64>) {
        let frames = Rc::downgrade(self);
        let next = request_animation_frame(move |_| {
            if let Some(frames) = frames.upgrade() {
                let n_frames = video_frames::count(&frames.video);
                if n_frames.is_none() || n_frames != n_before {
                    frames.take(frames.video.current_time());
                }
                frames.schedule_by_screen(n_frames);
            }
        });
        *self.next.borrow_mut() = Some(next);
    }

    /// Take the frame that the video shows at `time`, seconds.
    fn take(self: &Rc<Self>, time: f64) {
        let is_new = self.taken_at.get() != Some(time.to_bits()) && self.video.video_width() > 0;
        if self.is_taking.get() || !is_new || self.is_muted.get() || visibility::is_hidden() {
            return;
        }
        self.taken_at.set(Some(time.to_bits()));
        self.is_taking.set(true);
        let frames = Rc::clone(self);
        spawn_local(async move {
            // A frame that cannot be taken (the video is changing its size) is followed by the next.
            let bitmap = bitmap(&frames.video).await;
            // Meanwhile the camera may have been given back or interrupted, or the page hidden.
            let is_wanted = !frames.is_over.get() && !frames.is_muted.get() && !visibility::is_hidden();
            if let Some(bitmap) = bitmap.ok().filter(|_| is_wanted) {
                frames.sample(&bitmap, time);
                frames.on_frame.emit(bitmap);
            }
            frames.is_taking.set(false);
        });
    }
}

/// The frame that `video` shows, at most [`FRAME_SIDE`] on its longer side.
async fn bitmap(video: &Video) -> Result<ImageBitmap, JsValue> {
    let window = web_sys::window().ok_or("no window")?;
    let (width, height) = (video.video_width(), video.video_height());
    let side = width.max(height);
    let bitmap = if side <= FRAME_SIDE {
        window.create_image_bitmap_with_html_video_element(video)?
    } else {
        let options = ImageBitmapOptions::new();
        options.set_resize_width((width * FRAME_SIDE / side).max(1));
        options.set_resize_height((height * FRAME_SIDE / side).max(1));
        window.create_image_bitmap_with_html_video_element_and_image_bitmap_options(video, &options)?
    };
    JsFuture::from(bitmap).await?.dyn_into()
}

fn devices() -> Result<MediaDevices, CameraProblem> {
    let window = web_sys::window().ok_or(CameraProblem::Unsupported)?;
    if !window.is_secure_context() {
        return Err(CameraProblem::Insecure);
    }
    let devices = window.navigator().media_devices().ok().filter(|devices| devices.is_object());
    devices.ok_or(CameraProblem::Unsupported)
}

async fn ask(devices: &MediaDevices, id: Option<&str>) -> Result<MediaStream, CameraProblem> {
    let constraint = |key: &str, value: &JsValue| {
        let object = js_sys::Object::new();
        // A fresh plain object takes any key.
        let _ = Reflect::set(&object, &key.into(), value);
        object
    };
    let video = MediaTrackConstraints::new();
    match id {
        Some(id) => video.set_device_id(&constraint("exact", &id.into())),
        None => video.set_facing_mode(&constraint("ideal", &"user".into())),
    }
    video.set_width(&constraint("ideal", &FRAME_SIDE.into()));
    video.set_height(&constraint("ideal", &(FRAME_SIDE * 3 / 4).into()));
    let constraints = MediaStreamConstraints::new();
    constraints.set_video(&video);
    let asking = devices.get_user_media_with_constraints(&constraints).map_err(|thrown| problem(&thrown))?;
    let answer = JsFuture::from(asking).await.map_err(|thrown| match (problem(&thrown), framed_by()) {
        (CameraProblem::Denied, Some(by)) => CameraProblem::Framed(by),
        (problem, _) => problem,
    });
    answer?.dyn_into().map_err(|thrown| problem(&thrown))
}

/// The page that shows this one in a frame and does not pass the camera on; `None` if there is none, or it does, or the
/// browser does not tell.
fn framed_by() -> Option<String> {
    let window = web_sys::window()?;
    let document = window.document()?;
    if window.parent().ok().flatten().is_none_or(|parent| parent == window) {
        return None;
    }
    // Chromium alone tells what a frame may do.
    let policy = Reflect::get(&document, &"featurePolicy".into()).ok()?;
    let allows = Reflect::get(&policy, &"allowsFeature".into()).ok().and_then(|allows| allows.dyn_into().ok());
    let is_allowed = allows.and_then(|allows: js_sys::Function| allows.call1(&policy, &"camera".into()).ok());
    if is_allowed.is_none_or(|is_allowed| is_allowed.is_truthy()) {
        return None;
    }
    let ancestors = Reflect::get(&window.location(), &"ancestorOrigins".into()).ok()?;
    let nearest = Reflect::get_u32(&ancestors, 0).ok().and_then(|origin| origin.as_string());
    let named = nearest.unwrap_or_else(|| document.referrer());
    Some(if named.is_empty() { "Another page".into() } else { named })
}

fn tracks(stream: &MediaStream) -> impl Iterator<Item = MediaStreamTrack> {
    let tracks: Vec<JsValue> = stream.get_video_tracks().iter().collect();
    tracks.into_iter().filter_map(|track| track.dyn_into().ok())
}

fn problem(thrown: &JsValue) -> CameraProblem {
    match thrown.dyn_ref::<DomException>() {
        Some(exception) => CameraProblem::from_exception(&exception.name(), &exception.message()),
        None => CameraProblem::Other(words(thrown)),
    }
}
