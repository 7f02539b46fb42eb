//! A session as JSON.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Session, SessionSettings, record::Record};

/// The word by which the JSON is known.
const FORMAT: &str = "ferrum-session";

/// The version of the JSON that is written. Version 1 is the first one.
const VERSION: u32 = 1;

/// Why a session cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SessionError {
    /// Other JSON, or none.
    #[error("expected the JSON of a session of Ferrum, got something else: {0}")]
    NotASession(String),
    /// Written by a version that this one does not know.
    #[error("expected a session of version {VERSION}, got one of version {0}, which a newer Ferrum wrote")]
    Newer(u32),
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
    session: &'a Record,
}

#[derive(Deserialize)]
struct Version1 {
    session: Record,
}

impl Session {
    /// People, shares, counts and timeline as JSON, with the version of the format. An observation of a
    /// face takes some 250 bytes.
    ///
    /// # Panics
    /// Never: a session is plain data.
    pub fn to_json(&self) -> String {
        let saved = Saved { format: FORMAT, version: VERSION, session: &self.record };
        serde_json::to_string(&saved).expect("a session is plain data")
    }

    /// The session that [`Session::to_json`] wrote, to go on with: the next frame is a new beginning, and identities are
    /// not used again. Networks must be named anew ([`Session::set_threshold`]).
    pub fn from_json(json: &[u8], settings: SessionSettings) -> Result<Self, SessionError> {
        let other = |error: serde_json::Error| SessionError::NotASession(error.to_string());
        let Header { format, version } = serde_json::from_slice(json).map_err(other)?;
        if format != FORMAT {
            return Err(SessionError::NotASession(format!("its format is {format:?}, not {FORMAT:?}")));
        }
        match version {
            VERSION => {
                let Version1 { session } = serde_json::from_slice(json).map_err(other)?;
                Ok(Self::of_record(session, settings))
            }
            0 => Err(SessionError::NotASession("there is no version 0".to_owned())),
            _ => Err(SessionError::Newer(version)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_json_and_newer_versions_are_refused_with_a_word() {
        let json = Session::new(SessionSettings::default()).to_json();
        let read = |json: &str| Session::from_json(json.as_bytes(), SessionSettings::default());
        assert!(read(&json).is_ok(), "{json}");
        let newer = json.replace("\"version\":1", "\"version\":2");
        assert_eq!(read(&newer).err(), Some(SessionError::Newer(2)));
        assert!(SessionError::Newer(2).to_string().contains("got one of version 2, which a newer Ferrum wrote"));
        let cases = [
            ("", "EOF"),
            ("no JSON", "expected"),
            ("[1, 2]", "invalid type"),
            (r#"{"version": 1}"#, "missing field `format`"),
            (r#"{"format": "other", "version": 1}"#, "its format is \"other\", not \"ferrum-session\""),
            (r#"{"format": "ferrum-session", "version": 0}"#, "there is no version 0"),
            (r#"{"format": "ferrum-session", "version": -1}"#, "invalid value"),
            (r#"{"format": "ferrum-session", "version": 1}"#, "missing field `session`"),
            (r#"{"format": "ferrum-session", "version": 1, "session": {"n_frames": 1}}"#, "missing field"),
            (&json[..json.len() - 1], "EOF"),
        ];
        for (json, why) in cases {
            let error = read(json).err().map(|error| error.to_string()).unwrap_or_default();
            let start = "expected the JSON of a session of Ferrum, got something else: ";
            assert!(error.starts_with(start) && error.contains(why), "{json}: {error}");
        }
    }
}
