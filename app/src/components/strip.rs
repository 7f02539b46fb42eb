//! Several photos: a strip of them, how far reading has come, and what all of them show.

use yew::prelude::*;

use super::{raster::Pixels, toolbar::picked};
use crate::hooks::Controls;
use crate::problem::Problem;
use crate::state::{Item, Photos, PhotosAction, Summary};
use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The photos; nothing is shown without.
    pub photos: Photos,
    /// The things that a person can do.
    pub controls: Controls,
}

/// Several photos as a strip, from which one is selected by a press or the arrow keys.
#[component]
pub(super) fn Strip(props: &Props) -> Html {
    let Props { photos, controls } = props;
    if photos.is_empty() {
        return Html::default();
    }
    let on_select = controls.on_photos.reform(PhotosAction::Select);
    let tiles = photos.items.iter().enumerate().map(|(idx, item)| tile(idx, item, photos, &on_select));
    html! {
        <section class="photos" aria-label="Photos" data-testid="photos">
            { progress(photos, controls) }
            <ul class="strip" role="listbox" aria-label="Photos" tabindex="0" onkeydown={on_key(photos, on_select.clone())}>
                { for tiles }
            </ul>
            { failures(photos) }
        </section>
    }
}

/// A button that opens the picker of folders.
#[component]
pub(super) fn ChooseFolder(props: &FolderProps) -> Html {
    let onchange = picked(&props.controls.on_files);
    html! {
        <label class="button">
            <input type="file" webkitdirectory=true multiple=true class="unseen" {onchange} data-testid="folder-input" />
            { "Choose folder…" }
        </label>
    }
}

#[derive(PartialEq, Properties)]
pub(super) struct FolderProps {
    /// The things that a person can do.
    pub controls: Controls,
}

fn tile(idx: usize, item: &Item, photos: &Photos, on_select: &Callback<usize>) -> Html {
    let is_selected = idx == photos.selected;
    let onclick = on_select.reform(move |_: MouseEvent| idx);
    let state = match &item.outcome {
        None => "waiting",
        Some(Ok(_)) => "read",
        Some(Err(_)) => "failed",
    };
    html! {
        <li
            role="option"
            class={classes!("tile", state)}
            aria-selected={is_selected.to_string()}
            title={item.name.clone()}
            {onclick}
            data-testid="photo-tile"
            data-state={state}
        >
            if let Some(raster) = &item.thumbnail {
                <Pixels raster={raster.clone()} label="" class="thumbnail" />
            }
            <span class="quiet">{ file_name(&item.name) }</span>
            <span>{ words(item) }</span>
        </li>
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The result for a photo, in a few words.
fn words(item: &Item) -> String {
    match &item.outcome {
        None => "…".to_owned(),
        Some(Err(_)) => "not read".to_owned(),
        Some(Ok(shown)) => match &shown.analysis.faces[..] {
            [] => "no face".to_owned(),
            [face] => face.label().map_or_else(|| "unsure".to_owned(), |label| theme::word(label).to_lowercase()),
            faces => format!("{} faces", faces.len()),
        },
    }
}

/// The idx that a key leads to.
fn target(key: &str, selected: usize, n: usize) -> Option<usize> {
    let last = n.checked_sub(1)?;
    Some(match key {
        "ArrowRight" | "ArrowDown" => (selected + 1).min(last),
        "ArrowLeft" | "ArrowUp" => selected.saturating_sub(1),
        "Home" => 0,
        "End" => last,
        _ => return None,
    })
}

fn on_key(photos: &Photos, on_select: Callback<usize>) -> Callback<KeyboardEvent> {
    let (selected, n) = (photos.selected, photos.items.len());
    Callback::from(move |event: KeyboardEvent| {
        if let Some(idx) = target(&event.key(), selected, n) {
            event.prevent_default();
            on_select.emit(idx);
        }
    })
}

fn progress(photos: &Photos, controls: &Controls) -> Html {
    let summary = photos.summary();
    let n_tried = summary.n_read + summary.n_failed;
    let (word, action): (_, fn() -> PhotosAction) =
        if photos.is_stopped { ("Read the others", || PhotosAction::GoOn) } else { ("Stop", || PhotosAction::Stop) };
    let onclick = controls.on_photos.reform(move |_: MouseEvent| action());
    let on_save = controls.on_save_csv.reform(|_: MouseEvent| ());
    html! {
        <>
            <p data-testid="photos-summary">{ sentence(&summary, photos.items.len()) }</p>
            if n_tried < photos.items.len() {
                <progress max={photos.items.len().to_string()} value={n_tried.to_string()} />
                <button type="button" {onclick} data-testid="photos-stop">{ word }</button>
            }
            <button type="button" onclick={on_save} disabled={n_tried == 0} data-testid="photos-csv">
                { "Save as CSV" }
            </button>
        </>
    }
}

/// The number of photos read, and their labels.
fn sentence(summary: &Summary, n: usize) -> String {
    let &Summary { n_read, n_failed, n_faces, .. } = summary;
    let failed = if n_failed > 0 { format!(", {n_failed} could not be read") } else { String::new() };
    let faces = if n_faces == 1 { "face" } else { "faces" };
    let text = format!("{n_read} of {n} photos read, {n_faces} {faces}{failed}");
    let share = |&(label, count): &(Option<_>, usize)| {
        let word = label.map_or("unsure".to_owned(), |label| theme::word(label).to_lowercase());
        format!("{word} {}", theme::percent(count as f64 / n_faces as f64))
    };
    let shares: Vec<_> = summary.labels.iter().map(share).collect();
    if shares.is_empty() { text } else { format!("{text}: {}", shares.join(", ")) }
}

/// The photos that could not be read, by name.
fn failures(photos: &Photos) -> Html {
    let failed = photos.items.iter().filter_map(|item| Some((&item.name, item.outcome.as_ref()?.as_ref().err()?)));
    let lines: Html = failed
        .map(|(name, Problem { detail, advice, .. })| {
            html! { <li data-testid="photo-problem">{ format!("{name}: {detail}. {advice}") }</li> }
        })
        .collect();
    html! { <ul class="quiet">{ lines }</ul> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::AnalyzedPhoto;
    use model_core::Emotion;

    #[test]
    fn keys_lead_along_the_strip_and_not_beyond_it() {
        let cases = [
            ("ArrowRight", 0, Some(1)),
            ("ArrowRight", 2, Some(2)),
            ("ArrowLeft", 0, Some(0)),
            ("ArrowUp", 2, Some(1)),
            ("Home", 2, Some(0)),
            ("End", 0, Some(2)),
            ("a", 0, None),
        ];
        for (key, selected, expected) in cases {
            assert_eq!(target(key, selected, 3), expected, "{key} from {selected}");
        }
        assert_eq!(target("End", 0, 0), None);
    }

    #[test]
    fn a_tile_says_in_few_words_what_was_found() {
        let of = |outcome| words(&Item { name: "a".into(), outcome, thumbnail: None });
        let read = |n_faces| Some(Ok(AnalyzedPhoto::of_faces(n_faces).into()));
        let failed = Some(Err(Problem::new("No", "none", "try")));
        let cases = [(None, "…"), (read(0), "no face"), (read(1), "angry"), (read(3), "3 faces"), (failed, "not read")];
        for (outcome, expected) in cases {
            assert_eq!(of(outcome), expected);
        }
        assert_eq!(file_name("a/b.jpg"), "b.jpg");
    }

    #[test]
    fn the_summary_is_a_sentence() {
        let labels = vec![(Some(Emotion::Happy), 3), (None, 1)];
        let summary = Summary { n_read: 2, n_failed: 1, n_faces: 4, labels };
        let expected = "2 of 5 photos read, 4 faces, 1 could not be read: happy 75\u{a0}%, unsure 25\u{a0}%";
        assert_eq!(sentence(&summary, 5), expected);
        assert_eq!(sentence(&Summary::default(), 2), "0 of 2 photos read, 0 faces");
    }
}
