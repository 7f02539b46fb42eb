//! Captions.

use pipeline::{PoorFramePolicy, Session, Shown};

use crate::traces;

/// A caption for every time in which a person shows the same thing, as `WebVTT` (<https://www.w3.org/TR/webvtt1/>): the
/// person's name as the voice, the thing as the words. Times in which a person is not seen have none.
pub(crate) fn webvtt(session: &Session, policy: PoorFramePolicy) -> String {
    let json = session.provenance().to_json();
    // A note ends at an arrow.
    let note = format!("WEBVTT\n\nNOTE {}\n", json.replace('>', "\\u003e"));
    let span = session.timeline().span().unwrap_or_default();
    let traces = traces(session, policy, [span.0, span.1]);
    let seen = traces.iter().flat_map(|(&person, trace)| {
        trace.dwells.iter().filter(|dwell| dwell.shown != Shown::NoFace).map(move |dwell| (person, dwell))
    });
    let cue = |(person, dwell): (_, &crate::Dwell)| {
        let [from, to] = [dwell.from_secs, dwell.to_secs].map(millis);
        (from < to).then_some((from, to, person, dwell.shown))
    };
    let mut cues: Vec<_> = seen.filter_map(cue).collect();
    cues.sort_by_key(|&(from, to, person, _)| (from, to, person));
    let words = cues.into_iter().map(|(from, to, person, shown)| {
        let name = escaped(&session.name_of(person));
        format!("\n{} --> {}\n<v {name}>{}\n", time(from), time(to), shown.name())
    });
    std::iter::once(note).chain(words).collect()
}

/// Whole milliseconds, from 0.
pub(crate) fn millis(secs: f64) -> u64 {
    (secs.max(0.0) * 1000.0).round() as u64
}

/// As `01:02:03.004`.
fn time(millis: u64) -> String {
    let (secs, millis) = (millis / 1000, millis % 1000);
    format!("{:02}:{:02}:{:02}.{millis:03}", secs / 3600, secs / 60 % 60, secs % 60)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
