//! Changes, exports and opens the session.

use std::cell::RefCell;
use std::rc::Rc;

use exports::Format;
use pipeline::{PoorFramePolicy, Provenance};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::live::{Edit, Live, read_session};
use crate::problem::Problem;
use crate::state::{Action, State};
use crate::web::file::{self, NamedFile};
use crate::web::save;

const OTHER_SESSION: &str = "another video began while the file was prepared: show the one before and export it again";

/// Computing the hash of larger videos takes so long that it is said, bytes.
const LARGE_BYTES: f64 = 256e6;

/// Larger sessions are not opened, bytes.
const MAX_SESSION_BYTES: f64 = 1e9;

/// Changes, exports and opens the session.
#[derive(Clone)]
pub(super) struct SessionController {
    pub live: Rc<RefCell<Live>>,
    pub dispatcher: UseReducerDispatcher<State>,
    /// Shows the change at once.
    pub refresh: Callback<()>,
}

impl SessionController {
    /// Change the session.
    pub(super) fn edit(&self, edit: Edit) {
        let problem = self
            .live
            .borrow_mut()
            .edit(edit)
            .err()
            .map(|error| Problem::new("This change is not possible", error, "The session stays as it was"));
        self.dispatcher.dispatch(Action::SetTimelineProblem(problem));
        self.refresh.emit(());
    }

    /// Have the browser save a file of the session. `video` is the file that it was read from, if that is known.
    pub(super) fn export(&self, format: Format, policy: PoorFramePolicy, video: Option<NamedFile>) {
        let controller = self.clone();
        spawn_local(async move {
            let source = controller.live.borrow().source();
            if let Some(video) = video {
                controller.hash(video, source).await;
            }
            // Hashing a long video takes a while.
            let is_same = controller.live.borrow().source() == source;
            let saved = if is_same { controller.save(format, policy) } else { Err(OTHER_SESSION.to_owned()) };
            if saved.is_ok() {
                controller.live.borrow_mut().note_saved(format == Format::Session);
            }
            let problem = saved
                .err()
                .map(|reason| Problem::new(format!("{} could not be saved", format.name()), reason, "Try again"));
            controller.dispatcher.dispatch(Action::SetTimelineProblem(problem));
        });
    }

    /// Open the session in `file`; once it is known to be one, `make_room` for it.
    pub(super) fn open(&self, file: NamedFile, make_room: impl FnOnce() + 'static) {
        let controller = self.clone();
        spawn_local(async move {
            let read = match file.blob.size() {
                bytes if bytes <= MAX_SESSION_BYTES => file::bytes(&file.blob).await,
                bytes => Err(format!("expected a gigabyte at most, got {bytes} bytes")),
            };
            match read.and_then(|json| read_session(&json)) {
                Ok(session) => {
                    make_room();
                    controller.live.borrow_mut().open(session);
                    controller.refresh.emit(());
                }
                Err(reason) => {
                    let advice = "Choose a file that Ferrum saved as “Session (JSON)”";
                    let problem = Problem::new(format!("{} could not be opened", file.name), reason, advice);
                    controller.dispatcher.dispatch(Action::ShowProblem(problem));
                }
            }
        });
    }

    fn save(&self, format: Format, policy: PoorFramePolicy) -> Result<(), String> {
        let mut live = self.live.borrow_mut();
        let session = live.session_with_provenance();
        let bytes = format.export(session, policy);
        save::save_bytes(&bytes, &format.file_name(&session.provenance().file_name), format.media_type())
    }

    /// Say so if `video` is not the file that the session was made of, as far as that is known.
    pub(super) fn compare(&self, video: NamedFile) {
        let Some(expected) = self.live.borrow().source_sha256().map(str::to_owned) else { return };
        let controller = self.clone();
        let source = self.live.borrow().source();
        spawn_local(async move {
            let Ok(actual) = file::sha256(&video.blob).await else { return };
            if actual != expected && controller.live.borrow().source() == source {
                let title = format!("{} is not the video that was analysed", video.name);
                let name = controller.live.borrow().source_name().to_owned();
                let detail = format!("Expected {name} with SHA-256 {expected}, got {actual}");
                let problem =
                    Problem::new(title, detail, "Boxes may lie beside the faces: choose the file it was made of");
                controller.dispatcher.dispatch(Action::SetTimelineProblem(Some(problem)));
            }
        });
    }

    /// Where the session comes from.
    pub(super) fn provenance(&self) -> Provenance {
        self.live.borrow_mut().session_with_provenance().provenance().clone()
    }

    async fn hash(&self, video: NamedFile, source: u64) {
        if !self.live.borrow().has_file_sha256() {
            hash(&self.live, &self.dispatcher, video, source).await;
        }
    }
}

/// The same with the SHA-256 of the `file` that was read, if it has none yet.
pub(super) async fn with_sha256(
    provenance: Provenance,
    file: Option<NamedFile>,
    live: &Rc<RefCell<Live>>,
    dispatcher: &UseReducerDispatcher<State>,
) -> Provenance {
    match file.filter(|file| provenance.file_sha256.is_empty() && file.name == provenance.file_name) {
        Some(file) => {
            let source = live.borrow().source();
            let file_sha256 = hash(live, dispatcher, file, source).await;
            Provenance { file_sha256, ..provenance }
        }
        None => provenance,
    }
}

/// The SHA-256 of a video, hexadecimal, or nothing; the session is told, if it is still the `source`.
async fn hash(
    live: &Rc<RefCell<Live>>,
    dispatcher: &UseReducerDispatcher<State>,
    video: NamedFile,
    source: u64,
) -> String {
    if video.blob.size() > LARGE_BYTES {
        let words = format!("Computing SHA-256 of {}, by which the file can be traced…", video.name);
        dispatcher.dispatch(Action::Notify(words));
    }
    let sha256 = file::sha256(&video.blob).await.map_err(|why| format!("not computed: {why}"));
    let hex = sha256.clone().unwrap_or_default();
    let mut live = live.borrow_mut();
    if live.source() == source {
        live.set_file_sha256(&video.name, sha256);
    }
    hex
}
