//! Several photos: given to the engine one after the other, the one that a person looks at first.

use std::cell::RefCell;
use std::rc::Rc;

use vision::is_photo_name;
use yew::prelude::*;

use super::photo::{PhotoController, PhotoFile};
use crate::faces_csv::faces_csv;
use crate::problem::Problem;
use crate::state::{Action, Photos, PhotosAction, State};
use crate::web::file::NamedFile;
use crate::web::save;

/// The files of several photos, and the archive whose photos are being listed.
#[derive(Default)]
pub(super) struct PhotoFiles {
    list: RefCell<Vec<PhotoFile>>,
    archive: RefCell<Option<NamedFile>>,
    /// As the page shows them.
    shown: RefCell<Photos>,
}

/// Takes several files, or folders and archives of them.
#[derive(Clone)]
pub(super) struct PhotosController {
    photo: PhotoController,
    files: Rc<PhotoFiles>,
    dispatcher: UseReducerDispatcher<State>,
}

/// A controller that gives the next photo to the engine whenever there is one to be read.
#[hook]
pub(super) fn use_photos(
    state: &UseReducerHandle<State>,
    photo: PhotoController,
    files: Rc<PhotoFiles>,
) -> PhotosController {
    let controller = PhotosController { photo, files, dispatcher: state.dispatcher() };
    controller.files.shown.borrow_mut().clone_from(&state.photos);
    let giver = controller.clone();
    let next = state.photos.next().map(|idx| (idx, idx == state.photos.selected));
    // The name, too: other photos may have come.
    let name = next.and_then(|(idx, _)| state.photos.items.get(idx)).map(|item| item.name.clone());
    use_effect_with((next, name), move |&(next, _)| {
        if let Some((idx, is_selected)) = next {
            giver.give(idx, is_selected);
        }
    });
    controller
}

impl PhotoFiles {
    /// Whether there are several photos.
    pub(super) fn is_taken(&self) -> bool {
        !self.list.borrow().is_empty()
    }

    /// Forget them.
    pub(super) fn release(&self) {
        self.list.take();
        self.archive.take();
    }

    /// The archive was listed: its photos are read now. Returns the page's action.
    pub(super) fn unpack(&self, names: Vec<String>) -> Option<Action> {
        let archive = self.archive.take()?;
        let photo =
            |name: &String| PhotoFile { name: name.clone(), blob: archive.blob.clone(), entry: Some(name.clone()) };
        *self.list.borrow_mut() = names.iter().map(photo).collect();
        Some(Action::Photos(PhotosAction::Start(names)))
    }

    /// `problem` of the archive that is being listed, by its name.
    pub(super) fn named(&self, problem: Problem) -> Problem {
        match &*self.archive.borrow() {
            Some(archive) => problem.of_file(&archive.name),
            None => problem,
        }
    }
}

impl PhotosController {
    /// Take `files`: one as it is, several without those that are no photos.
    pub(super) fn take(&self, files: Vec<NamedFile>) {
        self.release();
        match <[NamedFile; 1]>::try_from(files) {
            Ok([archive]) if is_archive(&archive.name) => {
                self.photo.list_archive(archive.blob.clone());
                *self.files.archive.borrow_mut() = Some(archive);
            }
            Ok([file]) => self.photo.read(file.into()),
            Err(files) => self.start(files),
        }
    }

    /// Something else takes the stage.
    pub(super) fn release(&self) {
        self.files.release();
        self.dispatcher.dispatch(Action::ClosePhotos);
    }

    fn start(&self, files: Vec<NamedFile>) {
        let (photos, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_photo_name(&file.name));
        if photos.is_empty() {
            return self.dispatcher.dispatch(Action::ShowProblem(no_photos(others.len())));
        }
        let names = photos.iter().map(|file| file.name.clone()).collect();
        *self.files.list.borrow_mut() = photos.into_iter().map(PhotoFile::from).collect();
        self.dispatcher.dispatch(Action::Photos(PhotosAction::Start(names)));
        if !others.is_empty() {
            self.dispatcher.dispatch(Action::Notify(left_out(&others)));
        }
    }

    /// The faces of all photos as a file to keep.
    pub(super) fn save_csv(&self) {
        let saved = faces_csv(&self.files.shown.borrow())
            .map_err(|error| error.to_string())
            .and_then(|csv| save::save_bytes(&csv, "faces.csv", "text/csv"));
        if let Err(reason) = saved {
            let problem = Problem::new("The table could not be saved", reason, "Try again");
            self.dispatcher.dispatch(Action::ShowProblem(problem));
        }
    }

    fn give(&self, idx: usize, is_selected: bool) {
        let Some(file) = self.files.list.borrow().get(idx).cloned() else { return };
        if is_selected {
            self.photo.read(file);
        } else {
            self.photo.read_aside(&file);
        }
        self.dispatcher.dispatch(Action::Photos(PhotosAction::Read(idx)));
    }
}

fn is_archive(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".zip")
}

fn no_photos(n_others: usize) -> Problem {
    let detail = format!("Expected photos, got {n_others} other files");
    Problem::new("There is no photo among the files", detail, "Choose JPEG, PNG, WebP or GIF pictures")
}

/// The files that are left out, by name if that is short.
fn left_out(others: &[NamedFile]) -> String {
    match others {
        [one] => format!("Left out, as it is no photo: {}", one.name),
        others => format!("{} files are left out, as they are no photos", others.len()),
    }
}
