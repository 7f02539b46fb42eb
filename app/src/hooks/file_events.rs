//! Files dropped on the page or pasted into it.

use yew::prelude::*;

use crate::problem::Problem;
use crate::state::Action;
use crate::web::file::{self, FileEvent, NamedFile};

/// Listens to file events; returns whether a file hovers over the page.
#[hook]
pub(super) fn use_file_events(on_files: Callback<Vec<NamedFile>>, dispatch: Callback<Action>) -> bool {
    let is_over = use_state_eq(|| false);
    let setter = is_over.setter();
    use_effect_with((), move |()| {
        let on_event = Callback::from(move |event: FileEvent| {
            setter.set(matches!(event, FileEvent::Over));
            match event {
                FileEvent::Over | FileEvent::Away => {}
                FileEvent::Files(files) => on_files.emit(files),
                FileEvent::DroppedNoFile => dispatch.emit(Action::ShowProblem(dropped_no_file())),
                FileEvent::PastedNoPicture => dispatch.emit(Action::ShowProblem(pasted_no_picture())),
            }
        });
        let listening = file::listen(&on_event);
        move || drop(listening)
    });
    *is_over
}

fn dropped_no_file() -> Problem {
    let advice = "Save the picture first, then drop the file, or copy the picture itself and paste it here";
    Problem::new("What was dropped is not a file", "Expected a picture file, got a link or text", advice)
}

fn pasted_no_picture() -> Problem {
    let advice = "Copy a picture or a picture file, then paste again";
    Problem::new("The clipboard holds no picture", "Expected a picture, got something else", advice)
}
