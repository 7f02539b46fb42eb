//! What has been fetched, what is on its way, and what turned out bad.

use std::collections::HashMap;

use crate::{asset::Asset, web::fetch::Freshness};

/// How far each part has come; those nobody asked for are missing.
#[derive(Debug, Default)]
pub(super) struct Parts(HashMap<Asset, State>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fetching,
    Here,
    /// It did not come or was not fit; left alone until a person wants it again.
    Bad,
    /// To be fetched again, past the browser's cache.
    Stale,
}

impl Parts {
    /// How to fetch `part` now; nothing if it is here, on its way or bad.
    pub(super) fn fetch(&mut self, part: Asset) -> Option<Freshness> {
        let freshness = match self.0.get(&part) {
            None => Freshness::Any,
            Some(State::Stale) => Freshness::Fresh,
            Some(State::Fetching | State::Here | State::Bad) => return None,
        };
        self.0.insert(part, State::Fetching);
        Some(freshness)
    }

    pub(super) fn is_here(&self, part: Asset) -> bool {
        self.0.get(&part) == Some(&State::Here)
    }

    pub(super) fn is_bad(&self, part: Asset) -> bool {
        self.0.get(&part) == Some(&State::Bad)
    }

    pub(super) fn came(&mut self, part: Asset) {
        self.0.insert(part, State::Here);
    }

    pub(super) fn spoil(&mut self, part: Asset) {
        self.0.insert(part, State::Bad);
    }

    /// Fetch `part` again if it was bad.
    pub(super) fn retry(&mut self, part: Asset) {
        if let Some(state) = self.0.get_mut(&part).filter(|state| **state == State::Bad) {
            *state = State::Stale;
        }
    }

    /// Fetch everything again that was bad.
    pub(super) fn retry_all(&mut self) {
        for state in self.0.values_mut().filter(|state| **state == State::Bad) {
            *state = State::Stale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_fetched_once_and_a_bad_one_again_only_when_a_person_says_so() {
        let (mut parts, part) = (Parts::default(), Asset::FullRange);
        assert_eq!(parts.fetch(part), Some(Freshness::Any));
        assert_eq!(parts.fetch(part), None, "on its way");
        parts.spoil(part);
        assert_eq!((parts.fetch(part), parts.is_bad(part)), (None, true));
        parts.retry(Asset::Network(model_core::Architecture::Small));
        assert_eq!(parts.fetch(part), None, "another one was meant");
        parts.retry(part);
        assert_eq!(parts.fetch(part), Some(Freshness::Fresh), "not from the browser's cache");
        parts.spoil(part);
        parts.retry_all();
        assert_eq!(parts.fetch(part), Some(Freshness::Fresh), "not from the browser's cache");
        parts.came(part);
        parts.retry_all();
        assert!(parts.is_here(part));
        assert_eq!(parts.fetch(part), None, "here");
    }
}
