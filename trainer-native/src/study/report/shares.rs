//! Table 5: apparent expression shares of a video.

use anyhow::Result;
use maud::{Markup, html};
use model_core::Emotion;
use pipeline::Share;

use super::tables::csv;
use crate::study::{SHARES, SHOWN, Study};

pub(super) fn section(study: &Study) -> Markup {
    let (report, run) = (&study.shares, study.run(SHOWN));
    html! {
        h2 id="shares" { "Apparent expression shares of a video" }
        table.sortable {
            thead {
                tr {
                    th { "label" } th { "count" } th { "share" }
                    th { "the study’s count" } th { "the study’s share" }
                }
            }
            tbody {
                @for (row, reference) in rows(study) {
                    tr {
                        th scope="row" { (row.emotion) } td { (row.count) } td { (format!("{:.2}", row.relative)) }
                        @for cell in reference { td { (cell) } }
                    }
                }
            }
        }
        p.caption {
            "Table 5. " (report.frames) " frames, " (report.frames_without_face) " of them without a face. The study’s "
            "video is its authors’ own, so the two are not of the same faces. Ours, " code { (report.video) } ", is made "
            "by " code { "study" } " of two photos that may be passed on, each coming nearer. After it, "
            code { "cargo run --release -p cli -- " (report.video) " --weights " (run) " --detector haar-default" }
            " counts the same."
        }
    }
}

pub(super) fn table(study: &Study) -> Result<String> {
    let header = ["label", "count", "share", "the study's count", "the study's share"];
    let rows = rows(study).into_iter().map(|(row, reference)| {
        let own = [row.emotion.to_string(), row.count.to_string(), format!("{:.4}", row.relative)];
        [own.to_vec(), reference.to_vec()].concat()
    });
    csv(&header, rows)
}

/// The most frequent label first, each with the study's count and share; the study does not name what it has none of.
fn rows(study: &Study) -> Vec<(Share, [String; 2])> {
    let mut rows = study.shares.shares;
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows.into_iter().map(|row| (row, reference(row.emotion))).collect()
}

fn reference(label: Emotion) -> [String; 2] {
    let found = SHARES.into_iter().find(|(emotion, ..)| *emotion == label);
    found.map_or_else(|| ["–"; 2].map(Into::into), |(_, count, share)| [count.to_string(), format!("{share:.2}")])
}
