//! Renders a component again and again while something moves.

use gloo::timers::callback::Interval;
use yew::prelude::*;

/// Render the component every `millis` milliseconds while `is_running`.
#[hook]
pub fn use_ticker(is_running: bool, millis: u32) {
    let update = use_force_update();
    use_effect_with(is_running, move |&is_running| {
        let interval = is_running.then(|| Interval::new(millis, move || update.force_update()));
        move || drop(interval)
    });
}
