//! The faces that were found, one a row.

use yew::prelude::*;

use super::badge::Badge;
use crate::display::{DisplayFace, FaceRef};

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The faces.
    pub faces: Vec<DisplayFace>,
    /// Index of the selected one.
    pub selected: usize,
    /// The one that a person points at, here or on the picture.
    pub pointed: Option<FaceRef>,
    /// Another one was selected.
    pub on_select: Callback<FaceRef>,
    /// A face is pointed at, by pointer or keyboard, or none any more.
    pub on_point: Callback<Option<FaceRef>>,
}

/// The faces that were found, one a row; a press selects.
#[component]
pub(super) fn Faces(props: &Props) -> Html {
    let row = |(face_idx, face): (usize, &DisplayFace)| row(face_idx, face, props);
    html! { <ul class="faces" aria-label="Faces">{ for props.faces.iter().enumerate().map(row) }</ul> }
}

fn row(face_idx: usize, face: &DisplayFace, props: &Props) -> Html {
    let rect = face.face.detection.rect;
    let label = face.label.unwrap_or_else(|| face.scores.top().0);
    let reference = FaceRef { face_idx, id: face.id };
    let onclick = props.on_select.reform(move |_: MouseEvent| reference);
    let onmouseenter = props.on_point.reform(move |_: MouseEvent| Some(reference));
    let onmouseleave = props.on_point.reform(|_: MouseEvent| None);
    let onfocus = props.on_point.reform(move |_: FocusEvent| Some(reference));
    let onblur = props.on_point.reform(|_: FocusEvent| None);
    let is_selected = face_idx == props.selected;
    let is_pointed = props.pointed.is_some_and(|pointed| pointed.is(face_idx, face));
    html! {
        <li>
            <button
                type="button"
                class={classes!("face", is_pointed.then_some("lit"))}
                {onclick}
                {onmouseenter}
                {onmouseleave}
                {onfocus}
                {onblur}
                aria-pressed={is_selected.to_string()}
                data-testid="face-row"
                data-x={rect.x.to_string()}
                data-y={rect.y.to_string()}
                data-width={rect.width.to_string()}
                data-height={rect.height.to_string()}
                data-id={face.id.map(|id| id.to_string())}
                data-label={label.name()}
                data-confidence={face.scores.of(label).to_string()}
                data-sure={face.label.is_some().to_string()}
                data-selected={is_selected.to_string()}
                data-pointed={is_pointed.to_string()}
            >
                <span class="who">{ who(face_idx, face) }</span>
                <Badge scores={face.scores} label={face.label} />
            </button>
        </li>
    }
}

/// The number on the picture; what it is of is plain to see there.
fn who(face_idx: usize, face: &DisplayFace) -> Html {
    let word = if face.id.is_some() { "Person " } else { "Face " };
    html! { <><span class="unseen">{ word }</span>{ face.number(face_idx) }</> }
}
