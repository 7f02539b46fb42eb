//! Dialogues that the browser keeps on top, with the keyboard inside.

use web_sys::HtmlDialogElement;
use yew::NodeRef;

/// Open the `<dialog>`, or close it; nothing where it is so already.
pub(crate) fn set_open(dialog: &NodeRef, is_open: bool) {
    let Some(dialog) = dialog.cast::<HtmlDialogElement>().filter(|dialog| dialog.open() != is_open) else { return };
    if is_open {
        // Refused only to a dialogue that is not in the page.
        let _ = dialog.show_modal();
    } else {
        dialog.close();
    }
}
