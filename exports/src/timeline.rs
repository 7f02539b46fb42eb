//! A lane for each person: what they showed over time, at any scale.

mod drawing;
mod index;
mod ruler;
mod sums;
mod view;

pub use index::TimelineIndex;
pub use view::{Column, Lane, Segment, TimelineView};

#[cfg(test)]
mod tests;
