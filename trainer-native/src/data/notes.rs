//! What a reader of data has to tell, counted.

use std::collections::BTreeMap;

use crate::table::thousands;

/// How many pictures something happened to.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeMap<&'static str, usize>);

impl Notes {
    /// One more picture was `what`.
    pub(super) fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    /// `Left out, as …: 12`, by words.
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(what, &n)| format!("{what}: {}", thousands(n))).collect()
    }
}
