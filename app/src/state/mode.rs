//! The three things to do.

use strum::{Display, VariantArray};

use super::Source;

/// Endings of the names of video files, for those whose media type the browser does not know.
const VIDEO_ENDINGS: [&str; 16] =
    ["3gp", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "ogv", "ts", "webm", "wmv", "y4m"];

/// A thing to do with the page. Its `Display` is for the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Display, VariantArray)]
pub(crate) enum Mode {
    /// Read photos.
    #[default]
    Photos,
    /// Read what a camera sees.
    Camera,
    /// Read a video file.
    Video,
}

impl Mode {
    /// The mode in which a file is read, by its media type, or by its name where that is unknown.
    pub(crate) fn of_file(media_type: &str, name: &str) -> Self {
        let ending = name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase());
        let is_unknown = media_type.is_empty() || media_type == "application/octet-stream";
        if media_type.starts_with("video/") || is_unknown && VIDEO_ENDINGS.contains(&ending.as_str()) {
            Self::Video
        } else {
            Self::Photos
        }
    }

    /// Whether a file may be a session that was saved.
    pub(crate) fn is_session(media_type: &str, name: &str) -> bool {
        media_type == "application/json" || name.to_ascii_lowercase().ends_with(".json")
    }

    /// The mode that `source` belongs to; nothing belongs to every one.
    pub(super) fn of_source(source: &Source) -> Option<Self> {
        match source {
            Source::Nothing => None,
            Source::Photo(_) => Some(Self::Photos),
            Source::Camera(_) => Some(Self::Camera),
            Source::Video(_) => Some(Self::Video),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Action, State};
    use super::*;

    #[test]
    fn a_file_says_what_is_to_be_done_with_it() {
        let cases = [
            ("image/png", "a.png", Mode::Photos),
            ("video/mp4", "a.mp4", Mode::Video),
            ("video/x-matroska", "a", Mode::Video),
            ("", "A.MKV", Mode::Video),
            ("application/octet-stream", "a.y4m", Mode::Video),
            ("image/gif", "a.mp4", Mode::Photos),
            ("", "a.heic", Mode::Photos),
            ("", "mp4", Mode::Photos),
        ];
        for (media_type, name, expected) in cases {
            assert_eq!(Mode::of_file(media_type, name), expected, "{media_type:?} {name:?}");
        }
    }

    #[test]
    fn a_session_is_known_by_type_or_name() {
        let cases =
            [("application/json", "a", true), ("", "A.JSON", true), ("image/png", "a.png", false), ("", "json", false)];
        for (media_type, name, expected) in cases {
            assert_eq!(Mode::is_session(media_type, name), expected, "{media_type:?} {name:?}");
        }
    }

    #[test]
    fn the_mode_follows_the_stage_and_another_one_clears_it() {
        let photo = || Action::ChoosePhoto("a.png".into());
        let cases = [
            (vec![], Mode::Photos, false),
            (vec![Action::AskCamera], Mode::Camera, true),
            (vec![Action::AskCamera, photo()], Mode::Photos, true),
            (vec![Action::AskCamera, Action::StopCamera], Mode::Camera, false),
            (vec![photo(), Action::SetMode(Mode::Photos)], Mode::Photos, true),
            (vec![photo(), Action::SetMode(Mode::Video)], Mode::Video, false),
            (vec![Action::SetMode(Mode::Camera), photo()], Mode::Photos, true),
        ];
        for (actions, mode, has_source) in cases {
            let words = format!("{actions:?}");
            let mut state = State::default();
            for action in actions {
                state.apply(action);
            }
            assert_eq!((state.mode, state.source != Source::Nothing), (mode, has_source), "{words}");
        }
    }
}
