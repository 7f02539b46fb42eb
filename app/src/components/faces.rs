//! The faces that were found, one a row.

use yew::prelude::*;

use super::plate::Plate;
use crate::display::DisplayFace;
use crate::hooks::FaceClick;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The faces.
    pub faces: Vec<DisplayFace>,
    /// Which one is selected.
    pub selected: usize,
    /// Another one was selected.
    pub on_select: Callback<FaceClick>,
}

/// The faces that were found, one a row; a press selects.
#[component]
pub(super) fn Faces(props: &Props) -> Html {
    let row =
        |(face_idx, face): (usize, &DisplayFace)| row(face_idx, face, face_idx == props.selected, &props.on_select);
    html! { <ul class="faces" aria-label="Faces">{ for props.faces.iter().enumerate().map(row) }</ul> }
}

fn row(face_idx: usize, face: &DisplayFace, is_selected: bool, on_select: &Callback<FaceClick>) -> Html {
    let (rect, id) = (face.face.detection.rect, face.id);
    let label = face.label.unwrap_or_else(|| face.scores.top().0);
    let onclick = on_select.reform(move |_: MouseEvent| FaceClick { face_idx, id });
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
                data-id={id.map(|id| id.to_string())}
                data-label={label.name()}
                data-confidence={face.scores.of(label).to_string()}
                data-sure={face.label.is_some().to_string()}
                data-selected={is_selected.to_string()}
            >
                <span class="quiet">{ who(face_idx, face) }</span>
                <Plate scores={face.scores} label={face.label} />
            </button>
        </li>
    }
}

/// A camera's face has the number of its person, as on the picture; a photo's that of its row.
fn who(face_idx: usize, face: &DisplayFace) -> Html {
    let (word, number) = match face.id {
        Some(id) => ("Person ", id.to_string()),
        None => ("Face ", (face_idx + 1).to_string()),
    };
    html! { <><span class="unseen">{ word }</span>{ number }</> }
}
