//! Tables and numbers, as all programs of the command line write them.

pub(crate) use native::{table, thousands};
