//! A session as JSON. `docs/session.schema.json` describes it.

use model_core::{Emotion, Vote};
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use super::{Edits, ObservedFace, Provenance, Session, SessionSettings, Timeline, record::Record};
use crate::TrackId;

/// The word by which the JSON is known.
const FORMAT: &str = "ferrum-session";

/// The version of the JSON that is written. Version 1 had neither the probabilities of single frames nor the votes.
const VERSION: u32 = 2;

/// Farthest from 0 that a time may be, seconds: thirty years, which microseconds of `f64` reach.
const MAX_TIME_SECS: f64 = 1e9;

/// How much earlier than the end of the frame before it a frame may come, seconds: sums of microseconds are rounded.
const ROUNDING_SECS: f64 = 1e-6;

/// Why a session cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SessionError {
    /// Other JSON, or none.
    #[error("expected the JSON of a session of Ferrum, got something else: {0}")]
    NotASession(String),
    /// Written by a version that this one does not know.
    #[error("expected a session of version {VERSION}, got one of version {0}, which a newer Ferrum wrote")]
    Newer(u32),
    /// Written by a version that kept too little.
    #[error(
        "expected a session of version {VERSION}, got one of version {0}, which lacks what is needed; analyse anew"
    )]
    Older(u32),
    /// Values that no session has.
    #[error("expected a session as Ferrum wrote it, got one that was changed: {0}")]
    Changed(String),
}

/// The fields that all versions have in common.
#[derive(Deserialize)]
struct Header {
    format: String,
    version: u32,
}

#[derive(Serialize)]
struct Saved<'a> {
    format: &'static str,
    version: u32,
    provenance: &'a Provenance,
    /// The order of probabilities.
    labels: [Emotion; Emotion::COUNT],
    /// The order of votes.
    votes: [Vote; Vote::COUNT],
    edits: &'a Edits,
    #[serde(serialize_with = "frames")]
    frames: &'a Timeline,
}

#[derive(Serialize)]
struct SavedFrame<'a> {
    time_secs: f64,
    secs: f64,
    faces: &'a [ObservedFace],
}

#[derive(Deserialize)]
struct ReadSession {
    provenance: Provenance,
    labels: Vec<String>,
    votes: Vec<String>,
    edits: Edits,
    frames: Vec<ReadFrame>,
}

#[derive(Deserialize)]
struct ReadFrame {
    time_secs: f64,
    secs: f64,
    faces: Vec<ObservedFace>,
}

impl Session {
    /// The timeline, changes and provenance as JSON, with the version of the format. A face takes some 500 bytes.
    ///
    /// # Panics
    /// Never: a session is plain data.
    pub fn to_json(&self) -> String {
        let Record { provenance, edits, timeline, .. } = &self.record;
        let (labels, votes) = (Emotion::ALL, Vote::ALL);
        let saved = Saved { format: FORMAT, version: VERSION, provenance, labels, votes, edits, frames: timeline };
        serde_json::to_string(&saved).expect("a session is plain data")
    }

    /// The session that [`Session::to_json`] wrote: people, shares, timeline and changes are the same. It can be gone on
    /// with: the next frame is a new beginning, and identities are not used again. Networks must be named anew
    /// ([`Session::set_threshold`]).
    pub fn from_json(json: &[u8], settings: SessionSettings) -> Result<Self, SessionError> {
        let other = |error: serde_json::Error| SessionError::NotASession(error.to_string());
        let Header { format, version } = serde_json::from_slice(json).map_err(other)?;
        if format != FORMAT {
            return Err(SessionError::NotASession(format!("its format is {format:?}, not {FORMAT:?}")));
        }
        match version {
            VERSION => serde_json::from_slice::<ReadSession>(json).map_err(other)?.checked(settings),
            0 => Err(SessionError::NotASession("there is no version 0".to_owned())),
            1 => Err(SessionError::Older(version)),
            _ => Err(SessionError::Newer(version)),
        }
    }
}

impl ReadSession {
    /// The session, if its values are ones that a session has.
    fn checked(self, settings: SessionSettings) -> Result<Session, SessionError> {
        check_order("labels", &self.labels, &Emotion::ALL.map(Emotion::name))?;
        check_order("votes", &self.votes, &Vote::ALL.map(Vote::name))?;
        let mut record = Record::new(Edits::default(), self.provenance);
        for (idx, ReadFrame { time_secs, secs, faces }) in self.frames.into_iter().enumerate() {
            check_times(time_secs, secs, &record.timeline).map_err(|why| changed(format!("frame {idx}: {why}")))?;
            if let Some(face) = faces.iter().find(|face| !face.person.is_valid()) {
                return Err(changed(format!("frame {idx}: person {}", face.person)));
            }
            record.restore(time_secs, secs, &faces);
        }
        let edits = self.edits.checked(|person| record.people.has(person));
        record.edits = edits.map_err(|error| changed(error.to_string()))?;
        check_apart(&record)?;
        Ok(Session::of_record(record, settings))
    }
}

impl TrackId {
    /// Whether it leaves room for many more, and is one that is given at all.
    pub(super) fn is_valid(self) -> bool {
        (1..=u64::from(u32::MAX)).contains(&self.0)
    }
}

fn changed(why: String) -> SessionError {
    SessionError::Changed(why)
}

fn check_order(what: &str, found: &[String], expected: &[&str]) -> Result<(), SessionError> {
    if found == expected { Ok(()) } else { Err(changed(format!("the {what} {}", found.join(", ")))) }
}

/// Whether a frame may follow those of `timeline`.
fn check_times(time_secs: f64, secs: f64, timeline: &Timeline) -> Result<(), String> {
    let earliest = timeline.span().map_or(-MAX_TIME_SECS, |(_, end)| end - ROUNDING_SECS);
    if !(earliest..=MAX_TIME_SECS).contains(&time_secs) {
        return Err(format!("at {time_secs:?} s"));
    }
    if !(0.0..=MAX_TIME_SECS).contains(&secs) {
        return Err(format!("counted for {secs:?} s"));
    }
    Ok(())
}

/// Whether each frame shows a person once, after merging.
fn check_apart(Record { timeline, edits, .. }: &Record) -> Result<(), SessionError> {
    let mut people = vec![];
    for frame in timeline.frames() {
        people.clear();
        people.extend(frame.faces.iter().map(|face| edits.root(face.person)));
        people.sort_unstable();
        if let Some([person, _]) = people.array_windows().find(|[person, next]| person == next) {
            return Err(changed(format!("frame {}: person {person} twice", frame.idx)));
        }
    }
    Ok(())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference to the field")]
fn frames<S: Serializer>(timeline: &&Timeline, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(timeline.frames().map(|frame| SavedFrame {
        time_secs: frame.time_secs,
        secs: frame.secs,
        faces: frame.faces,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::session_of_two;

    fn read(json: &str) -> Result<Session, SessionError> {
        Session::from_json(json.as_bytes(), SessionSettings::default())
    }

    #[test]
    fn other_json_and_other_versions_are_refused_with_a_word() {
        let json = session_of_two().to_json();
        assert!(read(&json).is_ok(), "{json}");
        for (version, expected, word) in [
            (3, SessionError::Newer(3), "got one of version 3, which a newer Ferrum wrote"),
            (1, SessionError::Older(1), "got one of version 1, which lacks what is needed; analyse anew"),
        ] {
            let error = read(&json.replace("\"version\":2", &format!("\"version\":{version}"))).err();
            assert!(error.as_ref() == Some(&expected) && expected.to_string().contains(word), "{error:?}");
        }
        let cases = [
            ("", "EOF"),
            ("no JSON", "expected"),
            ("[1, 2]", "invalid type"),
            (r#"{"version": 2}"#, "missing field `format`"),
            (r#"{"format": "other", "version": 2}"#, "its format is \"other\", not \"ferrum-session\""),
            (r#"{"format": "ferrum-session", "version": 0}"#, "there is no version 0"),
            (r#"{"format": "ferrum-session", "version": -1}"#, "invalid value"),
            (r#"{"format": "ferrum-session", "version": 2}"#, "missing field `provenance`"),
            (&json[..json.len() - 1], "EOF"),
        ];
        for (json, why) in cases {
            let error = read(json).err().map(|error| error.to_string()).unwrap_or_default();
            let start = "expected the JSON of a session of Ferrum, got something else: ";
            assert!(error.starts_with(start) && error.contains(why), "{json}: {error}");
        }
    }

    #[test]
    fn values_that_no_session_has_are_refused_with_a_word() {
        let json = session_of_two().to_json();
        let cases = [
            ("\"time_secs\":0.5", "\"time_secs\":1e300", "frame 1: at 1e300 s"),
            ("\"time_secs\":0.5", "\"time_secs\":0.25", "frame 1: at 0.25 s"),
            ("\"time_secs\":0.5", "\"time_secs\":1e999", "number out of range"),
            ("\"secs\":0.25", "\"secs\":-0.25", "frame 1: counted for -0.25 s"),
            ("\"secs\":0.25", "\"secs\":null", "invalid type: null"),
            ("\"person\":2", "\"person\":0", "frame 1: person 0"),
            ("\"person\":2", "\"person\":18446744073709551615", "frame 1: person 18446744073709551615"),
            ("\"person\":2", "\"person\":1", "frame 1: person 1 twice"),
            ("\"merged\":{}", "\"merged\":{\"2\":1}", "frame 1: person 1 twice"),
            ("\"width\":10.0", "\"width\":1e99", "number out of range"),
            ("\"score\":1.0", "\"score\":-1e99", "number out of range"),
            ("[\"angry\",", "[\"cross\",", "the labels cross, disgust"),
            ("0.75", "0.7", "expected probabilities that add up to 1"),
            (
                "\"names\":{}",
                &format!("\"names\":{{\"1\":\"{}\"}}", "x".repeat(200)),
                "100 letters at most, got one of 200",
            ),
            (
                "\"ranges\":[]",
                r#""ranges":[{"name":"","from_secs":2,"to_secs":1}]"#,
                "expected a range that ends after",
            ),
        ];
        for (from, to, why) in cases {
            assert!(json.contains(from), "{from}: {json}");
            let error = read(&json.replace(from, to)).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(why), "{to}: {error}");
        }
    }
}
