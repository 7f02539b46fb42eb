//! Decides when to search, and for which faces.

use crate::{FrameTask, Search, StageMs};

use super::TrackSettings;

/// How long work took and when it was done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct SearchScheduler {
    near_ms: Mean,
    far_ms: Mean,
    /// Cropping and classifying all faces of a frame.
    read_ms: Mean,
    /// Frames since the last search.
    n_followed: u32,
    /// Since the last search.
    search_age_secs: f64,
    /// Since the last search for far faces, or the beginning.
    far_age_secs: f64,
}

/// Which faces there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// None.
    Nobody,
    /// Only such as a search for near faces finds.
    Near,
    /// Smaller ones as well.
    Far,
}

impl SearchScheduler {
    /// A frame `secs` after the last one was done.
    pub(super) fn record(&mut self, secs: f64, task: &FrameTask, ms: &StageMs, n_faces: usize) {
        self.search_age_secs += secs;
        self.far_age_secs += secs;
        if n_faces > 0 {
            self.read_ms.record(ms.crop + ms.classify);
        }
        match task {
            FrameTask::Follow(_) => self.n_followed = self.n_followed.saturating_add(1),
            FrameTask::SearchAround { search: None, .. } => {}
            FrameTask::Search(search) | FrameTask::SearchAround { search: Some(search), .. } => {
                (self.n_followed, self.search_age_secs) = (0, 0.0);
                self.of_mut(*search).record(ms.detect);
                if *search != Search::Near {
                    self.far_age_secs = 0.0;
                }
            }
        }
    }

    /// Another place or time: what work takes is still known.
    pub(super) fn restart(&mut self) {
        (self.n_followed, self.search_age_secs, self.far_age_secs) = (0, 0.0, 0.0);
    }

    /// The next search to make, `ahead_secs` from now.
    pub(super) fn search(&self, presence: Presence, ahead_secs: f64, settings: &TrackSettings) -> Search {
        let longest_secs = match presence {
            Presence::Nobody => settings.far_secs,
            Presence::Near => settings.far_beside_near_secs,
            Presence::Far => 0.0,
        };
        if self.far_age_secs + ahead_secs >= longest_secs { Search::Far } else { Search::Near }
    }

    /// Whether the frame `ahead_secs` from now may go without a search, its known faces being found again one by one.
    pub(super) fn may_skip_search(&self, ahead_secs: f64, settings: &TrackSettings) -> bool {
        self.search_age_secs + ahead_secs < settings.search_secs
    }

    /// Whether `search` is to be made `ahead_secs` from now, rather than the known faces followed.
    pub(super) fn is_due(&self, search: Search, ahead_secs: f64, settings: &TrackSettings) -> bool {
        // Unless it is made now, it comes a frame later.
        let is_late = self.search_age_secs + 2.0 * ahead_secs > settings.search_secs;
        is_late || f64::from(self.n_followed) + 1.0 >= self.interval(search, settings)
    }

    /// Frames from one such search to the next by which searches take their share of the work; 1 if that is not known.
    fn interval(&self, search: Search, settings: &TrackSettings) -> f64 {
        let (Some(search_ms), Some(read_ms)) = (self.of(search).0, self.read_ms.0) else { return 1.0 };
        if search_ms <= settings.free_search_ms {
            return 1.0;
        }
        // In k frames, searching takes `search_ms` and reading k times `read_ms`.
        let share = settings.search_share;
        (search_ms * (1.0 - share) / (share * read_ms)).max(1.0)
    }

    fn of(&self, search: Search) -> Mean {
        match search {
            Search::Near => self.near_ms,
            Search::Far | Search::Photo => self.far_ms,
        }
    }

    fn of_mut(&mut self, search: Search) -> &mut Mean {
        match search {
            Search::Near => &mut self.near_ms,
            Search::Far | Search::Photo => &mut self.far_ms,
        }
    }
}

/// A running mean of milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Mean(Option<f64>);

impl Mean {
    /// Weight of the newest: what the first one took beside, such as compiling shaders, is forgotten after some twenty.
    const WEIGHT: f64 = 0.2;

    fn record(&mut self, ms: f64) {
        if ms.is_finite() {
            self.0 = Some(self.0.map_or(ms, |mean| mean + Self::WEIGHT * (ms - mean)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of 300 frames at `fps` are searched, each search for `search_ms`, each reading for `read_ms`; and the
    /// longest time from one search to the next.
    fn searched(fps: f64, search_ms: f64, read_ms: f64) -> (usize, f64) {
        let settings = TrackSettings::default();
        let mut scheduler = SearchScheduler::default();
        let (mut n_searched, mut since_secs, mut longest_secs) = (0, 0.0, 0.0_f64);
        for _ in 0..300 {
            since_secs += 1.0 / fps;
            let search = Search::Near;
            let is_due = scheduler.is_due(search, 1.0 / fps, &settings);
            let task = if is_due { FrameTask::Search(search) } else { FrameTask::Follow(vec![]) };
            if is_due {
                longest_secs = longest_secs.max(since_secs);
                (n_searched, since_secs) = (n_searched + 1, 0.0);
            }
            let ms = StageMs { detect: if is_due { search_ms } else { 0.0 }, crop: 0.5, classify: read_ms - 0.5 };
            scheduler.record(1.0 / fps, &task, &ms, 1);
        }
        (n_searched, longest_secs)
    }

    #[test]
    fn what_a_search_costs_decides_how_often_one_is_made() {
        let cases = [
            // Frames a second, ms of a search, ms of reading, every which frame is searched.
            (60.0, 3.0, 4.0, 1),
            (60.0, 3.0, 0.6, 1),
            (30.0, 8.0, 4.0, 2),
            (60.0, 8.0, 2.0, 4),
            (30.0, 70.0, 4.0, 7),
            (10.0, 70.0, 4.0, 2),
            (2.0, 70.0, 4.0, 1),
            (1.0, 70.0, 4.0, 1),
        ];
        for (fps, search_ms, read_ms, k) in cases {
            let (n_searched, longest_secs) = searched(fps, search_ms, read_ms);
            assert!(n_searched.abs_diff(300 / k) <= 1, "{search_ms} ms at {fps}: {n_searched} of 300");
            assert!(longest_secs <= 0.25_f64.max(1.0 / fps) + 1e-9, "{search_ms} ms at {fps}: {longest_secs} s");
        }
    }

    #[test]
    fn far_faces_are_searched_for_now_and_then_and_wherever_there_are_some() {
        let settings = TrackSettings::default();
        let mut scheduler = SearchScheduler::default();
        let near = |scheduler: &mut SearchScheduler| {
            scheduler.record(0.125, &FrameTask::Search(Search::Near), &StageMs::default(), 0);
        };
        (0..6).for_each(|_| near(&mut scheduler));
        let search = |scheduler: &SearchScheduler, presence| scheduler.search(presence, 0.125, &settings);
        assert_eq!(search(&scheduler, Presence::Nobody), Search::Near);
        assert_eq!(search(&scheduler, Presence::Far), Search::Far);
        near(&mut scheduler);
        assert_eq!(search(&scheduler, Presence::Nobody), Search::Far);
        assert_eq!(search(&scheduler, Presence::Near), Search::Near);
        (0..20).for_each(|_| near(&mut scheduler));
        assert_eq!(search(&scheduler, Presence::Near), Search::Far);
        scheduler.record(0.125, &FrameTask::Search(Search::Far), &StageMs::default(), 0);
        assert_eq!(search(&scheduler, Presence::Nobody), Search::Near);
    }

    #[test]
    fn a_slow_beginning_is_forgotten() {
        let mut mean = Mean::default();
        mean.record(500.0);
        mean.record(f64::NAN);
        (0..20).for_each(|_| mean.record(3.0));
        assert!(mean.0.unwrap() < 9.0, "{mean:?}");
    }
}
