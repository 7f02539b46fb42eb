//! What a person set in a control.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, HtmlSelectElement};
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
