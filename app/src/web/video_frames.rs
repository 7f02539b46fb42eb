//! The frames of a video element, as the browser shows them.

use js_sys::Reflect;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlVideoElement;

#[wasm_bindgen]
extern "C" {
    type FramedVideo;
    #[wasm_bindgen(method, catch, js_name = requestVideoFrameCallback)]
    fn request_video_frame_callback(this: &FramedVideo, callback: &JsValue) -> Result<u32, JsValue>;

    #[wasm_bindgen(method, catch, js_name = getVideoPlaybackQuality)]
    fn quality(this: &FramedVideo) -> Result<PlaybackQuality, JsValue>;

    type PlaybackQuality;
    #[wasm_bindgen(method, getter, js_name = totalVideoFrames)]
    fn n_frames(this: &PlaybackQuality) -> f64;

    type FrameMetadata;
    #[wasm_bindgen(method, getter, js_name = mediaTime)]
    fn media_time(this: &FrameMetadata) -> f64;
}

/// Calls `on_frame` with its time in the video, seconds, when `video` shows another frame. Fails where the browser does
/// not tell.
pub(super) fn on_next(video: &HtmlVideoElement, on_frame: impl FnOnce(f64) + 'static) -> Result<(), JsValue> {
    const REQUEST: &str = "requestVideoFrameCallback";
    if !Reflect::has(video, &REQUEST.into())? {
        return Err(JsValue::from(REQUEST));
    }
    // Before this, as a closure that is never called is never freed.
    let on_frame = Closure::once_into_js(move |_now: f64, metadata: FrameMetadata| on_frame(metadata.media_time()));
    video.unchecked_ref::<FramedVideo>().request_video_frame_callback(&on_frame).map(drop)
}

/// Number of frames that `video` has shown or dropped so far; `None` where the browser does not count them.
pub(super) fn count(video: &HtmlVideoElement) -> Option<f64> {
    let quality = video.unchecked_ref::<FramedVideo>().quality().ok()?;
    Some(quality.n_frames()).filter(|&n_frames| n_frames > 0.0)
}
