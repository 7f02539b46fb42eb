//! Plain loops, compiled for the processor at hand.

use pulp::{Arch, Simd, WithSimd};

/// Calls `f` with all vector instructions that the processor has.
///
/// `f` must be a closure marked `#[inline(always)]`, else it is compiled on its own, for the oldest processor.
#[inline(always)]
pub(super) fn vectorised<R>(f: impl FnMut() -> R) -> R {
    Arch::new().dispatch(Loops(f))
}

/// [`Arch::dispatch`] takes closures as well, but calls them as `FnOnce`: through a shim that is not inlined.
struct Loops<F>(F);

impl<R, F: FnMut() -> R> WithSimd for Loops<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> R {
        (self.0)()
    }
}
