//! How much memory is taken.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    ptr,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// No more than that is given out, whoever asks: a test that fails must not take the machine along.
const CEILING: usize = 8 << 30;

/// The system's allocator, which counts. A test program has it as its `#[global_allocator]`.
///
/// Not one from a crate: those that count write to memory that is asked for as zeroes, so that a single absurd request
/// would take the machine along.
pub struct Counted;

/// Result of `run`, and how many bytes it took at most beyond those that were taken before.
///
/// Counts nothing unless [`Counted`] is the allocator, and whatever other threads take meanwhile as well.
pub fn peak_of<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = TAKEN.load(Relaxed);
    PEAK.store(before, Relaxed);
    let value = run();
    (value, PEAK.load(Relaxed).saturating_sub(before))
}

fn take(size: usize) -> bool {
    let taken = TAKEN.fetch_add(size, Relaxed).saturating_add(size);
    PEAK.fetch_max(taken, Relaxed);
    taken <= CEILING
}

fn give_back(size: usize) {
    TAKEN.fetch_sub(size, Relaxed);
}

#[expect(unsafe_code, reason = "an allocator cannot be written without; each call is handed on as it came")]
// SAFETY: `System` does all the work, under the same contract; a null pointer says that there is no memory.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if take(layout.size()) { unsafe { System.alloc(layout) } } else { refuse(layout.size()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if take(layout.size()) { unsafe { System.alloc_zeroed(layout) } } else { refuse(layout.size()) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both may be there at once, while what is in the old place is copied.
        if !take(size) {
            return refuse(size);
        }
        let new = unsafe { System.realloc(old, layout, size) };
        give_back(if new.is_null() { size } else { layout.size() });
        new
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        unsafe { System.dealloc(old, layout) };
        give_back(layout.size());
    }
}

fn refuse(size: usize) -> *mut u8 {
    give_back(size);
    ptr::null_mut()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_counts_and_not_the_sum_and_what_is_absurd_is_refused() {
        let _alone = crate::alone();
        let ((), peak) = peak_of(|| {
            for _ in 0..5 {
                drop(vec![1u8; 50_000_000]);
            }
        });
        assert!((50_000_000..60_000_000).contains(&peak), "{peak}");
        let (is_refused, peak) = peak_of(|| Vec::<u8>::new().try_reserve_exact(CEILING).is_err());
        assert!(is_refused && peak >= CEILING, "{peak}");
    }
}
