//! Decides when to search, and for which faces.

use crate::{FrameTask, Search, StageMs};

use super::TrackSettings;

/// How long work took and when it was done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct SearchScheduler {
    /// A search for near faces, ms.
    near_ms: MovingAverage,
    /// A search for far faces, ms.
    far_ms: MovingAverage,
    /// Crop and classify all faces of a frame, ms.
    classify_ms: MovingAverage,
    /// [`FrameTask::Follow`] frames since the last planned search.
    n_followed: u32,
    /// Seconds since the last planned search.
    search_age_secs: f64,
    /// Seconds since the last planned search for far faces, or since the beginning.
    far_age_secs: f64,
}

/// Size class of the predicted faces. Near: height at least [`TrackSettings::near_size`] × the frame's longer side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KnownFaces {
    /// No face is known.
    None,
    /// Every known face is near.
    AllNear,
    /// At least one known face is smaller than near.
    SomeFar,
}

impl SearchScheduler {
    /// Take in a frame that was analysed, `secs` after the one before.
    pub(super) fn record(&mut self, secs: f64, task: &FrameTask, ms: &StageMs, n_faces: usize) {
        self.search_age_secs += secs;
        self.far_age_secs += secs;
        if n_faces > 0 {
            self.classify_ms.record(ms.crop + ms.classify);
        }
        match task {
            FrameTask::Follow(_) => self.n_followed = self.n_followed.saturating_add(1),
            // No search was planned. Whether the engine made one, for a lost face, is not reported.
            FrameTask::SearchAround { search: None, .. } => {}
            FrameTask::Search(search) | FrameTask::SearchAround { search: Some(search), .. } => {
                (self.n_followed, self.search_age_secs) = (0, 0.0);
                self.search_ms_mut(*search).record(ms.detect);
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
    pub(super) fn next_search(&self, known: KnownFaces, ahead_secs: f64, settings: &TrackSettings) -> Search {
        let far_interval_secs = match known {
            KnownFaces::None => settings.far_secs,
            KnownFaces::AllNear => settings.far_beside_near_secs,
            KnownFaces::SomeFar => 0.0, // every search
        };
        if self.far_age_secs + ahead_secs >= far_interval_secs { Search::Far } else { Search::Near }
    }

    /// Whether the frame `ahead_secs` from now may go without a planned search.
    pub(super) fn may_skip_search(&self, ahead_secs: f64, settings: &TrackSettings) -> bool {
        // If this frame is not searched, the next one, about `ahead_secs` later, must not exceed `search_secs`.
        self.search_age_secs + 2.0 * ahead_secs <= settings.search_secs
    }

    /// Whether `search` is to be made `ahead_secs` from now, rather than the known faces followed.
    pub(super) fn is_due(&self, search: Search, ahead_secs: f64, settings: &TrackSettings) -> bool {
        !self.may_skip_search(ahead_secs, settings)
            || f64::from(self.n_followed) + 1.0 >= self.interval(search, settings)
    }

    /// Frames between searches, at least 1, for which searching takes [`TrackSettings::search_share`] of the time; 1
    /// while a cost is not measured or a search takes at most [`TrackSettings::free_search_ms`].
    fn interval(&self, search: Search, settings: &TrackSettings) -> f64 {
        let (Some(search_ms), Some(classify_ms)) = (self.search_ms(search).0, self.classify_ms.0) else { return 1.0 };
        if search_ms <= settings.free_search_ms {
            return 1.0;
        }
        // share = search_ms / (search_ms + k · classify_ms), solved for k.
        let share = settings.search_share;
        (search_ms * (1.0 - share) / (share * classify_ms)).max(1.0)
    }

    fn search_ms(&self, search: Search) -> MovingAverage {
        match search {
            Search::Near => self.near_ms,
            Search::Far | Search::Photo => self.far_ms,
        }
    }

    fn search_ms_mut(&mut self, search: Search) -> &mut MovingAverage {
        match search {
            Search::Near => &mut self.near_ms,
            Search::Far | Search::Photo => &mut self.far_ms,
        }
    }
}

/// Exponential moving average, ms; `None` before the first sample.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct MovingAverage(Option<f64>);

impl MovingAverage {
    /// Weight of the newest sample: a slow first one, which compiles shaders, counts for 1 % after twenty more (0.8²⁰).
    const WEIGHT: f64 = 0.2;

    fn record(&mut self, ms: f64) {
        if ms.is_finite() {
            self.0 = Some(self.0.map_or(ms, |average| average + Self::WEIGHT * (ms - average)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of 300 frames at `fps` are searched, each search for `search_ms`, each classification for
    /// `classify_ms`; and the longest time from one search to the next.
    fn searched(fps: f64, search_ms: f64, classify_ms: f64) -> (usize, f64) {
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
            let ms = StageMs { detect: if is_due { search_ms } else { 0.0 }, crop: 0.5, classify: classify_ms - 0.5 };
            scheduler.record(1.0 / fps, &task, &ms, 1);
        }
        (n_searched, longest_secs)
    }

    #[test]
    fn what_a_search_costs_decides_how_often_one_is_made() {
        let cases = [
            // Frames a second, ms of a search, ms of a classification, every which frame is searched.
            (60.0, 3.0, 4.0, 1),
            (60.0, 3.0, 0.6, 1),
            (30.0, 8.0, 4.0, 2),
            (60.0, 8.0, 2.0, 4),
            (30.0, 70.0, 4.0, 7),
            (10.0, 70.0, 4.0, 2),
            (2.0, 70.0, 4.0, 1),
            (1.0, 70.0, 4.0, 1),
        ];
        for (fps, search_ms, classify_ms, k) in cases {
            let (n_searched, longest_secs) = searched(fps, search_ms, classify_ms);
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
        let search = |scheduler: &SearchScheduler, known| scheduler.next_search(known, 0.125, &settings);
        assert_eq!(search(&scheduler, KnownFaces::None), Search::Near);
        assert_eq!(search(&scheduler, KnownFaces::SomeFar), Search::Far);
        near(&mut scheduler);
        assert_eq!(search(&scheduler, KnownFaces::None), Search::Far);
        assert_eq!(search(&scheduler, KnownFaces::AllNear), Search::Near);
        (0..20).for_each(|_| near(&mut scheduler));
        assert_eq!(search(&scheduler, KnownFaces::AllNear), Search::Far);
        scheduler.record(0.125, &FrameTask::Search(Search::Far), &StageMs::default(), 0);
        assert_eq!(search(&scheduler, KnownFaces::None), Search::Near);
    }

    #[test]
    fn a_slow_beginning_is_forgotten() {
        let mut average = MovingAverage::default();
        average.record(500.0);
        average.record(f64::NAN);
        (0..20).for_each(|_| average.record(3.0));
        assert!(average.0.unwrap() < 9.0, "{average:?}");
    }
}
