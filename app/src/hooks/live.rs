//! Snapshots of the camera's side, for the components.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Interval;
use web_time::Instant;
use yew::prelude::*;

use crate::live::{Live, LiveView};
use crate::state::VideoStep;

/// Time between two snapshots, milliseconds: eight a second, as numbers that change faster cannot be read.
const INTERVAL_MS: u32 = 125;

/// The newest snapshot of `live`, and a callback that takes another one at once. Otherwise one is taken every
/// [`INTERVAL_MS`] while the camera runs, and when that begins or ends, or a video comes to another step.
#[hook]
pub(super) fn use_live(
    live: &Rc<RefCell<Live>>,
    is_running: bool,
    step: Option<&VideoStep>,
) -> (Rc<LiveView>, Callback<()>) {
    let view = use_state_eq(|| Rc::new(LiveView::default()));
    let (live, setter) = (Rc::clone(live), view.setter());
    let refresh = use_callback((), move |(), ()| setter.set(Rc::new(live.borrow().view(Instant::now()))));
    let on_tick = refresh.clone();
    use_effect_with((is_running, step.cloned()), move |&(is_running, _)| {
        on_tick.emit(());
        let interval = is_running.then(|| Interval::new(INTERVAL_MS, move || on_tick.emit(())));
        move || drop(interval)
    });
    ((*view).clone(), refresh)
}
