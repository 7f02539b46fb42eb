//! The next batches, made while the network is busy with the last one.

use std::{
    io,
    panic::resume_unwind,
    sync::mpsc::{Receiver, sync_channel},
    thread::{Builder, Scope, ScopedJoinHandle},
};

/// Results of jobs, in the order of the jobs, made ahead on a thread of their own.
///
/// An iterator over each job's result. If the thread panics, the next call of `next` panics with the same. Dropped early,
/// it ends after the job at hand.
#[derive(Debug)]
pub(super) struct Prefetcher<'scope, T> {
    /// `None` once nothing more comes.
    receiver: Option<Receiver<T>>,
    thread: Option<ScopedJoinHandle<'scope, ()>>,
}

/// Results that wait at most; the thread makes one more and then waits, too.
const N_AHEAD: usize = 2;

impl<'scope, T: Send + 'scope> Prefetcher<'scope, T> {
    /// Begin to do `jobs`, one after the other, by `make`, which may use every core by itself.
    pub(super) fn start<'env, J>(
        scope: &'scope Scope<'scope, 'env>,
        jobs: impl IntoIterator<Item = J> + Send + 'scope,
        make: impl Fn(J) -> T + Send + 'scope,
    ) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(N_AHEAD);
        let work = move || {
            // Nobody receives once the prefetcher was dropped.
            let _ = jobs.into_iter().try_for_each(|job| sender.send(make(job)));
        };
        let thread = Builder::new().name("prefetcher".into()).spawn_scoped(scope, work)?;
        Ok(Self { receiver: Some(receiver), thread: Some(thread) })
    }
}

impl<T> Iterator for Prefetcher<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let result = self.receiver.as_ref()?.recv().ok();
        if result.is_none() {
            self.receiver = None;
            if let Some(Err(panic)) = self.thread.take().map(ScopedJoinHandle::join) {
                resume_unwind(panic);
            }
        }
        result
    }
}

impl<T> Drop for Prefetcher<'_, T> {
    fn drop(&mut self) {
        self.receiver = None;
        // A panic is of no interest to whoever wants no more results, and must not reach the scope's end.
        let _ = self.thread.take().map(ScopedJoinHandle::join);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::atomic::{AtomicUsize, Ordering},
        thread,
        time::{Duration, Instant},
    };

    use super::*;

    #[test]
    fn results_come_in_order_and_then_it_ends() {
        thread::scope(|scope| {
            let prefetcher = Prefetcher::start(scope, 0..100, |job| job * job).unwrap();
            assert!(prefetcher.eq((0..100).map(|job| job * job)));
            let mut none = Prefetcher::start(scope, 0..0, |job: usize| job).unwrap();
            assert_eq!((none.next(), none.next()), (None, None));
        });
    }

    #[test]
    fn it_works_ahead_and_not_too_far() {
        let n_begun = AtomicUsize::new(0);
        thread::scope(|scope| {
            let make = |job| {
                n_begun.fetch_add(1, Ordering::Relaxed);
                job
            };
            let mut prefetcher = Prefetcher::start(scope, 0..100, make).unwrap();
            assert_eq!(prefetcher.next(), Some(0));
            // One was taken, two wait, one is at hand.
            let patience = Instant::now();
            while n_begun.load(Ordering::Relaxed) < 4 && patience.elapsed() < Duration::from_secs(10) {
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_millis(20));
            assert_eq!(n_begun.load(Ordering::Relaxed), 4);
        });
        assert!(n_begun.into_inner() <= 5, "the thread ended when the prefetcher was dropped");
    }

    #[test]
    fn a_panic_is_passed_on_by_next_alone() {
        thread::scope(|scope| {
            let start = || Prefetcher::start(scope, 0..100, |job| if job == 1 { panic!("one") } else { job });
            let mut prefetcher = start().unwrap();
            assert_eq!(prefetcher.next(), Some(0));
            let panic = catch_unwind(AssertUnwindSafe(|| prefetcher.next())).unwrap_err();
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"one"));
            assert_eq!(prefetcher.next(), None);
            drop(start().unwrap());
        });
    }
}
