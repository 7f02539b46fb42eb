//! Frames of the timeline, back on the stage with their boxes: one that a person goes to, or one after the other as a
//! playback.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use exports::file_stem;
use gloo::timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use web_time::{Duration, Instant};
use yew::prelude::*;

use super::session_controller::with_sha256;
use crate::engine::Engine;
use crate::live::Live;
use crate::problem::Problem;
use crate::protocol::{DecodedFrame, VideoEnd};
use crate::state::{Action, Playback, State};
use crate::web::ImageData;
use crate::web::canvas::Surface;
use crate::web::file::NamedFile;
use crate::web::film::FilmEncoder;

/// A frame is looked for so much earlier than it begins, seconds: files of sessions have times in whole microseconds.
const EARLIER_SECS: f64 = 5e-4;

/// Frames that are decoded before they are due, so that one that takes long delays nothing.
const N_AHEAD: u32 = 3;

/// A playback that comes so late goes on from there: it does not hurry after what it has lost.
const MAX_LAG: Duration = Duration::from_millis(250);

/// The last frame stays for this time.
const LAST_FRAME: Duration = Duration::from_millis(40);

/// Shows frames of the video on the stage as they were analysed.
#[derive(Clone)]
pub(super) struct Player {
    pub playback: Rc<RefCell<Option<Running>>>,
    /// Set once the engine has started, which calls this itself and so cannot be there before.
    pub engine: Rc<OnceCell<Rc<Engine>>>,
    /// When the video's first frame is on the session's clock, seconds: a camera may be recorded from later on than its
    /// faces are read.
    pub begins_secs: Rc<Cell<f64>>,
    pub live: Rc<RefCell<Live>>,
    pub surface: Rc<Surface>,
    pub dispatcher: UseReducerDispatcher<State>,
}

/// A playback that runs.
pub(super) struct Running {
    /// When the frame of which time, seconds, was due.
    clock: Option<(Instant, f64)>,
    /// When the newest frame is due.
    newest_due: Option<Instant>,
    /// Timers of the next steps, newest first. Dropping one cancels it.
    coming: VecDeque<Timeout>,
    /// Begun with the first frame, if it is to be saved.
    saved: Saved,
    /// Frames to ask for once the encoder can take more.
    n_owed: u32,
    file: Option<NamedFile>,
}

/// What becomes of the frames besides.
enum Saved {
    No,
    /// They are encoded, as fast as that goes, from the first one on.
    Wanted,
    Begun(FilmEncoder),
}

impl Player {
    /// The video's first frame is at `secs` on the session's clock.
    pub(super) fn begin_picture(&self, secs: f64) {
        self.begins_secs.set(secs);
    }

    /// Put the frame that begins at `secs` on the stage.
    pub(super) fn go_to(&self, secs: f64) {
        self.show(secs, None);
    }

    fn show(&self, secs: f64, to_secs: Option<f64>) {
        self.stop();
        let begins_secs = self.begins_secs.get();
        if let Some(engine) = self.engine.get() {
            engine.show_video(secs - begins_secs - EARLIER_SECS, to_secs.map(|to_secs| to_secs - begins_secs));
        }
    }

    /// Play the video `file` from `secs` on, to the last frame that was read.
    pub(super) fn play(&self, secs: f64, playback: Playback, file: Option<NamedFile>) {
        let last_secs = self.live.borrow().last_secs();
        self.show(secs, last_secs.map(|last_secs| last_secs + EARLIER_SECS));
        let Some(engine) = self.engine.get() else { return };
        let saved = if playback == Playback::Saved { Saved::Wanted } else { Saved::No };
        self.playback.replace(Some(Running {
            clock: None,
            newest_due: None,
            coming: VecDeque::new(),
            saved,
            n_owed: 0,
            file,
        }));
        self.dispatcher.dispatch(Action::PlayVideo(Some(playback)));
        for _ in 1..N_AHEAD {
            engine.show_next();
        }
    }

    /// Play no more; what is to be saved is saved as far as it went.
    pub(super) fn stop(&self) {
        let Some(Running { saved, file, .. }) = self.playback.take() else { return };
        // Frames that were asked for do not come any more.
        if let Some(engine) = self.engine.get() {
            engine.stop_video();
        }
        self.dispatcher.dispatch(Action::PlayVideo(None));
        let Saved::Begun(film) = saved else { return };
        let provenance = self.live.borrow_mut().session_with_provenance().provenance().clone();
        let file_name = format!("{}-annotated.webm", file_stem(self.live.borrow().source_name()));
        let (live, dispatcher) = (Rc::clone(&self.live), self.dispatcher.clone());
        spawn_local(async move {
            let provenance = with_sha256(provenance, file, &live, &dispatcher).await;
            if let Err(reason) = film.save(&file_name, provenance).await {
                dispatcher.dispatch(Action::SetTimelineProblem(Some(not_saved(&reason))));
            }
        });
    }

    /// A frame came: it is painted when it is due.
    pub(super) fn shown(&self, frame: DecodedFrame, pixels: ImageData) {
        let wait = match self.playback.borrow_mut().as_mut() {
            Some(playback) => playback.wait_for(frame.time_secs, Instant::now()),
            None => Duration::ZERO,
        };
        self.after(wait, move |player| player.paint(frame, pixels));
    }

    /// No further frame comes.
    pub(super) fn ended(&self, end: VideoEnd) {
        let wait = self.playback.borrow().as_ref().map(|playback| playback.time_left(Instant::now()));
        if let Some(wait) = wait {
            self.after(wait + LAST_FRAME, Self::stop);
        }
        let is_saved = self.playback.borrow().as_ref().is_some_and(|playback| !matches!(playback.saved, Saved::No));
        let lost = (is_saved && end.n_lost > 0).then(|| {
            let what = format!("{} frames could not be decoded", end.n_lost);
            Problem::new("The saved video is not whole", what, "Those before and behind them are in it")
        });
        if let Some(problem) = end.problem.or(lost) {
            self.dispatcher.dispatch(Action::SetTimelineProblem(Some(problem)));
        }
    }

    /// Do that after a time, unless the playback is stopped before.
    fn after(&self, wait: Duration, act: impl FnOnce(&Self) + 'static) {
        let player = self.clone();
        match self.playback.borrow_mut().as_mut() {
            Some(playback) if !wait.is_zero() => {
                // Older ones have fired.
                playback.coming.truncate(2 * N_AHEAD as usize);
                playback.coming.push_front(Timeout::new(wait.as_millis() as u32, move || act(&player)));
                return;
            }
            _ => {}
        }
        act(self);
    }

    /// Paint the newest frame with its faces, if this picture of it is given.
    pub(super) fn paint_newest(&self, pixels: Option<ImageData>) {
        let live = self.live.borrow();
        if let Some((frame, pixels)) = live.frame().zip(pixels) {
            self.surface.show_pixels(&pixels);
            self.surface.paint(&frame.faces, Some(live.selected_idx()));
        }
    }

    /// Encode the picture on the stage, if it is to be saved.
    fn save(&self, time_secs: f64) -> Result<(), String> {
        let mut playback = self.playback.borrow_mut();
        let Some(Running { saved, .. }) = playback.as_mut() else { return Ok(()) };
        match saved {
            Saved::No => Ok(()),
            Saved::Wanted => {
                let player = self.clone();
                *saved = Saved::Begun(FilmEncoder::start(&self.surface, time_secs, move || player.ask_for_owed())?);
                Ok(())
            }
            Saved::Begun(film) => film.add(&self.surface, time_secs),
        }
    }

    /// Have a further frame decoded, once the encoder can take it.
    fn ask_for_next(&self) {
        if let Some(playback) = self.playback.borrow_mut().as_mut() {
            playback.n_owed += 1;
        }
        self.ask_for_owed();
    }

    /// A busy encoder calls this again.
    fn ask_for_owed(&self) {
        let n_owed = match self.playback.borrow_mut().as_mut() {
            Some(Running { saved: Saved::Begun(film), .. }) if film.is_busy() => 0,
            Some(playback) => std::mem::take(&mut playback.n_owed),
            None => 0,
        };
        if let Some(engine) = self.engine.get() {
            (0..n_owed).for_each(|_| engine.show_next());
        }
    }

    fn paint(&self, frame: DecodedFrame, pixels: ImageData) {
        let time_secs = frame.time_secs + self.begins_secs.get();
        self.live.borrow_mut().show_again(time_secs, [frame.width, frame.height]);
        self.paint_newest(Some(pixels));
        let saved = self.save(time_secs);
        match saved {
            Ok(()) => self.ask_for_next(),
            Err(reason) => {
                self.stop();
                self.dispatcher.dispatch(Action::SetTimelineProblem(Some(not_saved(&reason))));
            }
        }
    }
}

impl Running {
    /// Time from `now` until the frame of that time is due. The first one is due at once, as are those of a film.
    fn wait_for(&mut self, time_secs: f64, now: Instant) -> Duration {
        if !matches!(self.saved, Saved::No) {
            return Duration::ZERO;
        }
        let (begin, first_secs) = *self.clock.get_or_insert((now, time_secs));
        let due = begin + Duration::from_secs_f64((time_secs - first_secs).max(0.0));
        if now.saturating_duration_since(due) > MAX_LAG {
            self.clock = Some((now, time_secs));
        }
        self.newest_due = Some(due);
        due.saturating_duration_since(now)
    }

    /// Until the last frame that came is painted.
    fn time_left(&self, now: Instant) -> Duration {
        self.newest_due.map_or(Duration::ZERO, |due| due.saturating_duration_since(now))
    }
}

fn not_saved(reason: &str) -> Problem {
    Problem::new("The video with its boxes could not be saved", reason, "Use a current Chrome, Edge, Firefox or Safari")
}
