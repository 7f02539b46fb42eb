//! The videos that were read before the one on the stage, with all that was read of them.

use std::cell::RefCell;

use yew::prelude::*;

use crate::live::KeptSession;
use crate::problem::Problem;
use crate::state::{Action, KeptFrames, KeptVideo, State};
use crate::web::file::NamedFile;

/// A video that was read before, or could not be opened.
pub(super) struct Kept {
    pub name: String,
    /// `None` of a session that was opened without its video.
    pub file: Option<NamedFile>,
    pub result: Result<KeptSession, Problem>,
}

/// Those videos, in the order in which they were left.
#[derive(Default)]
pub(super) struct KeptVideos(RefCell<Vec<Kept>>);

impl KeptVideos {
    /// Whether a session among them is in no file.
    pub(super) fn has_unsaved(&self) -> bool {
        self.0.borrow().iter().any(|kept| kept.result.as_ref().is_ok_and(|session| !session.is_saved))
    }

    /// Keep one more.
    pub(super) fn push(&self, kept: Kept, dispatcher: &UseReducerDispatcher<State>) {
        self.0.borrow_mut().push(kept);
        self.tell(dispatcher);
    }

    /// The video of that index, which is kept no more; `None` of one that could not be opened, which stays.
    pub(super) fn take(&self, idx: usize) -> Option<Kept> {
        let mut kept = self.0.borrow_mut();
        kept.get(idx).is_some_and(|kept| kept.result.is_ok()).then(|| kept.remove(idx))
    }

    /// Show those that there are.
    pub(super) fn tell(&self, dispatcher: &UseReducerDispatcher<State>) {
        let kept_video = |Kept { name, result, .. }: &Kept| KeptVideo {
            name: name.clone(),
            result: result.as_ref().map(frames).map_err(Clone::clone),
        };
        dispatcher.dispatch(Action::KeepVideos(self.0.borrow().iter().map(kept_video).collect()));
    }
}

fn frames(kept: &KeptSession) -> KeptFrames {
    let settings = &kept.session.provenance().settings;
    KeptFrames { n: kept.session.n_frames(), broken_off: settings.get("broken_off").cloned() }
}
