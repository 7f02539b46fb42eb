//! Headings while steps run, and a summary of them at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Steps that ran, and how they ended.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
}

struct Step {
    name: String,
    took: Duration,
    failed: bool,
}

impl Report {
    /// Runs one step under a heading. A failure is printed and remembered, and the next step still runs:
    /// one run shows everything that is wrong.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        heading(name);
        let start = Instant::now();
        let result = work();
        if let Err(error) = &result {
            println!("FAILED {name}: {error:#}");
        }
        self.steps.push(Step { name: name.to_owned(), took: start.elapsed(), failed: result.is_err() });
        result.ok()
    }

    /// Prints the time of each step and its part of the whole; fails if a step did.
    pub(crate) fn finish(self) -> Result<()> {
        heading("summary");
        let total = self.steps.iter().map(|step| step.took.as_secs_f64()).sum::<f64>();
        for step in &self.steps {
            let (word, secs) = (if step.failed { "FAILED" } else { "ok" }, step.took.as_secs_f64());
            println!("{word:>6} {secs:>7.1} s {:>3.0} %  {}", 100.0 * secs / total, step.name);
        }
        println!("{:>6} {total:>7.1} s", "all");
        match self.steps.iter().filter(|step| step.failed).count() {
            0 => Ok(()),
            failed => bail!("{failed} of {} steps failed", self.steps.len()),
        }
    }
}

pub(crate) fn heading(name: &str) {
    println!("\n== {name}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_on_after_a_failure_and_fails_at_the_end() {
        let mut report = Report::default();
        assert_eq!(report.step("first", || bail::<u8>("broken")), None);
        assert_eq!(report.step("second", || Ok(2)), Some(2));
        let error = report.finish().expect_err("the first step failed");
        assert_eq!(error.to_string(), "1 of 2 steps failed");
    }

    #[test]
    fn succeeds_if_every_step_did() {
        let mut report = Report::default();
        report.step("only", || Ok(()));
        assert!(report.finish().is_ok());
    }

    fn bail<T>(text: &str) -> Result<T> {
        bail!("{text}")
    }
}
