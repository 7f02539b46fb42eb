//! For how long each expression was the apparent one, since the session began: of all or of one person.

use std::rc::Rc;

use pipeline::{PoorFramePolicy, Shares, Shown, TimeShare};
use yew::prelude::*;

use super::choice::Choice;
use crate::live::LiveView;
use crate::theme;
use crate::web::input;

/// People who were there for less, seconds, are not offered: a false find of the detector is no person.
const LEAST_SECS: f64 = 1.0;

/// Everybody together, in the menu's values.
const ALL: &str = "all";

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// A snapshot of the camera's side.
    pub live: Rc<LiveView>,
    /// How low-quality frames count.
    pub poor_frames: PoorFramePolicy,
    /// Leave those out, or not.
    pub on_leave_out_poor: Callback<bool>,
    /// Count from nothing.
    pub on_reset: Callback<()>,
}

/// For how long each expression was the apparent one, of all or of one person.
#[component]
pub(super) fn SharesTable(props: &Props) -> Html {
    let chosen = use_state(|| None::<String>);
    let live = &props.live;
    let person = |chosen: &String| {
        let found = live.people.iter().find(|(id, _)| id.to_string() == *chosen);
        found.map(|(_, person)| (chosen.clone(), &person.shares))
    };
    let (value, shares) = chosen.as_ref().and_then(person).unwrap_or_else(|| (ALL.to_owned(), &live.shares));
    let of = if value == ALL { SharesOf::Everybody } else { SharesOf::OnePerson };
    let on_choose = Callback::from(move |id: String| chosen.set(Some(id)));
    let on_poor = props.on_leave_out_poor.reform(|event: Event| input::is_checked(&event));
    let onclick = props.on_reset.reform(|_: MouseEvent| ());
    html! {
        <section class="panel">
            <div class="heading">
                <h2 id="shares">{ "Apparent expression shares" }</h2>
                <button type="button" {onclick} data-testid="shares-reset">{ "Reset" }</button>
            </div>
            <div class="settings-row">
                <Choice
                    label="Person"
                    testid="shares-person"
                    options={people(live, &value)}
                    {value}
                    {on_choose}
                />
                <label class="check">
                    <input
                        type="checkbox"
                        checked={props.poor_frames == PoorFramePolicy::Separate}
                        onchange={on_poor}
                        data-testid="leave-out-poor"
                    />
                    { "Skip low-quality frames" }
                </label>
            </div>
            { table(shares, props.poor_frames, of) }
            <p class="quiet">
                { "A face counts until the next frame is analysed, for a second at most, in a video for ten. Shares of labels and of unsure are \
                   those of the time in which a face was read, the others those of all time" }
            </p>
        </section>
    }
}

/// Everybody, and each who was there for long enough or is chosen.
fn people(live: &LiveView, chosen: &str) -> Vec<(AttrValue, AttrValue)> {
    let people = live.people.iter().map(|(id, person)| (id.to_string(), person));
    let offered = people.filter(|(id, person)| person.shares.secs() >= LEAST_SECS || id == chosen);
    let options = offered.map(|(id, person)| {
        let name = person.name.clone().unwrap_or_else(|| format!("Person {id}"));
        (id.into(), name.into())
    });
    [(ALL.into(), "All together".into())].into_iter().chain(options).collect()
}

/// The people that shares are of: one person has no time without a face.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SharesOf {
    Everybody,
    OnePerson,
}

fn table(shares: &Shares, poor_frames: PoorFramePolicy, of: SharesOf) -> Html {
    let rows =
        shares.times(poor_frames).into_iter().filter(|row| of == SharesOf::Everybody || row.shown != Shown::NoFace);
    html! {
        <table class="shares" aria-labelledby="shares">
            <thead>
                <tr>
                    <th scope="col">{ "Label" }</th>
                    <th scope="col"><span class="unseen">{ "Bar" }</span></th>
                    <th scope="col" class="number">{ "Time" }</th>
                    <th scope="col" class="number">{ "Share" }</th>
                </tr>
            </thead>
            <tbody>{ for rows.map(row) }</tbody>
        </table>
    }
}

fn row(TimeShare { shown, count, secs, relative }: TimeShare) -> Html {
    let id = shown.name().replace(' ', "-");
    html! {
        <tr
            data-testid="share-row"
            data-emotion={id.clone()}
            data-count={count.to_string()}
            data-secs={secs.to_string()}
            data-relative={relative.to_string()}
        >
            <th scope="row">{ word(shown) }</th>
            <td><meter min="0" max="1" value={relative.to_string()} data-emotion={id} aria-hidden="true" /></td>
            <td class="number">{ duration(secs) }</td>
            <td class="number">{ format!("{:.1}\u{a0}%", 100.0 * relative) }</td>
        </tr>
    }
}

/// The word on the screen for `shown`.
pub(super) fn word(shown: Shown) -> &'static str {
    match shown {
        Shown::Label(emotion) => theme::word(emotion),
        Shown::Unsure => "Unsure",
        Shown::PoorQuality => "Poor quality",
        Shown::NoFace => "No face",
    }
}

/// Such as "4.2 s" and "12:07".
pub(super) fn duration(secs: f64) -> String {
    if secs < 60.0 {
        return format!("{secs:.1}\u{a0}s");
    }
    let secs = secs as u64;
    format!("{}:{:02}", secs / 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn time_is_told_in_seconds_and_then_in_minutes() {
        assert_eq!([0.0, 4.25, 60.0, 727.9].map(duration), ["0.0\u{a0}s", "4.2\u{a0}s", "1:00", "12:07"]);
    }
}
