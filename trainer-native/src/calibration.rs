//! How far a network's confidence can be believed, and from which confidence on a label is *sure*.
//!
//! ```text
//! logits of both heads ──► blend: one answer
//! logits, targets ──► temperature ──► NLL, Brier score
//!        └──► answers: how sure, and right? ──► bins, ECE
//!                          └──► ranking: risk–coverage curve, AURC, threshold
//! ```

mod answers;
mod blend;
mod calibrate;
mod confidence;
mod logits;
mod ranking;
mod temperature;

pub use answers::{Answer, answers};
pub(crate) use blend::{accuracy, blended, label_shares, majority_labels};
pub use calibrate::{MOST_ERROR, calibrate};
pub(crate) use calibrate::{label_indices, shown_answers, with_votes};
pub use confidence::{Confidence, N_BINS, bins, brier, ece, nll};
pub use logits::{Logits, LogitsError, Targets};
pub use ranking::{Point, Ranking, Sure};
pub use temperature::fit_temperature;
