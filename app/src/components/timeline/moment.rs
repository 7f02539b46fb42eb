//! The label of everybody at the cursor, in words.

use pipeline::{Session, Shown};
use yew::prelude::*;

use crate::components::shares;
use crate::live::SessionHandle;
use crate::theme;

/// The label of everybody at the cursor; a screen reader reads it when the cursor moves.
pub(super) fn said(session: &SessionHandle, cursor: Option<f64>) -> Html {
    let words = cursor.and_then(|secs| session.with(|session| words(session, secs)));
    let words = words.unwrap_or_else(|| "Click into the timeline to read a frame".to_owned());
    html! { <p aria-live="polite" data-testid="moment">{ words }</p> }
}

/// When the frame that is seen at `secs` begins, seconds.
pub(super) fn begin_of(session: &Session, secs: f64) -> Option<f64> {
    let timeline = session.timeline();
    Some(timeline.frame(timeline.idx_at(secs).unwrap_or(0))?.time_secs)
}

/// Such as "0:01.20, frame 31: Person 1 happy 92 %, Person 2 absent".
fn words(session: &Session, secs: f64) -> Option<String> {
    let frame = session.timeline().frame(session.timeline().idx_at(secs)?)?;
    let person = |id| {
        let face = frame.faces.iter().find(|face| session.person_of(face.person) == Some(id));
        let shown = match face {
            None => "absent".to_owned(),
            Some(face) => {
                let shown = shares::word(face.label.map_or(Shown::Unsure, Shown::Label)).to_lowercase();
                let top = face.label.unwrap_or(face.smoothed.top().0);
                let p = f64::from(face.smoothed.probabilities()[top as usize]);
                let issue = if face.is_poor() { ", poor quality" } else { "" };
                format!("{shown} {}{issue}", theme::percent(p))
            }
        };
        format!("{} {shown}", session.name_of(id))
    };
    let people: Vec<_> = session.people().map(|(id, _)| person(id)).collect();
    let people = if people.is_empty() { "nobody".to_owned() } else { people.join("; ") };
    Some(format!("{}, frame {}: {people}", clock(frame.time_secs), frame.idx + 1))
}

/// Such as "1:02.50", to the hundredth.
pub(super) fn clock(secs: f64) -> String {
    let hundredths = (secs.max(0.0) * 100.0).round() as u64;
    let (whole, part) = (hundredths / 100, hundredths % 100);
    format!("{}:{:02}.{part:02}", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::{Architecture, Prediction, Scores};
    use pipeline::{Analysis, Face, FrameReport, FrameTask, Search, SessionSettings, StageMs};
    use vision::{Detection, Quality, Rect};

    #[test]
    fn a_moment_is_told_in_words() {
        let face = |x, brightness| Face {
            detection: Detection { rect: Rect { x, y: 0.0, width: 10.0, height: 10.0 }, score: 1.0, key_points: None },
            prediction: Prediction {
                scores: Scores::try_from([0.0, 0.0, 0.0, 0.75, 0.25, 0.0, 0.0]).unwrap(),
                label_head: None,
                is_sure: true,
                votes: None,
            },
            quality: Quality { side: 50.0, brightness, sharpness: 0.5, yaw: None },
        };
        let mut session = Session::new(SessionSettings::default());
        for (time_secs, faces) in [(1.0, vec![face(0.0, 0.5), face(50.0, 0.01)]), (1.5, vec![face(0.0, 0.5)])] {
            let analysis = Analysis { faces, ms: StageMs::default() };
            let task = FrameTask::Search(Search::Near);
            session.push(&FrameReport { time_secs, task, network: Architecture::Small, analysis });
        }
        let cases = [
            (0.5, None),
            (1.2, Some("0:01.00, frame 1: Person 1 happy 75 %; Person 2 happy 75 %, poor quality")),
            (9.0, Some("0:01.50, frame 2: Person 1 happy 75 %; Person 2 absent")),
        ];
        for (secs, expected) in cases {
            let words = words(&session, secs).map(|words| words.replace('\u{a0}', " "));
            assert_eq!(words.as_deref(), expected, "{secs}");
        }
        assert_eq!([0.5, 1.2, 9.0].map(|secs| begin_of(&session, secs)), [Some(1.0), Some(1.0), Some(1.5)]);
        assert_eq!([0.0, 62.5, 3723.004].map(clock), ["0:00.00", "1:02.50", "62:03.00"]);
    }
}
