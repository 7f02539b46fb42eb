//! Every file that can be made of a session.

use pipeline::{PoorFramePolicy, Session};

use crate::{Summary, TimelineIndex, eaf, frames_csv, svg, webvtt};

/// Columns of a timeline that is exported, pixels: as wide as a printed page has dots that can be told apart.
const TIMELINE_COLUMNS: usize = 1500;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A row for every person in every frame.
    FramesCsv,
    /// Shares, dwell times and transitions of every person.
    SummaryCsv,
    /// The session itself, to be opened again.
    Session,
    /// Captions, for players.
    WebVtt,
    /// Annotations, for ELAN.
    Eaf,
    /// A drawing of the timeline.
    TimelineSvg,
    /// A drawing of the shares.
    SummarySvg,
}

impl Format {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::FramesCsv,
        Self::SummaryCsv,
        Self::Session,
        Self::WebVtt,
        Self::Eaf,
        Self::TimelineSvg,
        Self::SummarySvg,
    ];

    /// The file of `session`. Frames of poor quality are shown as such, or under the label that was read all the same, by
    /// `policy`.
    pub fn export(self, session: &Session, policy: PoorFramePolicy) -> Vec<u8> {
        match self {
            Self::FramesCsv => frames_csv(session),
            Self::SummaryCsv => Summary::of(session, policy).csv(session.provenance()),
            Self::Session => session.to_json().into_bytes(),
            Self::WebVtt => webvtt(session, policy).into_bytes(),
            Self::Eaf => eaf(session, policy).into_bytes(),
            Self::TimelineSvg => {
                let (from, to) = session.timeline().span().unwrap_or_default();
                let view = TimelineIndex::new(session).view(session, [from, to], TIMELINE_COLUMNS, None);
                svg::file(view.draw(), session.provenance()).into_bytes()
            }
            Self::SummarySvg => svg::file(Summary::of(session, policy).draw(), session.provenance()).into_bytes(),
        }
    }

    /// Its name in a menu.
    pub fn name(self) -> &'static str {
        match self {
            Self::FramesCsv => "Frames (CSV)",
            Self::SummaryCsv => "Summary (CSV)",
            Self::Session => "Session (JSON)",
            Self::WebVtt => "Captions (WebVTT)",
            Self::Eaf => "Annotations (ELAN)",
            Self::TimelineSvg => "Timeline (SVG)",
            Self::SummarySvg => "Shares (SVG)",
        }
    }

    /// The media type of the file.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::FramesCsv | Self::SummaryCsv => "text/csv",
            Self::Session => "application/json",
            Self::WebVtt => "text/vtt",
            Self::Eaf => "application/xml",
            Self::TimelineSvg | Self::SummarySvg => "image/svg+xml",
        }
    }

    /// The name of the file that is made of the file `source`: `interview.mp4` becomes `interview-summary.csv`. It names no
    /// folder, whatever a session from elsewhere says.
    pub fn file_name(self, source: &str) -> String {
        let end = match self {
            Self::FramesCsv => ".csv",
            Self::SummaryCsv => "-summary.csv",
            Self::Session => "-session.json",
            Self::WebVtt => ".vtt",
            Self::Eaf => ".eaf",
            Self::TimelineSvg => "-timeline.svg",
            Self::SummarySvg => "-shares.svg",
        };
        format!("{}{end}", file_stem(source))
    }
}

/// How the names of files begin that are made of the file `source`: without its folders, its ending, and what may be in no
/// name.
pub fn file_stem(source: &str) -> String {
    let source = source.rsplit(['/', '\\']).next().unwrap_or_default();
    let source = source.replace(|letter: char| letter.is_control() || letter == ':', "_");
    match source.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ if source.is_empty() => "session".to_owned(),
        _ => source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn files_are_named_for_their_source_and_told_apart() {
        let cases = [("a.mp4", "a-summary.csv"), ("a.b.mov", "a.b-summary.csv"), ("", "session-summary.csv")];
        let odd = [(".mp4", ".mp4-summary.csv"), ("a", "a-summary.csv"), ("../b\0/c:\\d\n:.x", "d__-summary.csv")];
        for (source, expected) in cases.into_iter().chain(odd) {
            assert_eq!(Format::SummaryCsv.file_name(source), expected);
        }
        let names: BTreeSet<_> = Format::ALL.map(|format| format.file_name("a")).into();
        assert_eq!(names.len(), Format::ALL.len());
    }
}
