//! A row for every person in every frame.

use model_core::{Emotion, Vote};
use pipeline::{ObservedFace, ObservedFrame, Session, Shown, TrackId};
use vision::QualityIssue;

use crate::cells::Cells;

/// Columns before the probabilities.
const HEAD: [&str; 16] = [
    "file",
    "frame",
    "time_secs",
    "secs",
    "person",
    "name",
    "x",
    "y",
    "width",
    "height",
    "score",
    "label",
    "sure",
    "frame_label",
    "frame_sure",
    "issues",
];

/// Columns of the quality.
const QUALITY: [&str; 4] = ["side", "brightness", "sharpness", "yaw"];

/// Columns of a face after `file`, `frame`, `time_secs` and `secs`.
const N_FACE_COLUMNS: usize = HEAD.len() - 4 + 2 * Emotion::COUNT + Vote::COUNT + QUALITY.len();

/// A CSV file with a row for every person in every frame, and a row without a person for every frame that shows nobody who
/// counts. The first line, which begins with `#`, is the provenance as JSON. `docs/analysis.md` describes the columns.
pub(crate) fn frames_csv(session: &Session) -> Vec<u8> {
    let provenance = session.provenance();
    let smoothed = Emotion::ALL.map(|label| format!("smoothed_{label}"));
    let votes = Vote::ALL.map(|vote| format!("votes_{vote}"));
    let labels = Emotion::ALL.map(Emotion::name);
    let header = HEAD.into_iter().chain(QUALITY).chain(labels);
    let header = header.chain(smoothed.iter().map(String::as_str)).chain(votes.iter().map(String::as_str));
    let mut cells = Cells::new(format!("# {}\n", provenance.to_json()).into_bytes(), header);
    for frame in session.timeline().frames() {
        let faces = frame.faces.iter().filter_map(|face| Some((session.person_of(face.person)?, face)));
        let mut is_empty = true;
        for (person, face) in faces {
            is_empty = false;
            write_frame(&mut cells, &provenance.file_name, &frame);
            write_face(&mut cells, session, person, face);
            cells.end_row();
        }
        if is_empty {
            write_frame(&mut cells, &provenance.file_name, &frame);
            cells.empty(N_FACE_COLUMNS);
            cells.end_row();
        }
    }
    cells.into_bytes()
}

fn write_frame(cells: &mut Cells, file_name: &str, frame: &ObservedFrame<'_>) {
    cells.text(file_name);
    cells.number(frame.idx + 1);
    cells.secs(frame.time_secs);
    cells.secs(frame.secs);
}

fn write_face(cells: &mut Cells, session: &Session, person: TrackId, face: &ObservedFace) {
    cells.number(person);
    cells.text(session.edits().name(person).unwrap_or_default());
    let vision::Rect { x, y, width, height } = face.rect;
    cells.numbers([x, y, width, height, face.score]);
    for label in [face.label, face.frame_label()] {
        cells.word(label.map_or(Shown::Unsure, Shown::Label).name());
        cells.word(if label.is_some() { "true" } else { "false" });
    }
    let issues: Vec<_> = face.quality.issues().map(QualityIssue::name).collect();
    cells.word(&issues.join(" "));
    let vision::Quality { side, brightness, sharpness, yaw } = face.quality;
    cells.numbers([side, brightness, sharpness]);
    cells.number_if(yaw);
    cells.numbers(face.scores.probabilities());
    cells.numbers(face.smoothed.probabilities());
    match face.votes {
        Some(votes) => cells.numbers(votes.shares()),
        None => cells.empty(Vote::COUNT),
    }
}
