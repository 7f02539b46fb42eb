//! The values of controls, and places of the pointer.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement, HtmlSelectElement, PointerEvent, WheelEvent};
use yew::NodeRef;

/// The value chosen in the `<select>` that sent `event`.
pub fn chosen(event: &Event) -> Option<String> {
    Some(event.target()?.dyn_into::<HtmlSelectElement>().ok()?.value())
}

/// Choose `value` in a `<select>`. The attribute `selected` does nothing once a person has chosen.
pub fn choose(select: &NodeRef, value: &str) {
    if let Some(select) = select.cast::<HtmlSelectElement>() {
        select.set_value(value);
    }
}

/// The number in an `<input type=number>`, if there is one.
pub fn number(input: &NodeRef) -> Option<f64> {
    input.cast::<HtmlInputElement>().map(|input| input.value_as_number()).filter(|number| number.is_finite())
}

/// Whether the checkbox that sent `event` is checked.
pub fn is_checked(event: &Event) -> bool {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    input.is_some_and(|input| input.checked())
}

/// The text in the `<input>` that sent `event`.
pub(crate) fn text(event: &Event) -> Option<String> {
    Some(event.target()?.dyn_into::<HtmlInputElement>().ok()?.value())
}

/// Width of an element within its edges, pixels of the page.
pub(crate) fn width(element: &NodeRef) -> Option<usize> {
    usize::try_from(element.cast::<Element>()?.client_width()).ok()
}

/// The element that got `event` gets the pointer's events until it is released, wherever it goes.
pub(crate) fn keep_pointer(event: &PointerEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(target) = target {
        // Refused only of a pointer that is gone.
        let _ = target.set_pointer_capture(event.pointer_id());
    }
}

/// A turn of the wheel over an element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WheelTurn {
    /// Where the pointer is, pixels from the element's left edge.
    pub column: f64,
    /// To the right, pixels.
    pub right: f64,
    /// Down, pixels.
    pub down: f64,
    /// Whether Ctrl is held, or ⌘, or two fingers pinch.
    pub with_ctrl: bool,
}

/// Listens to the wheel over an element. Yew's own listeners cannot keep the page from scrolling; `use_turn` says
/// whether to.
pub(crate) fn on_wheel(element: &NodeRef, use_turn: impl Fn(WheelTurn) -> bool + 'static) -> Option<EventListener> {
    let element = element.cast::<Element>()?;
    let options = EventListenerOptions::enable_prevent_default();
    Some(EventListener::new_with_options(&element, "wheel", options, move |event| {
        let Some(wheel) = event.dyn_ref::<WheelEvent>() else { return };
        let turn = WheelTurn {
            column: f64::from(wheel.offset_x()),
            right: wheel.delta_x(),
            down: wheel.delta_y(),
            with_ctrl: wheel.ctrl_key() || wheel.meta_key(),
        };
        if use_turn(turn) {
            event.prevent_default();
        }
    }))
}
