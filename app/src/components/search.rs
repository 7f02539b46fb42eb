//! The search of a photo: how far it has come, a way to stop it, and a way to turn the photo.

use vision::Turn;
use yew::prelude::*;

use crate::hooks::Controls;
use crate::state::{Photo, Source};

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The source of the picture on the stage.
    pub source: Source,
    /// The things that a person can do.
    pub controls: Controls,
}

/// Progress of the search of the photo on the stage, with *Stop*; and *Turn*, with the reason if it was turned.
#[component]
pub(super) fn Search(props: &Props) -> Html {
    let Source::Photo(photo) = &props.source else { return Html::default() };
    let Some(shown) = &photo.shown else { return Html::default() };
    let turn = shown.turn;
    let on_turn = props.controls.on_turn.reform(move |_: MouseEvent| turn);
    html! {
        <div class="search">
            { progress(photo, &props.controls) }
            if let Some(words) = words(photo, turn) {
                <span data-testid="turned">{ words }</span>
            }
            <button type="button" onclick={on_turn} data-testid="turn">{ "Turn" }</button>
        </div>
    }
}

fn progress(photo: &Photo, controls: &Controls) -> Html {
    let Some(share) = photo.progress() else { return Html::default() };
    let onclick = controls.on_stop_search.reform(|_: MouseEvent| ());
    html! {
        <>
            <label>
                { "Looking for small faces… " }
                <progress max="1" value={share.to_string()} data-testid="search-progress" />
            </label>
            <button type="button" {onclick} data-testid="stop-search">{ "Stop" }</button>
        </>
    }
}

/// Why the photo is turned, or may have to be.
fn words(photo: &Photo, turn: Turn) -> Option<String> {
    let n_faces = photo.shown.as_ref().map_or(0, |shown| shown.analysis.faces.len());
    match turn {
        Turn::None if n_faces == 0 && photo.progress().is_none() => Some("Is the photo upright?".to_owned()),
        Turn::None => None,
        turn => Some(format!("The photo is shown turned by {}°", turn.degrees())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::AnalyzedPhoto;

    #[test]
    fn a_turn_is_told_and_offered_where_there_is_no_face() {
        let cases = [
            (0, Turn::None, 1.0, Some("Is the photo upright?")),
            (0, Turn::None, 0.5, None),
            (1, Turn::None, 1.0, None),
            (1, Turn::Half, 1.0, Some("The photo is shown turned by 180°")),
        ];
        for (n_faces, turn, progress, expected) in cases {
            let shown = AnalyzedPhoto { turn, progress, ..AnalyzedPhoto::of_faces(n_faces) };
            let photo = Photo {
                name: String::new(),
                is_reading: false,
                is_stopped: false,
                shown: Some(shown.into()),
                selected: 0,
            };
            assert_eq!(words(&photo, turn).as_deref(), expected, "{n_faces} {turn:?} {progress}");
        }
    }
}
