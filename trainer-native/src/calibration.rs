//! How far a network's confidence can be believed, and from which confidence on a label is *sure*.
//!
//! ```text
//! logits, targets ──► temperature ──► NLL, Brier score
//!        └──► answers: how sure, and right? ──► bins, ECE
//!                                      └──► risk–coverage curve, AURC, threshold
//! ```

mod answers;
mod confidence;
mod logits;
mod ranking;
mod temperature;

pub use answers::{Answer, answers};
pub use confidence::{Bin, Confidence, brier, ece, nll};
pub use logits::{Logits, LogitsError, Targets};
pub use ranking::{Point, Ranking, Sure};
pub use temperature::fit_temperature;
