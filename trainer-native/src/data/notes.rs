//! What a reader of data has to tell, counted.

use std::collections::BTreeMap;

use crate::table::thousands;

/// How many pictures something happened to.
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
