//! Something that went wrong, in words for a person.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::asset::Asset;

/// A problem, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The action that failed, in one sentence without a full stop.
    pub title: String,
    /// Expected and actual value, or the reason.
    pub detail: String,
    /// Advice for the person.
    pub advice: String,
}

impl Problem {
    /// A problem from its three sentences.
    pub fn new(title: impl Into<String>, detail: impl Display, advice: impl Into<String>) -> Self {
        Self { title: title.into(), detail: detail.to_string(), advice: advice.into() }
    }

    /// The same of the file `name`, which whoever read it did not know.
    #[must_use]
    pub fn of_file(self, name: &str) -> Self {
        Self { title: format!("{name}: {}", self.title), ..self }
    }

    /// `part` could not be loaded.
    pub fn loading(part: Asset, detail: impl Display, advice: impl Into<String>) -> Self {
        Self::new(format!("The {part} could not be loaded"), detail, advice)
    }

    /// `part` came, but it is not what this page was built for, or it was damaged on the way.
    pub fn unfit(part: Asset, detail: impl Display) -> Self {
        Self::loading(part, detail, "Try again; if it stays, publish the page and its folder `models` again, together")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_its_file() {
        let problem = Problem::new("The picture is too large", "got none", "try again");
        assert_eq!(problem.of_file("a.jpg").title, "a.jpg: The picture is too large");
    }
}
