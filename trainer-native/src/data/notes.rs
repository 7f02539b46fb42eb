//! Counted notes of a reader of data.

use std::collections::BTreeMap;

use crate::table::thousands;

/// Counts of pictures by what was done to them.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeMap<&'static str, usize>);

impl Notes {
    /// `n` more were `what`.
    pub(super) fn add(&mut self, n: usize, what: &'static str) {
        if n > 0 {
            *self.0.entry(what).or_default() += n;
        }
    }

    /// `Left out, as …: 12`, by words.
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(what, &n)| format!("{what}: {}", thousands(n))).collect()
    }
}
