//! A lane for each person: what they showed over time, at any scale.

mod drawing;
mod index;
mod ruler;
mod sums;
mod view;

pub use index::TimelineIndex;
pub use view::TimelineView;
use view::{Lane, Segment};

#[cfg(test)]
mod tests;
