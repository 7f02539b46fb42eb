//! The faces that were found, one a row.

use pipeline::Face;
use yew::prelude::*;

use super::plate::Plate;
use crate::hooks::Pressed;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The faces.
    pub faces: Vec<Face>,
    /// Which one is selected.
    pub selected: usize,
    /// Another one was selected.
    pub on_select: Callback<Pressed>,
}

/// The faces that were found, one a row; a press selects.
#[component]
pub(super) fn Faces(props: &Props) -> Html {
    let row = |(face_idx, face): (usize, &Face)| row(face_idx, face, face_idx == props.selected, &props.on_select);
    html! { <ul class="faces" aria-label="Faces">{ for props.faces.iter().enumerate().map(row) }</ul> }
}

fn row(face_idx: usize, face: &Face, is_selected: bool, on_select: &Callback<Pressed>) -> Html {
    let rect = face.detection.rect;
    let (emotion, confidence) = face.scores.top();
    let onclick = on_select.reform(move |_: MouseEvent| Pressed { face_idx, rect });
    html! {
        <li>
            <button
                type="button"
                class="face"
                {onclick}
                aria-pressed={is_selected.to_string()}
                data-testid="face-row"
                data-x={rect.x.to_string()}
                data-y={rect.y.to_string()}
                data-width={rect.width.to_string()}
                data-height={rect.height.to_string()}
                data-label={emotion.name()}
                data-confidence={confidence.to_string()}
                data-sure={face.is_sure.to_string()}
                data-selected={is_selected.to_string()}
            >
                <span class="quiet"><span class="unseen">{ "Face " }</span>{ face_idx + 1 }</span>
                <Plate scores={face.scores} is_sure={face.is_sure} />
            </button>
        </li>
    }
}
