//! The columns of both examples that measure issues: this crate's `quality` and `quality_issues` of `trainer-native`.

use vision::{Quality, QualityIssue};

/// How many of `qualities` are too small, too dark, too bright and blurred, in per cent.
pub(crate) fn issue_shares(qualities: &[Quality]) -> String {
    let share = |issue: QualityIssue| {
        let n = qualities.iter().filter(|quality| quality.issues().any(|it| it == issue)).count();
        format!("{:5.1}", 100.0 * n as f64 / qualities.len() as f64)
    };
    [QualityIssue::TooSmall, QualityIssue::TooDark, QualityIssue::TooBright, QualityIssue::Blurred].map(share).join(" ")
}
