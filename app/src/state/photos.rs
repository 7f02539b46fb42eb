//! Several photos: which are read, which one is on the stage, and what all of them show.

use std::rc::Rc;

use model_core::Emotion;

use super::AnalyzedPhoto;
use crate::picture::Raster;
use crate::problem::Problem;

/// Several photos that were given together, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Photos {
    /// Each of them.
    pub items: Vec<Item>,
    /// The one that a person looks at.
    pub selected: usize,
    /// Whether a person selected it.
    is_chosen: bool,
    /// Whether a person stopped reading the others.
    pub is_stopped: bool,
    /// The one whose answer is awaited.
    awaited: Option<usize>,
    /// The one that is on the stage, or comes there with the next answer.
    on_stage: Option<usize>,
}

/// One of several photos.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    /// Its name, with its folders.
    pub name: String,
    /// The faces found in it, or why it could not be read, once it was tried.
    pub outcome: Option<Result<Rc<AnalyzedPhoto>, Problem>>,
    /// The photo, small.
    pub thumbnail: Option<Raster>,
}

/// A change of several photos.
#[derive(Debug)]
pub(crate) enum PhotosAction {
    /// These were given.
    Start(Vec<String>),
    /// Look at this one.
    Select(usize),
    /// This one was given to the engine.
    Read(usize),
    /// Thumbnail of the one that is read.
    Thumbnail(Raster),
    /// The one that is read was read to its end, or cannot be.
    End(Result<Rc<AnalyzedPhoto>, Problem>),
    /// Read no more but the one that is selected.
    Stop,
    /// Read the others after all.
    GoOn,
}

/// Numbers of photos, of faces and of each label.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Summary {
    /// Photos that were read.
    pub n_read: usize,
    /// Photos that could not be read.
    pub n_failed: usize,
    /// Faces in all of them.
    pub n_faces: usize,
    /// Faces of each label, most first, then those that are unsure; none of which there is none.
    pub labels: Vec<(Option<Emotion>, usize)>,
}

impl Photos {
    /// Whether no photos were given together.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The photo to be given to the engine now: the one that is selected before all others.
    pub(crate) fn next(&self) -> Option<usize> {
        if !self.is_empty() && self.on_stage != Some(self.selected) {
            return Some(self.selected);
        }
        let may_go_on = self.awaited.is_none() && !self.is_stopped;
        self.items.iter().position(|item| item.outcome.is_none()).filter(|_| may_go_on)
    }

    /// Numbers over all of them.
    pub(crate) fn summary(&self) -> Summary {
        let shown: Vec<_> = self.items.iter().filter_map(|item| item.outcome.as_ref()?.as_ref().ok()).collect();
        let labels: Vec<_> = shown.iter().flat_map(|shown| &shown.analysis.faces).map(pipeline::Face::label).collect();
        let count = |label: Option<Emotion>| (label, labels.iter().filter(|&&other| other == label).count());
        let mut counts: Vec<_> = Emotion::ALL.into_iter().map(Some).map(count).collect();
        counts.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
        counts.push(count(None));
        counts.retain(|&(_, n)| n > 0);
        let n_failed = self.items.iter().filter(|item| matches!(item.outcome, Some(Err(_)))).count();
        Summary { n_read: shown.len(), n_failed, n_faces: labels.len(), labels: counts }
    }

    pub(super) fn apply(&mut self, action: PhotosAction) {
        match action {
            PhotosAction::Start(names) => {
                let item = |name| Item { name, outcome: None, thumbnail: None };
                *self = Self { items: names.into_iter().map(item).collect(), ..Self::default() };
            }
            PhotosAction::Select(idx) if idx < self.items.len() => (self.selected, self.is_chosen) = (idx, true),
            PhotosAction::Read(idx) => {
                self.awaited = Some(idx);
                if idx == self.selected {
                    self.on_stage = Some(idx);
                }
            }
            PhotosAction::Thumbnail(raster) => self.change(|item| item.thumbnail = Some(raster)),
            PhotosAction::End(outcome) => self.end(outcome),
            PhotosAction::Stop => self.is_stopped = true,
            PhotosAction::GoOn => self.is_stopped = false,
            PhotosAction::Select(_) => {} // of photos that have left the page
        }
    }

    /// The photo on the stage is read again.
    pub(super) fn reread(&mut self) {
        if self.on_stage.is_some() {
            self.awaited = self.on_stage;
        }
    }

    /// The photo on the stage is searched no further.
    pub(super) fn end_on_stage(&mut self, shown: &Rc<AnalyzedPhoto>) {
        if self.awaited.is_some() && self.awaited == self.on_stage {
            self.end(Ok(Rc::clone(shown)));
        }
    }

    /// The results of another network or detector no longer count.
    fn end(&mut self, outcome: Result<Rc<AnalyzedPhoto>, Problem>) {
        if let Ok(new) = &outcome {
            let reader = |photo: &AnalyzedPhoto| (photo.read_by.network, photo.read_by.detector);
            let is_outdated = |old: &AnalyzedPhoto| reader(old) != reader(new);
            for item in &mut self.items {
                item.outcome.take_if(|outcome| outcome.as_ref().is_ok_and(|old| is_outdated(old)));
            }
        }
        let makes_way = outcome.is_err() && !self.is_chosen && self.awaited == Some(self.selected);
        self.change(|item| item.outcome = Some(outcome));
        self.awaited = None;
        // A photo that cannot be read makes way for the next one, unless somebody wants to know why.
        if makes_way && !self.is_stopped {
            self.selected = self.items.iter().position(|item| item.outcome.is_none()).unwrap_or(self.selected);
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Item)) {
        if let Some(item) = self.awaited.and_then(|idx| self.items.get_mut(idx)) {
            change(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PhotosAction::{End, GoOn, Read, Select, Start, Stop};

    fn photos(n: usize) -> Photos {
        let mut photos = Photos::default();
        photos.apply(Start((0..n).map(|i| format!("{i}.jpg")).collect()));
        photos
    }

    fn found(n_faces: usize) -> PhotosAction {
        End(Ok(AnalyzedPhoto::of_faces(n_faces).into()))
    }

    fn failed() -> PhotosAction {
        End(Err(Problem::new("No", "got none", "try again")))
    }

    #[test]
    fn one_after_the_other_is_read_and_a_bad_one_costs_no_other() {
        let mut photos = photos(3);
        for (idx, end) in [(0, found(2)), (1, failed()), (2, found(1))] {
            assert_eq!(photos.next(), Some(idx));
            photos.apply(Read(idx));
            assert_eq!(photos.next(), None, "one at a time");
            photos.apply(end);
        }
        assert_eq!(photos.next(), None);
        let summary = photos.summary();
        assert_eq!((summary.n_read, summary.n_failed, summary.n_faces), (2, 1, 3));
        assert_eq!(summary.labels, [(Some(Emotion::Angry), 3)]);
    }

    #[test]
    fn a_first_one_that_is_bad_makes_way_for_the_next_unless_it_was_chosen() {
        let mut photos = photos(3);
        for (idx, selected) in [(0, 1), (1, 2), (2, 2)] {
            photos.apply(Read(idx));
            photos.apply(failed());
            assert_eq!(photos.selected, selected);
        }
        photos.apply(Select(0));
        photos.apply(Read(0));
        photos.apply(failed());
        assert_eq!((photos.selected, photos.next()), (0, None));
    }

    #[test]
    fn the_selected_one_comes_first_and_the_one_before_it_again() {
        let mut photos = photos(3);
        photos.apply(Read(0));
        photos.apply(found(1));
        photos.apply(Read(1));
        photos.apply(Select(2));
        assert_eq!(photos.next(), Some(2));
        photos.apply(Read(2));
        photos.apply(found(1));
        assert_eq!(photos.next(), Some(1));
        photos.apply(Read(1));
        photos.apply(found(1));
        photos.apply(Select(0));
        assert_eq!(photos.next(), Some(0), "its pixels are not kept");
        photos.apply(Select(9));
        assert_eq!(photos.selected, 0);
    }

    #[test]
    fn a_stop_leaves_what_is_selected_and_can_be_taken_back() {
        let mut photos = photos(3);
        photos.apply(Read(0));
        photos.apply(Stop);
        photos.apply(found(1));
        assert_eq!(photos.next(), None);
        photos.apply(Select(2));
        assert_eq!(photos.next(), Some(2));
        photos.apply(Read(2));
        photos.apply(found(1));
        photos.apply(GoOn);
        assert_eq!(photos.next(), Some(1));
    }

    #[test]
    fn another_network_reads_all_of_them_again() {
        let mut photos = photos(2);
        for idx in 0..2 {
            photos.apply(Read(idx));
            photos.apply(found(1));
        }
        photos.reread();
        let mut other = AnalyzedPhoto::of_faces(1);
        other.read_by.network = model_core::Architecture::UNet;
        photos.apply(End(Ok(other.into())));
        assert_eq!((photos.next(), photos.summary().n_read), (Some(1), 1));
    }
}
