//! FER2013 from wherever it lies: the official CSV, packed or not, or folders of pictures.
//!
//! ```text
//! path ── source: which file, packed how ──► csv    ─┐
//!                                       └──► folder ─┴──► Fer2013 ── hold_out ──► train, held out
//! ```

mod check;
mod csv;
mod duplicates;
mod error;
pub mod ferplus;
mod folder;
mod hold_out;
mod names;
mod notes;
mod source;
mod split;

use std::path::Path;

pub use check::DataCheck;
pub use duplicates::{Copies, copies_across, copies_inside, is_no_copy};
pub use error::DataError;
pub use ferplus::Votes;
pub use hold_out::hold_out;
pub use source::{DEFAULT_PLACE, Form, Source};
pub use split::Split;

/// Side of FER2013's square pictures, pixels.
pub const SIDE: usize = model_core::INPUT_SIDE;
/// Grey levels of one picture.
pub const FACE_LEN: usize = SIDE * SIDE;

/// FER2013, split as its makers did. A split that the source lacks is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fer2013 {
    /// `Training`: 28,709 pictures in the official file.
    pub training: Split,
    /// `PublicTest`: 3,589 pictures in the official file; the study's test set.
    pub public_test: Split,
    /// `PrivateTest`: 3,589 pictures in the official file.
    pub private_test: Split,
    /// Pictures of `test` or `validation` that do not say which of the two test splits they are from.
    pub mixed_test: Split,
    /// Sentences on what was left out or read otherwise than as the official file has it; none if nothing was.
    pub notes: Vec<String>,
}

impl Fer2013 {
    /// Every picture of every split, Training first.
    pub fn all(&self) -> Split {
        let mut all = Split::default();
        for (_, split) in self.splits() {
            split.faces().zip(split.labels()).for_each(|(face, &label)| all.push(face, label));
        }
        let votes: Vec<Votes> = self.splits().iter().flat_map(|(_, split)| split.all_votes()).copied().collect();
        if votes.len() == all.len() { all.with_votes(votes) } else { all }
    }

    /// The same pictures with FER+'s votes on them; a split of which there are none stays without.
    ///
    /// # Panics
    /// If `votes` are not of these pictures: [`ferplus::load`] checks that.
    #[must_use]
    pub fn with_votes(self, votes: ferplus::FerPlus) -> Self {
        let with = |split: Split, votes| if split.is_empty() { split } else { split.with_votes(votes) };
        Self {
            training: with(self.training, votes.training),
            public_test: with(self.public_test, votes.public_test),
            private_test: with(self.private_test, votes.private_test),
            mixed_test: self.mixed_test,
            notes: self.notes,
        }
    }

    /// Whether FER+'s votes came with the pictures.
    pub fn has_votes(&self) -> bool {
        self.splits().iter().any(|(_, split)| split.has_votes())
    }

    fn split_mut(&mut self, name: names::SplitName) -> &mut Split {
        match name {
            names::SplitName::Training => &mut self.training,
            names::SplitName::PublicTest => &mut self.public_test,
            names::SplitName::PrivateTest => &mut self.private_test,
            names::SplitName::Mixed => &mut self.mixed_test,
        }
    }

    /// Every split with the name that FER2013 gives it, empty ones included.
    pub fn splits(&self) -> [(&'static str, &Split); 4] {
        [
            ("Training", &self.training),
            ("PublicTest", &self.public_test),
            ("PrivateTest", &self.private_test),
            ("test", &self.mixed_test),
        ]
    }
}

/// FER2013 from `path`: a `.csv`, plain or in `.zst`, `.gz` or `.zip`; folders that are named for splits and hold a folder
/// of pictures for each label; FER+'s own folders; or a folder with one of these, at most two levels down.
///
/// The first bad row or picture ends it, named by its line or file; what else was left out is in [`Fer2013::notes`].
pub fn load(path: &Path) -> Result<Fer2013, DataError> {
    let source = Source::find(path)?;
    match source.form {
        Form::Folders => folder::read(&source.path),
        Form::FerPlus => ferplus::folders::read(&source.path),
        _ => source.with_reader(|reader| csv::read(&source.path, reader)),
    }
}
