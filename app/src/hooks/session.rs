//! Handles on the session, for the components.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Interval;
use yew::prelude::*;

use crate::live::{Live, SessionHandle};
use crate::state::VideoStep;

/// Time between two looks at the session, milliseconds: a timeline that is drawn more often costs frames.
const INTERVAL_MS: u32 = 1000;

/// A handle on the session, and a callback that replaces it at once. While frames come, or may come, it is replaced
/// every [`INTERVAL_MS`], and at once when a video comes to another step.
#[hook]
pub(super) fn use_session(
    live: &Rc<RefCell<Live>>,
    is_running: bool,
    step: Option<&VideoStep>,
) -> (SessionHandle, Callback<()>) {
    let session = use_state_eq(|| SessionHandle::of(live, None));
    let (live, setter) = (Rc::clone(live), session.setter());
    let last = use_mut_ref(|| None::<SessionHandle>);
    let refresh = use_callback((), move |(), ()| {
        let now = SessionHandle::of(&live, last.borrow().as_ref());
        *last.borrow_mut() = Some(now.clone());
        setter.set(now);
    });
    let on_tick = refresh.clone();
    use_effect_with((is_running, step.cloned()), move |&(is_running, _)| {
        on_tick.emit(());
        let interval = is_running.then(|| Interval::new(INTERVAL_MS, move || on_tick.emit(())));
        move || drop(interval)
    });
    ((*session).clone(), refresh)
}
