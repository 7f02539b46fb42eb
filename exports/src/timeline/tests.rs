use super::*;
use crate::common::{Actor, actor, dark, interview, session};
use model_core::Emotion;
use pipeline::{Session, Shown, TrackId};

const HAPPY: Shown = Shown::Label(Emotion::Happy);
const SAD: Shown = Shown::Label(Emotion::Sad);
const SURPRISE: Shown = Shown::Label(Emotion::Surprise);

fn view(session: &Session, from_to: [f64; 2], n_columns: usize) -> TimelineView {
    TimelineIndex::new(session).view(session, from_to, n_columns, Some(Emotion::Happy))
}

fn segments(lane: &Lane) -> Vec<(std::ops::Range<usize>, Shown)> {
    lane.segments.iter().map(|segment| (segment.columns.clone(), segment.shown)).collect()
}

#[test]
fn a_lane_says_what_was_shown_absent_and_poor_at_any_scale() {
    let session = interview();
    let whole = view(&session, [0.0, 3.2], 32);
    let [first, second] = &whole.lanes[..] else { panic!("{whole:?}") };
    let expected = [
        (0..10, HAPPY),
        (10..15, Shown::Unsure),
        (15..20, SAD),
        (20..25, Shown::NoFace),
        (25..30, HAPPY),
        (30..32, Shown::NoFace),
    ];
    assert_eq!(segments(first), expected);
    assert_eq!(segments(second), [(0..15, Shown::NoFace), (15..30, SURPRISE), (30..32, Shown::NoFace)]);
    assert!(first.poor.is_empty() && second.poor.iter().eq([&(25..30)]), "{whole:?}");
    // Two columns a frame; five frames a column, of which the longest counts; beyond the ends nothing was watched.
    assert_eq!(segments(&view(&session, [0.9, 1.1], 4).lanes[0]), [(0..2, HAPPY), (2..4, Shown::Unsure)]);
    let coarse = view(&session, [-1.0, 4.0], 10);
    let expected = [(2..4, HAPPY), (4..5, Shown::Unsure), (5..6, SAD), (6..7, Shown::NoFace), (7..8, HAPPY)];
    assert_eq!(segments(&coarse.lanes[0])[..5], expected);
    assert_eq!(coarse.lanes[0].segments.last().unwrap().columns.end, 9);
}

#[test]
fn the_curve_is_the_mean_of_the_columns_and_breaks_where_nobody_is() {
    let lane = &view(&interview(), [0.0, 3.2], 16).lanes[0];
    let ends: Vec<_> = lane.curve.iter().map(|piece| (piece[0].0, piece[piece.len() - 1].0)).collect();
    assert_eq!(ends, [(0, 9), (12, 14)]);
    let at = |column| lane.curve.iter().flatten().find(|(at, _)| *at == column).unwrap().1;
    // Half of the column from 1.4 to 1.6 s is unsure and half is sad.
    for (column, expected) in [(0, 0.7), (5, 0.2), (7, 0.125), (9, 0.05), (12, 0.7)] {
        assert!((at(column) - expected).abs() < 1e-5, "{column}: {}", at(column));
    }
}

/// The thing shown longest between two times, from single frames in the place of sums.
fn slow(session: &Session, person: TrackId, [from, to]: [f64; 2]) -> Option<Shown> {
    let mut secs = vec![];
    for frame in session.timeline().frames() {
        let part = (frame.time_secs + frame.secs).min(to) - frame.time_secs.max(from);
        let face = frame.faces.iter().find(|face| face.person == person);
        let shown = face.map_or(Shown::NoFace, |face| face.label.map_or(Shown::Unsure, Shown::Label));
        secs.push((shown, part.max(0.0)));
    }
    let total = |shown| secs.iter().filter(|(it, _)| *it == shown).map(|(_, secs)| secs).sum::<f64>();
    let totals = Shown::all().map(|shown| (shown, total(shown)));
    totals.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, secs)| *secs > 0.0).map(|(shown, _)| shown)
}

/// Several hundred frames of up to three people who come and go, by fixed rules.
fn long() -> Session {
    let frame = |i: u32| {
        let shows = |place: u8| {
            let step = i / (7 + 4 * u32::from(place));
            let label = Emotion::ALL.get((step % 9) as usize).copied();
            let is_there = !(i / 50 + u32::from(place)).is_multiple_of(4);
            let actor = if i % 90 < 20 {
                label.map_or(actor(place, None), |label| dark(place, label))
            } else {
                actor(place, label)
            };
            is_there.then_some(actor)
        };
        (0..3).filter_map(shows).collect::<Vec<Actor>>()
    };
    session(25, (0..700).map(frame))
}

#[test]
fn sums_of_blocks_give_what_frames_do_one_by_one() {
    let session = long();
    // No frame begins in the middle of a column, where two things would be shown for as long.
    for (from, to, n_columns) in [(0.0, 28.1, 97), (3.3, 9.11, 61), (12.0, 12.3, 41), (27.0, 40.0, 13)] {
        let view = view(&session, [from, to], n_columns);
        for lane in &view.lanes {
            for column in 0..n_columns {
                let time = |column: usize| from + (to - from) * column as f64 / n_columns as f64;
                let segment = lane.segments.iter().find(|segment| segment.columns.contains(&column));
                let expected = slow(&session, lane.person, [time(column), time(column + 1)]);
                assert_eq!(segment.map(|segment| segment.shown), expected, "{from} to {to}: {} in {column}", lane.name);
            }
        }
    }
}

#[test]
fn an_empty_session_and_odd_numbers_give_an_empty_view() {
    let empty = Session::new(pipeline::SessionSettings::default());
    assert!(view(&empty, [0.0, 0.0], 100).lanes.is_empty());
    let session = interview();
    for from_to in [[0.0, 0.0], [1.0, 0.0], [f64::NAN, 1.0], [0.0, f64::INFINITY], [-1e300, 1e300]] {
        let drawn = view(&session, from_to, 0).draw().to_string();
        assert!(!drawn.contains("NaN,") && drawn.starts_with("<svg"), "{from_to:?}: {drawn}");
    }
}

#[test]
fn its_drawing_has_names_words_and_titles() {
    let mut session = interview();
    let id = session.people().next().unwrap().0;
    session.rename(id, "<Anna>").unwrap();
    let svg = view(&session, [0.0, 3.2], 320).draw().to_string();
    for part in [
        "viewBox=\"0 0 320 202\"",
        ">&lt;Anna&gt;</text>",
        "<title>&lt;Anna&gt;: happy, 0.00 to 1.00 s</title>",
        ">happy</text>",
        "data-emotion=\"no-face\"",
        "class=\"poor\"",
        ">0:01</text>",
        "<polyline class=\"series-1\" points=\"0.5,",
        "aria-label=\"What 2 people show from 0.0 to 3.2 seconds, with the probability of happy\"",
    ] {
        assert!(svg.contains(part), "{part}: {svg}");
    }
}
