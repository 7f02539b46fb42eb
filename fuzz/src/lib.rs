//! Files made worse by a seed, and what it costs to read them: no panic, and no more memory than is named.
//!
//! A test hands a [`Target`] some good files and its reader. Without a coverage-guided fuzzer it runs on stable with
//! `cargo test`, and every case can be had again: it depends on nothing but the target's name and its number.

mod change;
mod memory;

use std::{
    env, fs,
    panic::{self, AssertUnwindSafe},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use change::changed;
pub use memory::{Counted, peak_of};

/// Names the seconds that all targets of the project may take together, in the place of a fixed number of files.
pub const SECS_VARIABLE: &str = "FERRUM_FUZZ_SECS";

/// Names how many files each target is to try, in the place of its own number.
pub const FILES_VARIABLE: &str = "FERRUM_FUZZ_FILES";

/// A reader and what it is given.
pub struct Target<'a> {
    /// Names it in messages; its random numbers begin with it.
    pub name: &'static str,
    /// How many files are tried, on every machine the same ones; those of all targets take half a minute of a processor.
    pub n_cases: usize,
    /// Its part of the time where [`SECS_VARIABLE`] gives one, in `0..=1`; those of all targets add up to 1.
    pub share: f64,
    /// Good files, of which bad ones are made.
    pub files: &'a [Vec<u8>],
    /// Words of that format, which replace others.
    pub words: &'a [&'a [u8]],
    /// Makes a changed file consistent again where the reader would stop too early, as at a checksum.
    pub mend: fn(&mut [u8]),
    /// Most bytes that reading a file may take at any time.
    pub max_bytes: &'a dyn Fn(&[u8]) -> usize,
}

/// Counts of tried files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Files.
    pub n: usize,
    /// Files among them that could be read all the same.
    pub n_read: usize,
    /// The most bytes that any of them took.
    pub peak: usize,
}

impl Target<'_> {
    /// Gives `read` changed files, as many as [`FILES_VARIABLE`] or [`Target::n_cases`] says, or, with
    /// [`SECS_VARIABLE`], as there is time for; `read` says whether it could read one. To be run [`alone`].
    ///
    /// # Panics
    /// If `read` panics or takes more than [`Target::max_bytes`]. The file is then in the folder for temporary ones.
    pub fn run(&self, read: impl Fn(&[u8]) -> bool) -> Tried {
        let end = given(SECS_VARIABLE).map(|secs| Instant::now() + Duration::from_secs_f64(secs * self.share));
        let n_cases = given(FILES_VARIABLE).map_or(self.n_cases, |n_files| n_files as usize);
        let mut tried = Tried::default();
        while tried.n == 0 || end.map_or(tried.n < n_cases, |end| Instant::now() < end) {
            let file = self.case(tried.n);
            let (is_read, peak) = self.attempt(tried.n, &file, &read);
            tried = Tried { n: tried.n + 1, n_read: tried.n_read + usize::from(is_read), peak: tried.peak.max(peak) };
        }
        println!("{}: {tried:?}", self.name);
        tried
    }

    /// The changed file of that number; number 0 is the first good one as it is.
    fn case(&self, number: usize) -> Vec<u8> {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&(number as u64).to_le_bytes());
        seed[8..].iter_mut().zip(self.name.bytes()).for_each(|(seed, letter)| *seed = letter);
        let mut file = match number {
            0 => self.files[0].clone(),
            _ => changed(self.files, self.words, &mut ChaCha8Rng::from_seed(seed)),
        };
        (self.mend)(&mut file);
        file
    }

    fn attempt(&self, number: usize, file: &[u8], read: impl Fn(&[u8]) -> bool) -> (bool, usize) {
        let (result, peak) = peak_of(|| panic::catch_unwind(AssertUnwindSafe(|| read(file))));
        let max = (self.max_bytes)(file);
        match result {
            Ok(is_read) if peak <= max => (is_read, peak),
            Ok(_) => self.fail(number, file, &format!("took {peak} bytes, expected at most {max}")),
            Err(_) => self.fail(number, file, "panicked"),
        }
    }

    fn fail(&self, number: usize, file: &[u8], what: &str) -> ! {
        let path = env::temp_dir().join(format!("ferrum-fuzz-{}-{number}", self.name));
        let kept = fs::write(&path, file).map_or_else(|error| error.to_string(), |()| path.display().to_string());
        panic!("{}, case {number} of {} bytes: {what}; the file: {kept}", self.name, file.len())
    }
}

/// Until what this gives is dropped, no other test runs that asks for it as well: what that one takes would count here.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    // After a test that failed, the others go on.
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number in `variable`, where it is given.
fn given(variable: &str) -> Option<f64> {
    let given = env::var(variable).ok()?;
    let number = given.parse().ok().filter(|number: &f64| (0.0..1e9).contains(number));
    Some(number.unwrap_or_else(|| panic!("{variable}: expected a number from 0 to a thousand million, got {given:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read<'a> = &'a dyn Fn(&[u8]);

    #[global_allocator]
    static ALLOCATOR: Counted = Counted;

    fn target<'a>(files: &'a [Vec<u8>], max_bytes: &'a dyn Fn(&[u8]) -> usize) -> Target<'a> {
        Target { name: "toy", n_cases: 50, share: 0.001, files, words: &[b"word"], mend: |_| {}, max_bytes }
    }

    #[test]
    fn cases_differ_and_can_be_had_again() {
        let _alone = alone();
        let files = [b"a file of some length".to_vec()];
        let target = target(&files, &|_| usize::MAX);
        assert_eq!(target.case(0), files[0]);
        let cases: std::collections::HashSet<Vec<u8>> = (0..100).map(|number| target.case(number)).collect();
        assert!(cases.len() > 80, "{}", cases.len());
        assert!((0..100).all(|number| target.case(number) == target.case(number)));
        let tried = target.run(|file| file.len() > 5);
        assert_eq!(tried.n, target.n_cases, "without {SECS_VARIABLE}");
        assert!(tried.n_read > 0, "{tried:?}");
    }

    #[test]
    fn a_panic_and_a_waste_are_found_and_the_file_is_kept() {
        let _alone = alone();
        let files = [vec![7; 50]];
        let panics = |file: &[u8]| assert!(file.len() <= 50, "a longer file");
        let wastes = |file: &[u8]| drop(vec![1u8; 1000 * file.len()]);
        let cases: [(Read, usize, &str); 2] = [(&panics, usize::MAX, "panicked"), (&wastes, 1000, "took ")];
        for (read, max, expected) in cases {
            let max_bytes = |_: &[u8]| max;
            let target = target(&files, &max_bytes);
            let reads = |file: &[u8]| {
                read(file);
                true
            };
            let run = || (0..1000).for_each(|number| _ = target.attempt(number, &target.case(number), reads));
            let error = panic::catch_unwind(AssertUnwindSafe(run)).expect_err("a fault is found");
            let message = error.downcast_ref::<String>().expect("a formatted message");
            assert!(message.contains(expected), "{message}");
            let path = message.rsplit(": ").next().expect("the path is last");
            fs::remove_file(path).expect("the file was kept");
        }
    }
}
