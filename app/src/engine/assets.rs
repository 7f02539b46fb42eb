//! The files that workers need: which are fetched, on their way, or unfit.

use std::collections::HashMap;

use crate::{asset::Asset, problem::Problem, web::fetch::Freshness};

/// The step of each asset; those nobody asked for are missing. `F` are the files of one.
#[derive(Debug)]
pub(super) struct Assets<F>(HashMap<Asset, Step<F>>);

#[derive(Debug)]
enum Step<F> {
    Fetching,
    /// Kept for the next worker, so that one can be started again without a connection.
    Fetched(F),
    /// It did not come or was not fit; left alone until a person wants it again.
    Failed(Problem),
    /// To be fetched again, past the browser's cache.
    Stale,
}

impl<F: Clone> Assets<F> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// How to fetch `asset` now; `None` if it is here, on its way or has failed.
    pub(super) fn begin(&mut self, asset: Asset) -> Option<Freshness> {
        let freshness = match self.0.get(&asset) {
            None => Freshness::Any,
            Some(Step::Stale) => Freshness::Fresh,
            Some(Step::Fetching | Step::Fetched(_) | Step::Failed(_)) => return None,
        };
        self.0.insert(asset, Step::Fetching);
        Some(freshness)
    }

    pub(super) fn arrive(&mut self, asset: Asset, files: F) {
        self.0.insert(asset, Step::Fetched(files));
    }

    pub(super) fn mark_failed(&mut self, asset: Asset, problem: Problem) {
        self.0.insert(asset, Step::Failed(problem));
    }

    /// The files of `asset`, if they are fetched.
    pub(super) fn files(&self, asset: Asset) -> Option<&F> {
        match self.0.get(&asset) {
            Some(Step::Fetched(files)) => Some(files),
            _ => None,
        }
    }

    pub(super) fn is_fetched(&self, asset: Asset) -> bool {
        self.files(asset).is_some()
    }

    /// Why `asset` cannot be loaded.
    pub(super) fn failure(&self, asset: Asset) -> Option<&Problem> {
        match self.0.get(&asset) {
            Some(Step::Failed(problem)) => Some(problem),
            _ => None,
        }
    }

    /// Fetch those that are meant again, if they have failed.
    pub(super) fn clear_failures(&mut self, is_meant: impl Fn(Asset) -> bool) {
        for (_, step) in self.0.iter_mut().filter(|(asset, _)| is_meant(**asset)) {
            if matches!(step, Step::Failed(_)) {
                *step = Step::Stale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_fetched_once_and_a_failed_one_again_only_when_a_person_says_so() {
        let (mut assets, asset) = (Assets::new(), Asset::FullRange);
        let problem = || Problem::new("title", "detail", "advice");
        assert_eq!(assets.begin(asset), Some(Freshness::Any));
        assert_eq!(assets.begin(asset), None, "on its way");
        assets.mark_failed(asset, problem());
        assert_eq!((assets.begin(asset), assets.failure(asset)), (None, Some(&problem())));
        assets.clear_failures(|other| other != asset);
        assert_eq!(assets.begin(asset), None, "another one was meant");
        assets.clear_failures(|other| other == asset);
        assert_eq!(assets.begin(asset), Some(Freshness::Fresh), "not from the browser's cache");
        assets.mark_failed(asset, problem());
        assets.clear_failures(|_| true);
        assert_eq!(assets.begin(asset), Some(Freshness::Fresh), "not from the browser's cache");
        assets.arrive(asset, "files");
        assets.clear_failures(|_| true);
        assert_eq!(assets.begin(asset), None, "here");
        assert_eq!(assets.files(asset), Some(&"files"));
    }
}
