//! The next batches, made while the network is busy with the last one.

use std::{
    io,
    panic::resume_unwind,
    sync::mpsc::{Receiver, sync_channel},
    thread::{Builder, Scope, ScopedJoinHandle},
};

/// Results of jobs, in the order of the jobs, made ahead on a thread of their own.
///
/// An iterator: each job's result, and nothing after the first error. If the thread panics, the next call of `next`
/// panics with the same. Dropped early, it ends after the job at hand.
#[derive(Debug)]
pub struct Feeder<'scope, T, E> {
    /// `None` once nothing more comes.
    receiver: Option<Receiver<Result<T, E>>>,
    thread: Option<ScopedJoinHandle<'scope, ()>>,
}

/// Results that wait at most; the thread makes one more and then waits, too.
const N_AHEAD: usize = 2;

impl<'scope, T: Send + 'scope, E: Send + 'scope> Feeder<'scope, T, E> {
    /// Begin to do `jobs`, one after the other, by `make`, which may use every core by itself.
    pub fn start<'env, J>(
        scope: &'scope Scope<'scope, 'env>,
        jobs: impl IntoIterator<Item = J> + Send + 'scope,
        make: impl Fn(J) -> Result<T, E> + Send + 'scope,
    ) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(N_AHEAD);
        let work = move || {
            for job in jobs {
                let result = make(job);
                let is_last = result.is_err();
                // Nobody receives: the feeder was dropped.
                if sender.send(result).is_err() || is_last {
                    break;
                }
            }
        };
        let thread = Builder::new().name("feeder".into()).spawn_scoped(scope, work)?;
        Ok(Self { receiver: Some(receiver), thread: Some(thread) })
    }
}

impl<T, E> Iterator for Feeder<'_, T, E> {
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.receiver.as_ref()?.recv().ok();
        if result.as_ref().is_none_or(Result::is_err) {
            self.receiver = None;
            if let Some(Err(panic)) = self.thread.take().map(ScopedJoinHandle::join) {
                resume_unwind(panic);
            }
        }
        result
    }
}

impl<T, E> Drop for Feeder<'_, T, E> {
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
            let feeder = Feeder::start(scope, 0..100, |job| Ok::<_, ()>(job * job)).unwrap();
            assert!(feeder.map(Result::unwrap).eq((0..100).map(|job| job * job)));
            let mut none = Feeder::start(scope, 0..0, Ok::<_, ()>).unwrap();
            assert_eq!((none.next(), none.next()), (None, None));
        });
    }

    #[test]
    fn it_works_ahead_and_not_too_far() {
        let n_begun = AtomicUsize::new(0);
        thread::scope(|scope| {
            let make = |job| {
                n_begun.fetch_add(1, Ordering::Relaxed);
                Ok::<usize, ()>(job)
            };
            let mut feeder = Feeder::start(scope, 0..100, make).unwrap();
            assert_eq!(feeder.next(), Some(Ok(0)));
            // One was taken, two wait, one is at hand.
            let patience = Instant::now();
            while n_begun.load(Ordering::Relaxed) < 4 && patience.elapsed() < Duration::from_secs(10) {
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_millis(20));
            assert_eq!(n_begun.load(Ordering::Relaxed), 4);
        });
        assert!(n_begun.into_inner() <= 5, "the thread ended when the feeder was dropped");
    }

    #[test]
    fn an_error_is_passed_on_and_the_last_thing() {
        thread::scope(|scope| {
            let make = |job| if job == 2 { Err("two") } else { Ok(job) };
            let feeder = Feeder::start(scope, 0..100, make).unwrap();
            assert_eq!(feeder.collect::<Vec<_>>(), [Ok(0), Ok(1), Err("two")]);
        });
    }

    #[test]
    fn a_panic_is_passed_on_by_next_alone() {
        thread::scope(|scope| {
            let start = || Feeder::start(scope, 0..100, |job| if job == 1 { panic!("one") } else { Ok::<_, ()>(job) });
            let mut feeder = start().unwrap();
            assert_eq!(feeder.next(), Some(Ok(0)));
            let panic = catch_unwind(AssertUnwindSafe(|| feeder.next())).unwrap_err();
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"one"));
            assert_eq!(feeder.next(), None);
            drop(start().unwrap());
        });
    }
}
