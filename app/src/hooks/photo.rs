//! Photos: to the engine, and once more when network, device or detector has changed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use vision::Turn;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::engine::Engine;
use crate::problem::Problem;
use crate::protocol::{PhotoOptions, ReadBy};
use crate::state::{Action, Source, State};
use crate::web::Blob;
use crate::web::file::{self, NamedFile};

/// Gives photos to the engine.
#[derive(Clone)]
pub(super) struct PhotoController {
    engine: Rc<Engine>,
    on_stage: Rc<PhotoOnStage>,
    dispatcher: UseReducerDispatcher<State>,
}

/// A photo to be read.
#[derive(Clone)]
pub(super) struct PhotoFile {
    /// Its name on the page.
    pub name: String,
    /// The file, or the archive that it is in.
    pub blob: Blob,
    /// Its name in the archive.
    pub entry: Option<String>,
}

impl From<NamedFile> for PhotoFile {
    fn from(NamedFile { name, blob }: NamedFile) -> Self {
        Self { name, blob, entry: None }
    }
}

/// The file on the stage.
#[derive(Default)]
pub(super) struct PhotoOnStage {
    file: RefCell<Option<PhotoFile>>,
    /// Whether the engine has that one, and not one beside the stage.
    is_given: Cell<bool>,
    /// The turn that a person chose.
    turn: Cell<Option<Turn>>,
    /// How often the stage was cleared: a sample that was asked for before that is dropped.
    n_releases: Cell<u32>,
    /// The network, detector and device in use now.
    in_use: Cell<Option<ReadBy>>,
    /// The network, detector and device in use when the photo was given to the engine.
    given_to: Cell<Option<ReadBy>>,
}

impl PhotoOnStage {
    /// Whether answers to a photo are awaited.
    pub(super) fn is_taken(&self) -> bool {
        self.file.borrow().is_some()
    }

    /// `problem` of the photo on the stage, by its name.
    pub(super) fn named(&self, problem: Problem) -> Problem {
        match &*self.file.borrow() {
            Some(file) => problem.of_file(&file.name),
            None => problem,
        }
    }

    /// Whether the next answer is of the photo on the stage.
    pub(super) fn is_given(&self) -> bool {
        self.is_given.get()
    }
}

/// A controller that reads the photo again whenever another network, device or detector takes over.
#[hook]
pub(super) fn use_photo(
    state: &UseReducerHandle<State>,
    engine: Rc<Engine>,
    on_stage: Rc<PhotoOnStage>,
) -> PhotoController {
    let engine_state = &state.engine;
    let in_use = engine_state.ready.as_ref().zip(engine_state.detector.in_use);
    let in_use = in_use.map(|(ready, detector)| {
        let (network, device) = (ready.card.architecture, ready.device);
        ReadBy { detector, network, device }
    });
    on_stage.in_use.set(in_use);
    let controller = PhotoController { engine, on_stage, dispatcher: state.dispatcher() };
    let read_by = match &state.source {
        Source::Photo(photo) => photo.shown.as_ref(),
        _ => None,
    };
    let read_by = read_by.map(|shown| shown.read_by);
    let again = controller.clone();
    use_effect_with((in_use, read_by), move |&(in_use, read_by)| {
        if let Some((in_use, read_by)) = in_use.zip(read_by)
            && is_outdated(read_by, in_use, again.on_stage.given_to.get())
        {
            again.read_again();
        }
    });
    controller
}

/// Whether a photo that was given to the engine while `given_to` was in use, and was read by `read_by`, is to be read
/// again by `in_use`. It need not be if the CPU stood in for a WebGPU that is late, and still reads it.
fn is_outdated(read_by: ReadBy, in_use: ReadBy, given_to: Option<ReadBy>) -> bool {
    let is_stand_in = ReadBy { device: in_use.device, ..read_by } == in_use && given_to == Some(in_use);
    read_by != in_use && !is_stand_in
}

impl PhotoController {
    /// Read a photo on the stage.
    pub(super) fn read(&self, file: PhotoFile) {
        self.dispatcher.dispatch(Action::ChoosePhoto(file.name.clone()));
        self.give(file);
    }

    /// Read a photo while another one stays on the stage.
    pub(super) fn read_aside(&self, file: &PhotoFile) {
        self.on_stage.is_given.set(false);
        self.analyze(file, None);
    }

    /// List the photos in an archive.
    pub(super) fn list_archive(&self, archive: Blob) {
        self.engine.list_archive(archive);
    }

    /// Fetch the sample and read it.
    pub(super) fn read_sample(&self) {
        self.dispatcher.dispatch(Action::ChoosePhoto(file::SAMPLE_NAME.to_owned()));
        let (controller, n_releases) = (self.clone(), self.on_stage.n_releases.get());
        spawn_local(async move {
            match file::sample(file::SAMPLE_NAME).await {
                _ if controller.on_stage.n_releases.get() != n_releases => {}
                Ok(blob) => controller.give(PhotoFile { name: file::SAMPLE_NAME.to_owned(), blob, entry: None }),
                Err(what) => controller.dispatcher.dispatch(Action::RefusePhoto(no_sample(&what))),
            }
        });
    }

    /// Forget the file: something else takes the stage.
    pub(super) fn release(&self) {
        self.stop_search();
        self.on_stage.file.take();
        self.on_stage.n_releases.set(self.on_stage.n_releases.get() + 1);
    }

    /// Read it again, turned by a quarter from `shown`, which is how it is shown now.
    pub(super) fn turn_on(&self, shown: Turn) {
        self.on_stage.turn.set(Some(shown.next()));
        self.read_again();
    }

    /// The faces that were found up to now are enough.
    pub(super) fn stop_search(&self) {
        self.engine.stop_search();
    }

    fn read_again(&self) {
        if let Some(file) = &*self.on_stage.file.borrow() {
            self.dispatcher.dispatch(Action::RereadPhoto);
            self.on_stage.is_given.set(true);
            self.analyze(file, self.on_stage.turn.get());
        }
    }

    fn give(&self, file: PhotoFile) {
        self.on_stage.turn.set(None);
        self.on_stage.is_given.set(true);
        self.analyze(&file, None);
        *self.on_stage.file.borrow_mut() = Some(file);
    }

    fn analyze(&self, file: &PhotoFile, turn: Option<Turn>) {
        self.on_stage.given_to.set(self.on_stage.in_use.get());
        let options = PhotoOptions { turn, entry: file.entry.clone() };
        self.engine.analyze_photo(file.blob.clone(), options);
    }
}

fn no_sample(what: &str) -> Problem {
    Problem::new("The sample photo could not be loaded", what, "Try again, or choose a photo of your own")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::{DetectorInUse, DetectorKind};
    use model_core::{Architecture, DeviceKind};

    #[test]
    fn a_photo_is_read_again_when_what_reads_has_changed_and_not_because_the_cpu_stood_in() {
        let of = |network, full_range, device| ReadBy {
            network,
            detector: DetectorInUse { kind: DetectorKind::BlazeFace, full_range },
            device,
        };
        let gpu = of(Architecture::Ferrum, true, DeviceKind::WebGpu);
        let cpu = ReadBy { device: DeviceKind::Cpu, ..gpu };
        let near = of(Architecture::Ferrum, false, DeviceKind::WebGpu);
        let other = of(Architecture::Small, true, DeviceKind::WebGpu);
        let cases = [
            (gpu, gpu, Some(cpu), false, "as it is"),
            (cpu, gpu, Some(cpu), true, "WebGPU took over"),
            (cpu, gpu, None, true, "the same, before anything was ready"),
            (cpu, gpu, Some(gpu), false, "WebGPU is late"),
            (other, gpu, Some(gpu), true, "another network"),
            (near, gpu, Some(gpu), true, "the second net has come"),
        ];
        for (read_by, in_use, given_to, expected, why) in cases {
            assert_eq!(is_outdated(read_by, in_use, given_to), expected, "{why}");
        }
    }
}
