//! Identities: names, people who are merged into one, and people who are left out.

use std::rc::Rc;
use std::str::FromStr;

use pipeline::TrackId;
use yew::prelude::*;

use crate::components::choice::Choice;
use crate::components::raster::Pixels;
use crate::live::{Edit, SessionHandle};
use crate::picture::Raster;
use crate::web::input;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The session to show.
    pub session: SessionHandle,
    /// The people to show, and whom others can be said to be.
    pub people: Rc<[TrackId]>,
    /// Change who is who.
    pub on_edit: Callback<Edit>,
}

/// A person with what was done about them.
struct Row {
    person: TrackId,
    name: String,
    merged: Vec<TrackId>,
    is_excluded: bool,
    picture: Option<Raster>,
}

/// The table of people.
#[component]
pub(super) fn People(props: &Props) -> Html {
    let rows = rows(&props.session, &props.people);
    let others: Vec<_> = rows.iter().filter(|row| !row.is_excluded).map(|row| (row.person, row.name.clone())).collect();
    html! {
        <section class="stack" aria-labelledby="people">
            <h3 id="people">{ "People" }</h3>
            <ul class="stack">{ for rows.iter().map(|row| person(row, &others, &props.on_edit)) }</ul>
        </section>
    }
}

fn rows(handle: &SessionHandle, people: &[TrackId]) -> Vec<Row> {
    handle.with(|session| {
        let edits = session.edits();
        let row = |person, is_excluded| {
            let (name, merged) = (session.name_of(person), edits.merged_into(person).collect());
            Row { person, name, merged, is_excluded, picture: handle.picture(person) }
        };
        let counting = people.iter().map(|&person| row(person, false));
        counting.chain(edits.excluded().map(|person| row(person, true))).collect()
    })
}

fn person(row: &Row, others: &[(TrackId, String)], on_edit: &Callback<Edit>) -> Html {
    let person = row.person;
    let press = |edit: fn(TrackId) -> Edit| on_edit.reform(move |_: MouseEvent| edit(person));
    let name = row.name.clone();
    html! {
        <li class="toolbar" data-testid="person" data-person={person.to_string()} key={person.number()}>
            if let Some(raster) = row.picture.clone() {
                <Pixels {raster} zoom={1} label={format!("{name} as the network saw them")} testid="person-picture" />
            }
            if row.is_excluded {
                <span>{ format!("{name}, excluded") }</span>
                <button type="button" onclick={press(Edit::Include)}>{ "Include" }</button>
            } else {
                <Name {person} {name} on_edit={on_edit.clone()} />
                { merge(row, others, on_edit) }
                if !row.merged.is_empty() {
                    <button type="button" onclick={press(Edit::Unmerge)}>
                        { format!("Undo merging of {}", numbers(&row.merged)) }
                    </button>
                }
                <button type="button" onclick={press(Edit::Exclude)} data-testid="exclude">{ "Exclude" }</button>
            }
        </li>
    }
}

/// The menu of those whom a person may be in truth.
fn merge(row: &Row, others: &[(TrackId, String)], on_edit: &Callback<Edit>) -> Html {
    let person = row.person;
    let candidates: Vec<_> = others.iter().filter(|(other, _)| *other != person).cloned().collect();
    if candidates.is_empty() {
        return Html::default();
    }
    let options = candidates.iter().map(|(id, name)| (id.to_string().into(), name.clone().into()));
    let options: Vec<(AttrValue, AttrValue)> = [("".into(), "no one else".into())].into_iter().chain(options).collect();
    let on_edit = on_edit.clone();
    let on_choose = Callback::from(move |id: String| {
        let number = u64::from_str(&id).ok();
        if let Some((into, _)) = candidates.iter().find(|(id, _)| Some(id.number()) == number) {
            on_edit.emit(Edit::Merge(person, *into));
        }
    });
    html! { <Choice label="Is" testid="merge" {options} value="" {on_choose} /> }
}

#[derive(PartialEq, Properties)]
struct NameProps {
    person: TrackId,
    name: String,
    on_edit: Callback<Edit>,
}

/// A field for a name, taken over when it is left or Enter is pressed.
#[component]
fn Name(props: &NameProps) -> Html {
    let NameProps { person, name, on_edit } = props;
    let (person, on_edit) = (*person, on_edit.clone());
    let onchange = Callback::from(move |event: Event| {
        if let Some(name) = input::text(&event) {
            on_edit.emit(Edit::Rename(person, name));
        }
    });
    html! {
        <label class="field">
            <span>{ format!("Name of person {person}") }</span>
            <input type="text" maxlength="100" value={name.clone()} {onchange} data-testid="person-name" />
        </label>
    }
}

fn numbers(people: &[TrackId]) -> String {
    people.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
