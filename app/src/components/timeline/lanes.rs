//! The drawing of a timeline, which a person moves in by pointer, wheel and keyboard.

use std::cell::RefCell;
use std::rc::Rc;

use pipeline::TrackId;
use report::Element;
use yew::prelude::*;

use super::window::{Drag, column_at, of_key, secs_at};
use crate::components::drawing::draw;
use crate::live::SessionHandle;
use crate::state::{Look, LookAction};
use crate::web::{canvas, input};

/// Columns until the room is known.
const USUAL_COLUMNS: usize = 600;

/// Zoom by a turn of the wheel by a pixel: a notch of a hundred zooms by a sixth or so.
const WHEEL_ZOOM: f64 = 0.0016;

pub(super) const HELP: &str = "Drag to move, Ctrl and wheel to zoom, click for a frame, drag with Shift for a range. Keys: \
    arrows from frame to frame, Page up and down, + and −, 0 for all, Home and End";

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The session to show.
    pub session: SessionHandle,
    /// The people who have a lane.
    pub people: Rc<[TrackId]>,
    /// From the first to the last frame of it, seconds.
    pub span: [f64; 2],
    /// The part of it that is seen.
    pub look: Look,
    /// See something else.
    pub on_look: Callback<LookAction>,
}

/// The drawing of a timeline.
#[component]
pub(super) fn Lanes(props: &Props) -> Html {
    let Props { session, people, span, look, on_look } = props;
    let place = use_node_ref();
    let n_columns = use_columns(&place);
    let drag = use_mut_ref(|| None::<Drag>);
    let window = look.window(*span);
    use_wheel(&place, n_columns, window, on_look);
    let deps = (session.clone(), people.clone(), window, n_columns, look.curve);
    let view = use_memo(deps, |(handle, people, window, n_columns, curve)| {
        handle.with(|session| handle.index.view_of(session, people, *window, *n_columns, *curve).draw())
    });
    let drawn = with_marks(&view, look, n_columns, window, *span);
    let onkeydown = on_key(session, look.cursor, on_look);
    let cursor = look.cursor.unwrap_or(window[0]);
    html! {
        <div
            ref={place}
            class="lanes"
            tabindex="0"
            role="slider"
            aria-label="Cursor in the timeline"
            aria-describedby="timeline-help"
            aria-valuemin={span[0].to_string()}
            aria-valuemax={span[1].to_string()}
            aria-valuenow={cursor.to_string()}
            aria-valuetext={format!("{cursor:.2} seconds")}
            data-testid="lanes"
            data-from={window[0].to_string()}
            data-to={window[1].to_string()}
            {onkeydown}
            onpointerdown={on_press(&drag)}
            onpointermove={on_move(&drag, n_columns, window, on_look)}
            onpointerup={on_release(&drag, n_columns, window, on_look)}
            onpointercancel={on_cancel(&drag)}
        >
            { draw(&drawn) }
        </div>
    }
}

/// As many columns as the place is wide, pixels.
#[hook]
fn use_columns(place: &NodeRef) -> usize {
    let n_columns = use_state_eq(|| USUAL_COLUMNS);
    let (setter, node) = (n_columns.setter(), place.clone());
    use_effect_with((), move |()| {
        let measure = move || {
            if let Some(width) = input::width(&node) {
                setter.set(width.max(1));
            }
        };
        measure();
        let listening = canvas::on_resize(measure);
        move || drop(listening)
    });
    *n_columns
}

/// Zoom by Ctrl and wheel, move by a wheel that is turned sideways; any other turn scrolls the page.
#[hook]
fn use_wheel(place: &NodeRef, n_columns: usize, window: [f64; 2], on_look: &Callback<LookAction>) {
    let (node, on_look) = (place.clone(), on_look.clone());
    use_effect_with((window, n_columns), move |&(window, n_columns)| {
        let listening = input::on_wheel(&node, move |turn| {
            let action = if turn.with_ctrl {
                LookAction::Zoom((turn.down * WHEEL_ZOOM).exp(), Some(secs_at(turn.column, n_columns, window)))
            } else if turn.right.abs() > turn.down.abs() {
                LookAction::Pan((window[1] - window[0]) * turn.right / n_columns as f64)
            } else {
                return false;
            };
            on_look.emit(action);
            true
        });
        move || drop(listening)
    });
}

/// The drawing with the range and the cursor in it.
fn with_marks(view: &Element, look: &Look, n_columns: usize, window: [f64; 2], span: [f64; 2]) -> Element {
    let column = |secs| column_at(secs, n_columns, window).clamp(0.0, n_columns as f64);
    let is_seen = |secs: &f64| (window[0]..=window[1]).contains(secs);
    let range = look.range_in(span).map(|range| {
        let [left, right] = range.map(column);
        let rect = Element::new("rect").with("class", "range").with("x", left).with("y", 0);
        rect.with("width", right - left).with("height", "100%")
    });
    let cursor = look.cursor.filter(is_seen).map(|secs| {
        let line = Element::new("line").with("class", "cursor").with("y1", 0).with("y2", "100%");
        line.with("x1", column(secs)).with("x2", column(secs))
    });
    view.clone().with("width", n_columns).children(range).children(cursor)
}

fn on_key(session: &SessionHandle, cursor: Option<f64>, on_look: &Callback<LookAction>) -> Callback<KeyboardEvent> {
    let (session, on_look) = (session.clone(), on_look.clone());
    Callback::from(move |event: KeyboardEvent| {
        let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        let action = session.with(|session| of_key(&event.key(), session, cursor));
        if let Some(action) = action.filter(|_| is_plain) {
            event.prevent_default();
            on_look.emit(action);
        }
    })
}

fn on_press(drag: &Rc<RefCell<Option<Drag>>>) -> Callback<PointerEvent> {
    let drag = Rc::clone(drag);
    Callback::from(move |event: PointerEvent| {
        if event.button() == 0 {
            input::keep_pointer(&event);
            drag.replace(Some(Drag::new(f64::from(event.offset_x()), event.shift_key())));
        }
    })
}

fn on_move(
    drag: &Rc<RefCell<Option<Drag>>>,
    n_columns: usize,
    window: [f64; 2],
    on_look: &Callback<LookAction>,
) -> Callback<PointerEvent> {
    let (drag, on_look) = (Rc::clone(drag), on_look.clone());
    Callback::from(move |event: PointerEvent| {
        let column = f64::from(event.offset_x());
        let action = drag.borrow_mut().as_mut().and_then(|drag| drag.to(column, n_columns, window));
        if let Some(action) = action {
            on_look.emit(action);
        }
    })
}

fn on_release(
    drag: &Rc<RefCell<Option<Drag>>>,
    n_columns: usize,
    window: [f64; 2],
    on_look: &Callback<LookAction>,
) -> Callback<PointerEvent> {
    let (drag, on_look) = (Rc::clone(drag), on_look.clone());
    Callback::from(move |_: PointerEvent| {
        if let Some(drag) = drag.take().filter(|drag| !drag.has_moved) {
            on_look.emit(LookAction::Point(secs_at(drag.start, n_columns, window)));
        }
    })
}

fn on_cancel(drag: &Rc<RefCell<Option<Drag>>>) -> Callback<PointerEvent> {
    let drag = Rc::clone(drag);
    Callback::from(move |_: PointerEvent| {
        drag.take();
    })
}
