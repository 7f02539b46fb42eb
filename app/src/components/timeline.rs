//! The labels of each person over time: a lane for each, a cursor, a range and its summary, people, and files of it.

mod dwells;
mod files;
mod frame_tools;
mod lanes;
mod moment;
mod people;
mod range;
mod summary;
mod window;

use model_core::Emotion;
use pipeline::PoorFramePolicy;
use yew::prelude::*;

use super::{alerts, choice::Choice};
use crate::hooks::Controls;
use crate::live::SessionHandle;
use crate::problem::Problem;
use crate::state::{Look, LookAction};
use crate::theme;
use dwells::Dwells;
use files::Files;
use frame_tools::FrameTools;
pub(super) use frame_tools::Frames;
use lanes::Lanes;
use people::People;
use range::RangeFields;
use summary::SummaryTables;

/// No curve, in the menu of curves.
const NONE: &str = "none";

/// Factor of one step of zooming.
const ZOOM_STEP: f64 = 1.5;

/// A cursor so near the end stands at it, seconds: some frames.
const AT_END_SECS: f64 = 0.1;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The session to show.
    pub session: SessionHandle,
    /// From the first to the last frame of it, seconds.
    pub span: [f64; 2],
    /// How low-quality frames count.
    pub poor_frames: PoorFramePolicy,
    /// Why something could not be done with it.
    pub problem: Option<Problem>,
    /// How its frames can be shown.
    pub frames: Frames,
    /// The time of the frame on the stage, seconds, if it is one of these.
    pub shown_secs: Option<f64>,
    /// The things that a person can do.
    pub controls: Controls,
}

/// The labels of each person over time. Another session gets a new panel, which shows all of it.
#[component]
pub(super) fn Timeline(props: &Props) -> Html {
    let Props { session, span, poor_frames, controls, .. } = props;
    let look = use_reducer_eq(Look::default);
    let on_look = on_look(&look, props);
    use_playhead(&look, props);
    let shows_all = use_state_eq(|| false);
    let people = if *shows_all { &session.people } else { &session.main_people };
    let part = look.range_in(*span);
    let on_clear = controls.on_reset_shares.reform(|_: MouseEvent| ());
    html! {
        <section class="panel stack" aria-labelledby="timeline" data-testid="timeline">
            <div class="heading">
                <h2 id="timeline">{ "Timeline" }</h2>
                <button type="button" onclick={on_clear} data-testid="timeline-clear">{ "Clear" }</button>
            </div>
            if let Some(problem) = &props.problem {
                { alerts::to_dismiss(problem, &controls.on_dismiss) }
            }
            <div class="toolbar tools">
                <FrameTools
                    frames={props.frames}
                    from_secs={play_from(look.cursor, *span)}
                    controls={controls.clone()}
                />
                { tools(&look, &on_look) }
            </div>
            { more_people(session, people.len(), &shows_all) }
            <Lanes session={session.clone()} people={people.clone()} span={*span} look={*look} on_look={on_look.clone()} />
            { moment::said(session, look.cursor) }
            { legend() }
            <p id="timeline-help" class="quiet">{ lanes::HELP }</p>
            <RangeFields
                session={session.clone()}
                {part}
                on_look={on_look.clone()}
                on_edit={controls.on_edit.clone()}
            />
            <SummaryTables
                session={session.clone()}
                people={people.clone()}
                span={*span}
                {part}
                poor_frames={*poor_frames}
            />
            <Dwells session={session.clone()} part={part.unwrap_or(*span)} poor_frames={*poor_frames} />
            <People session={session.clone()} people={people.clone()} on_edit={controls.on_edit.clone()} />
            <Files poor_frames={*poor_frames} on_export={controls.on_export.clone()} />
        </section>
    }
}

/// Changes the look. Where frames can be shown, the frame that is pointed at is put on the stage.
fn on_look(look: &UseReducerHandle<Look>, props: &Props) -> Callback<LookAction> {
    let (dispatcher, span) = (look.dispatcher(), props.span);
    let (session, frames, on_go_to) = (props.session.clone(), props.frames, props.controls.on_go_to.clone());
    Callback::from(move |action: LookAction| {
        dispatcher.dispatch((action, span));
        if let (LookAction::Point(secs), Frames::Shown(None)) = (action, frames)
            && let Some(frame_secs) = session.with(|session| moment::begin_of(session, secs))
        {
            on_go_to.emit(frame_secs);
        }
    })
}

/// A word that only some of the people are shown, with a way to see all of them.
fn more_people(session: &SessionHandle, n_shown: usize, shows_all: &UseStateHandle<bool>) -> Html {
    let n_people = session.people.len();
    if n_shown == n_people {
        return Html::default();
    }
    let setter = shows_all.setter();
    html! {
        <p class="toolbar quiet" data-testid="more-people">
            <span>{ format!("The {n_shown} of {n_people} people who were seen longest; files have all of them") }</span>
            <button type="button" onclick={move |_: MouseEvent| setter.set(true)}>{ "Show all" }</button>
        </p>
    }
}

/// Where playing begins, seconds: at the cursor, or at the beginning if that stands at the end.
fn play_from(cursor: Option<f64>, [begin, end]: [f64; 2]) -> f64 {
    cursor.filter(|secs| *secs < end - AT_END_SECS).unwrap_or(begin)
}

/// While frames are played, the cursor goes along.
#[hook]
fn use_playhead(look: &UseReducerHandle<Look>, props: &Props) {
    let played = props.shown_secs.filter(|_| matches!(props.frames, Frames::Shown(Some(_))));
    let (dispatcher, span) = (look.dispatcher(), props.span);
    use_effect_with(played, move |played| {
        if let Some(secs) = *played {
            dispatcher.dispatch((LookAction::Point(secs), span));
        }
    });
}

fn tools(look: &Look, on_look: &Callback<LookAction>) -> Html {
    let press = |action| on_look.reform(move |_: MouseEvent| action);
    let on_curve = on_look.reform(|id: String| LookAction::Curve(Emotion::ALL.into_iter().find(|l| l.name() == id)));
    let labels = Emotion::ALL.map(|label| (label.name().into(), theme::word(label).into()));
    html! {
        <div class="toolbar">
            <button type="button" onclick={press(LookAction::Zoom(1.0 / ZOOM_STEP, None))} data-testid="zoom-in">
                { "Closer" }
            </button>
            <button type="button" onclick={press(LookAction::Zoom(ZOOM_STEP, None))} data-testid="zoom-out">
                { "Farther" }
            </button>
            <button type="button" onclick={press(LookAction::Whole)} data-testid="zoom-whole">{ "All" }</button>
            <Choice
                label="Curve of"
                testid="curve"
                options={[(NONE.into(), "None".into())].into_iter().chain(labels).collect::<Vec<_>>()}
                value={look.curve.map_or(NONE, Emotion::name)}
                on_choose={on_curve}
            />
        </div>
    }
}

/// The meaning of each colour. Words stand in the lanes where there is room, too.
fn legend() -> Html {
    let entry = |(id, word): (&'static str, &'static str)| {
        html! { <li class="swatch" data-emotion={id}>{ word }</li> }
    };
    let labels = Emotion::ALL.map(|label| (label.name(), theme::word(label)));
    let others =
        [("unsure", "Unsure"), ("poor-quality", "Poor quality, below the strip"), ("no-face", "Absent: a line")];
    html! { <ul class="legend">{ for labels.into_iter().chain(others).map(entry) }</ul> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playing_begins_anew_at_the_end() {
        let cases = [(None, 1.0), (Some(2.0), 2.0), (Some(4.95), 1.0), (Some(5.0), 1.0)];
        for (cursor, expected) in cases {
            assert!((play_from(cursor, [1.0, 5.0]) - expected).abs() < 1e-9, "{cursor:?}");
        }
    }
}
