//! A summary as CSV.

use model_core::Emotion;
use pipeline::{PoorFramePolicy, Provenance};

use super::{PersonSummary, RangeSummary, ShownSummary, Summary};
use crate::cells::Cells;

const HEAD: [&str; 15] = [
    "file",
    "range",
    "from_secs",
    "to_secs",
    "watched_secs",
    "person",
    "name",
    "shown",
    "frames",
    "secs",
    "share",
    "dwells",
    "mean_dwell_secs",
    "median_dwell_secs",
    "longest_dwell_secs",
];

/// The first cells, which are of the range.
const RANGE_CELLS: usize = 5;

/// Where it comes from: in every row, since there are few, so that any program can read the file as it is.
const TAIL: [&str; 8] =
    ["poor_frames", "program", "version", "network", "weights_sha256", "detector", "settings", "file_sha256"];

impl Summary {
    /// A CSV file with a row for everything that each person showed in each part. `docs/analysis.md` describes the columns.
    pub(crate) fn csv(&self, provenance: &Provenance) -> Vec<u8> {
        let after = Emotion::ALL.map(|label| format!("to_{label}"));
        let header = HEAD.into_iter().chain(["mean_probability"]).chain(after.iter().map(String::as_str));
        let mut cells = Cells::new(vec![], header.chain(TAIL));
        for range in &self.ranges {
            if range.people.is_empty() {
                // Where nobody was seen, a row says at least of what.
                write_range(&mut cells, &provenance.file_name, range);
                cells.empty(HEAD.len() - RANGE_CELLS + 1 + Emotion::COUNT);
                write_provenance(&mut cells, self.policy, provenance);
                cells.end_row();
            }
            for person in &range.people {
                for shown in &person.shown {
                    write_range(&mut cells, &provenance.file_name, range);
                    write_shown(&mut cells, person, shown);
                    write_provenance(&mut cells, self.policy, provenance);
                    cells.end_row();
                }
            }
        }
        cells.into_bytes()
    }
}

fn write_range(cells: &mut Cells, file_name: &str, RangeSummary { range, watched_secs, .. }: &RangeSummary) {
    cells.text(file_name);
    cells.text(&range.name);
    for secs in [range.from_secs, range.to_secs, *watched_secs] {
        cells.secs(secs);
    }
}

fn write_shown(cells: &mut Cells, person: &PersonSummary, shown: &ShownSummary) {
    cells.number(person.person);
    cells.text(&person.name);
    cells.word(shown.shown.name());
    cells.number(shown.n_frames);
    cells.secs(shown.secs);
    cells.number(format_args!("{:.6}", shown.share));
    cells.number(shown.n_dwells);
    for secs in [shown.mean_dwell_secs, shown.median_dwell_secs, shown.longest_dwell_secs] {
        cells.secs(secs);
    }
    cells.number_if(shown.mean_probability.map(|p| format!("{p:.6}")));
    match shown.shown {
        pipeline::Shown::Label(label) => cells.numbers(person.transitions[label as usize]),
        _ => cells.empty(Emotion::COUNT),
    }
}

fn write_provenance(cells: &mut Cells, policy: PoorFramePolicy, provenance: &Provenance) {
    let Provenance { program, version, network, weights_sha256, detector, settings, file_sha256, .. } = provenance;
    cells.word(match policy {
        PoorFramePolicy::Separate => "separate",
        PoorFramePolicy::Counted => "counted",
    });
    let settings: Vec<_> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
    for text in [program, version, network, weights_sha256, detector, &settings.join("; "), file_sha256] {
        cells.text(text);
    }
}
