//! How long each expression was shown in a video, by each person and by all together.

use native::table;
use pipeline::{PoorFramePolicy, Session, Shown, TimeShare, TrackId};
use serde::Serialize;

/// Persons in a table of words at most: more columns are no longer a table. Files have all.
const MAX_COLUMNS: usize = 6;

/// A person and what they showed. An entry of a `VideoReport`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct PersonReport {
    /// The person's number, which is that in the CSV file.
    pub person: TrackId,
    /// The name that they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The first frame with it, seconds from the video's start.
    pub first_secs: f64,
    /// The last one.
    pub last_secs: f64,
    /// How long it was seen, seconds.
    pub secs: f64,
    /// How long each thing was shown.
    pub times: Vec<TimeShare>,
}

/// One for each person, in the order in which they came.
pub(crate) fn reports(session: &Session) -> Vec<PersonReport> {
    let report = |(id, person): (TrackId, pipeline::Person)| PersonReport {
        person: id,
        name: person.name,
        first_secs: person.first_secs,
        last_secs: person.last_secs,
        secs: person.shares.secs(),
        // Nobody shows that there is no face.
        times: person
            .shares
            .times(PoorFramePolicy::Separate)
            .into_iter()
            .filter(|row| row.shown != Shown::NoFace)
            .collect(),
    };
    session.people().map(report).collect()
}

/// In words: what was shown longest first, then what is no label; a column for each person that was seen longest.
pub(crate) fn words(times: &[TimeShare], people: &[PersonReport]) -> String {
    let mut longest: Vec<_> = people.iter().collect();
    longest.sort_by(|a, b| b.secs.total_cmp(&a.secs));
    longest.truncate(MAX_COLUMNS);
    let mut header = ["label", "seconds", "share"].map(str::to_owned).to_vec();
    header.extend(longest.iter().map(|person| {
        let name = person.name.clone().unwrap_or_else(|| format!("person {}", person.person));
        format!("{name}, {:.1} s", person.secs)
    }));
    let header: Vec<_> = header.iter().map(String::as_str).collect();
    let rows = sorted(times).into_iter().map(|row| {
        let all = [row.shown.to_string(), format!("{:.1}", row.secs), format!("{:.3}", row.relative)];
        all.into_iter().chain(longest.iter().map(move |person| share(person, row.shown)))
    });
    let more = match people.len() - longest.len() {
        0 => String::new(),
        n => format!("\nand {n} more, seen for less time; --json has them"),
    };
    format!("{}{more}", table(&header, rows))
}

/// Labels by time; of the others, those that there were.
fn sorted(times: &[TimeShare]) -> Vec<TimeShare> {
    let is_label = |row: &&TimeShare| matches!(row.shown, Shown::Label(_));
    let mut rows: Vec<_> = times.iter().filter(is_label).copied().collect();
    rows.sort_by(|a, b| b.secs.total_cmp(&a.secs));
    rows.extend(times.iter().filter(|row| !is_label(row) && row.secs > 0.0));
    rows
}

fn share(person: &PersonReport, shown: Shown) -> String {
    let row = person.times.iter().find(|row| row.shown == shown);
    row.map_or_else(|| "–".into(), |row| format!("{:.3}", row.relative))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::{Architecture, Emotion, Prediction, Scores};
    use pipeline::{Analysis, Face, FrameReport, FrameTask, Search, SessionSettings, StageMs};
    use vision::{Detection, Quality, Rect};

    /// Frames of 0.5 s with so many faces each, side by side; the first is happy, the others are sad.
    fn session(n_faces: &[usize]) -> Session {
        let mut session = Session::new(SessionSettings::default());
        for (i, &n_faces) in n_faces.iter().enumerate() {
            let analysis = Analysis { faces: (0..n_faces).map(face).collect(), ms: StageMs::default() };
            let (time_secs, task) = (0.5 * i as f64, FrameTask::Search(Search::Photo));
            session.push(&FrameReport { time_secs, task, network: Architecture::Small, analysis });
        }
        session.pause(0.5 * n_faces.len() as f64);
        session
    }

    fn face(i: usize) -> Face {
        let mut logits = [0.0; Emotion::COUNT];
        logits[if i == 0 { Emotion::Happy } else { Emotion::Sad } as usize] = 9.0;
        let rect = Rect { x: 50.0 * i as f32, y: 0.0, width: 48.0, height: 48.0 };
        Face {
            detection: Detection { rect, score: 1.0, key_points: None },
            prediction: Prediction {
                scores: Scores::from_logits(logits).unwrap(),
                label_head: None,
                is_sure: true,
                votes: None,
            },
            quality: Quality { side: 48.0, brightness: 0.5, sharpness: 1.0, yaw: None },
        }
    }

    fn lines(session: &Session) -> Vec<Vec<String>> {
        let text = words(&session.shares().times(PoorFramePolicy::Separate), &reports(session));
        text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn each_person_has_a_column_and_what_is_no_label_comes_last() {
        let lines = lines(&session(&[1, 2, 2, 0]));
        assert_eq!(lines[0].join(" "), "label seconds share person 1, 1.5 s person 2, 1.0 s");
        assert_eq!(lines[2], ["happy", "1.5", "0.600", "1.000", "0.000"]);
        assert_eq!(lines[3], ["sad", "1.0", "0.400", "0.000", "1.000"]);
        assert_eq!(lines.last().unwrap().join(" "), "no face 0.5 0.167 – –");
        assert_eq!(lines.len(), 2 + Emotion::COUNT + 1, "{lines:?}");
    }

    #[test]
    fn of_many_those_who_were_seen_longest_have_a_column() {
        let lines = lines(&session(&[1, 8]));
        assert!(lines[0].join(" ").starts_with("label seconds share person 1, 1.0 s person 2, 0.5 s"), "{lines:?}");
        assert_eq!(lines[2].len(), 3 + MAX_COLUMNS);
        assert_eq!(lines.last().unwrap().join(" "), "and 2 more, seen for less time; --json has them");
    }

    #[test]
    fn a_person_is_reported_with_its_times() {
        let reports = reports(&session(&[1, 2, 2, 0]));
        let of = |report: &PersonReport| (report.person.to_string(), report.first_secs, report.last_secs, report.secs);
        assert_eq!(
            reports.iter().map(of).collect::<Vec<_>>(),
            [("1".into(), 0.0, 1.0, 1.5), ("2".into(), 0.5, 1.0, 1.0)]
        );
        let json = serde_json::to_string(&reports).unwrap();
        assert!(json.contains(r#"{"shown":"sad","count":2,"secs":1.0,"relative":1.0}"#), "{json}");
    }
}
