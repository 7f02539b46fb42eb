//! The things that a person can do, as callbacks for the components.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use exports::Format;
use model_core::Architecture;
use pipeline::{PoorFramePolicy, Provenance};
use vision::Turn;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::camera::CameraController;
use super::file_kind::{are_all_videos, begin_as_videos};
use super::photo::PhotoController;
use super::photos::PhotosController;
use super::self_test::stored_cases;
use super::session_controller::{SessionController, with_sha256};
use super::video::VideoController;
use crate::detector::DetectorKind;
use crate::display::FaceRef;
use crate::engine::{DeviceChoice, Engine, EngineEvent};
use crate::inspection::InspectionState;
use crate::live::Edit;
use crate::problem::Problem;
use crate::protocol::VideoRange;
use crate::state::{Action, Mode, PhotosAction, Playback, State, ToolAction};
use crate::web::canvas::Surface;
use crate::web::file::{self, NamedFile};
use crate::web::route::{self, Route};
use crate::web::save;

/// The things that a person can do.
#[derive(Clone, PartialEq)]
#[expect(clippy::struct_field_names, reason = "callbacks are named as events are, in every component")]
pub(crate) struct Controls {
    /// Change to photos, camera or video.
    pub on_mode: Callback<Mode>,
    /// Read these files.
    pub on_files: Callback<Vec<NamedFile>>,
    /// Something about several photos.
    pub on_photos: Callback<PhotosAction>,
    /// Save the faces of all photos.
    pub on_save_csv: Callback<()>,
    /// Read the sample photo.
    pub on_sample: Callback<()>,
    /// Read the sample video.
    pub on_sample_video: Callback<()>,
    /// Look no further for small faces in the photo.
    pub on_stop_search: Callback<()>,
    /// Turn the photo a quarter further than it is turned now.
    pub on_turn: Callback<Turn>,
    /// Start the camera of this id, or any.
    pub on_camera: Callback<Option<String>>,
    /// Stop the camera.
    pub on_stop: Callback<()>,
    /// Keep the camera's picture from now on, or save what was kept.
    pub on_record: Callback<bool>,
    /// Let the video wait.
    pub on_video_pause: Callback<()>,
    /// Go on with it.
    pub on_video_resume: Callback<()>,
    /// Read no more of it.
    pub on_video_stop: Callback<()>,
    /// Read the next one of those that wait.
    pub on_video_next: Callback<()>,
    /// Show the video of that index among those that were read before.
    pub on_video_kept: Callback<usize>,
    /// Read these frames of it.
    pub on_video_range: Callback<VideoRange>,
    /// Put the frame that begins then, seconds, on the stage.
    pub on_go_to: Callback<f64>,
    /// Play the video from then on, seconds, with its boxes.
    pub on_play: Callback<(f64, Playback)>,
    /// Play it no more.
    pub on_play_end: Callback<()>,
    /// Show the frames of this video for the session that was opened.
    pub on_attach: Callback<Vec<NamedFile>>,
    /// Save the picture on the stage with its boxes.
    pub on_save_picture: Callback<()>,
    /// Select a face of what is on the stage.
    pub on_select: Callback<FaceRef>,
    /// Point at a face of it, or at none.
    pub on_point: Callback<Option<FaceRef>>,
    /// Use another network.
    pub on_network: Callback<Architecture>,
    /// Choose another device.
    pub on_device: Callback<DeviceChoice>,
    /// Find faces by another detector.
    pub on_detector: Callback<DetectorKind>,
    /// Mirror the camera, or not.
    pub on_mirror: Callback<bool>,
    /// Mark eyes, nose, mouth and ears, or not.
    pub on_key_points: Callback<bool>,
    /// Leave frames in which a face is poorly seen out of the shares, or not.
    pub on_leave_out_poor: Callback<bool>,
    /// Drop what was recorded so far: timeline, people and shares.
    pub on_reset_shares: Callback<()>,
    /// Edit the session: names, merges, who counts, ranges.
    pub on_edit: Callback<Edit>,
    /// Save a file of it.
    pub on_export: Callback<(Format, PoorFramePolicy)>,
    /// Do something with the views of the selected face.
    pub on_tool: Callback<ToolAction>,
    /// Find out whether the engine is right on this device.
    pub on_self_test: Callback<()>,
    /// Open the drawer with the settings.
    pub on_open_settings: Callback<()>,
    /// Close it.
    pub on_close_settings: Callback<()>,
    /// Load again what failed.
    pub on_retry: Callback<()>,
    /// Put problem and notice away.
    pub on_dismiss: Callback<()>,
}

/// The parts of the page that carry it out.
pub(super) struct Actions {
    pub dispatcher: UseReducerDispatcher<State>,
    /// The mode of the newest state.
    pub mode: Rc<Cell<Mode>>,
    /// Stem of the file names of pictures saved from the stage.
    pub picture_name: Rc<RefCell<String>>,
    /// Where a photo on the stage comes from.
    pub photo_provenance: Rc<RefCell<Provenance>>,
    pub engine: Rc<Engine>,
    pub camera: CameraController,
    pub photo: PhotoController,
    pub videos: VideoController,
    pub photos: PhotosController,
    pub session: SessionController,
    pub surface: Rc<Surface>,
    pub inspection: Rc<RefCell<InspectionState>>,
    /// Shows at once what has changed of the session, of a camera or a video.
    pub refresh_live: Callback<()>,
}

impl Controls {
    pub(super) fn of(actions: &Rc<Actions>) -> Self {
        Self {
            on_mode: on(actions, |actions, what| actions.set_mode(what)),
            on_files: on(actions, Actions::read),
            on_photos: on(actions, |actions, what| actions.change_photos(what)),
            on_save_csv: on(actions, |actions, ()| actions.photos.save_csv()),
            on_sample: on(actions, |actions, ()| actions.read_sample()),
            on_sample_video: on(actions, |actions, ()| actions.read_sample_video()),
            on_stop_search: on(actions, |actions, ()| actions.stop_search()),
            on_turn: on(actions, |actions, shown| actions.photo.turn_on(shown)),
            on_camera: on(actions, |actions, what| actions.start_camera(what)),
            on_stop: on(actions, |actions, ()| actions.stop_camera()),
            on_record: on(actions, |actions, is_recorded| actions.camera.set_recording(is_recorded)),
            on_video_pause: on(actions, |actions, ()| actions.videos.pause()),
            on_video_resume: on(actions, |actions, ()| actions.videos.resume()),
            on_video_stop: on(actions, |actions, ()| actions.videos.stop()),
            on_video_next: on(actions, |actions, ()| actions.videos.read_next()),
            on_video_kept: on(actions, |actions, idx| actions.show_kept(idx)),
            on_video_range: on(actions, |actions, range| actions.videos.read_range(range)),
            on_go_to: on(actions, |actions, secs| actions.videos.player.go_to(secs)),
            on_play: on(actions, |actions, (secs, playback)| {
                actions.videos.player.play(secs, playback, actions.videos.file());
            }),
            on_play_end: on(actions, |actions, ()| actions.videos.player.stop()),
            on_attach: on(actions, Actions::attach),
            on_save_picture: on(actions, |actions, ()| actions.save_picture()),
            on_select: on(actions, |actions, what| actions.select(what)),
            on_point: on(actions, |actions, face| actions.dispatcher.dispatch(Action::PointAt(face))),
            on_network: on(actions, |actions, what| actions.set_network(what)),
            on_device: on(actions, |actions, what| actions.set_device(what)),
            on_detector: on(actions, |actions, what| actions.set_detector(what)),
            on_mirror: on(actions, |actions, mirror| actions.dispatcher.dispatch(Action::SetMirror(mirror))),
            on_key_points: on(actions, |actions, shown| actions.dispatcher.dispatch(Action::SetKeyPoints(shown))),
            on_leave_out_poor: on(actions, |actions, out| actions.dispatcher.dispatch(Action::SetLeaveOutPoor(out))),
            on_reset_shares: on(actions, |actions, ()| actions.reset_shares()),
            on_edit: on(actions, |actions, edit| actions.session.edit(edit)),
            on_export: on(actions, |actions, what| actions.export(what)),
            on_tool: on(actions, |actions, action| actions.dispatcher.dispatch(Action::Tool(action))),
            on_self_test: on(actions, |actions, ()| actions.self_test()),
            on_open_settings: on(actions, |actions, ()| actions.dispatcher.dispatch(Action::OpenSettings)),
            on_close_settings: on(actions, |actions, ()| actions.dispatcher.dispatch(Action::CloseSettings)),
            on_retry: on(actions, |actions, ()| actions.retry()),
            on_dismiss: on(actions, |actions, ()| actions.dispatcher.dispatch(Action::Dismiss)),
        }
    }
}

fn on<T: 'static>(actions: &Rc<Actions>, act: fn(&Rc<Actions>, T)) -> Callback<T> {
    let actions = Rc::clone(actions);
    Callback::from(move |what| act(&actions, what))
}

impl Actions {
    /// The stage is cleared if it shows something else.
    fn set_mode(&self, mode: Mode) {
        route::go(Route::Work);
        if mode != self.mode.get() {
            self.clear_stage();
            self.dispatcher.dispatch(Action::SetMode(mode));
        }
    }

    /// A file is a video by its type or name, or else by its first bytes.
    fn read(self: &Rc<Self>, files: Vec<NamedFile>) {
        route::go(Route::Work);
        if let [file] = &files[..]
            && Mode::is_session(&file.blob.type_(), &file.name)
        {
            let actions = Rc::clone(self);
            return self.session.open(file.clone(), move || actions.make_room());
        }
        if let Some(are_videos) = are_all_videos(&files) {
            return self.read_as(are_videos, files);
        }
        let actions = Rc::clone(self);
        spawn_local(async move { actions.read_as(begin_as_videos(&files).await, files) });
    }

    fn read_as(&self, are_videos: bool, files: Vec<NamedFile>) {
        if are_videos {
            for file in files {
                self.read_video(file);
            }
        } else {
            self.read_photos(files);
        }
    }

    /// Videos among photos are left out, with a word.
    fn read_photos(&self, files: Vec<NamedFile>) {
        let words = match (self.videos.is_reading(), self.videos.has_queue()) {
            (_, true) => Some("Videos wait: go back to Video to read them"),
            (true, false) => Some("What was read of the video is under Video"),
            (false, false) => None,
        };
        self.clear_stage();
        // Else a video that waits would begin.
        self.dispatcher.dispatch(Action::SetMode(Mode::Photos));
        self.photos.take(files);
        if let Some(words) = words {
            self.dispatcher.dispatch(Action::Notify(words.into()));
        }
    }

    /// A session that was opened is shown where videos are.
    fn make_room(&self) {
        self.clear_stage();
        self.photos.release();
        self.videos.keep();
        self.dispatcher.dispatch(Action::SetMode(Mode::Video));
        let n_left = self.videos.drop_queue();
        if n_left > 0 {
            let words = format!("Videos that waited are not read: {n_left}. Choose them again afterwards");
            self.dispatcher.dispatch(Action::Notify(words));
        }
    }

    fn show_kept(&self, idx: usize) {
        if let Some(kept) = self.videos.take_kept(idx) {
            self.clear_stage();
            self.photos.release();
            self.videos.show_kept(kept);
        }
    }

    /// A file that is not a video is reported once it is opened.
    fn attach(self: &Rc<Self>, files: Vec<NamedFile>) {
        let Some(file) = files.into_iter().next() else { return };
        self.videos.attach(file.clone());
        self.session.compare(file);
    }

    fn save_picture(&self) {
        // What is on the stage now, whatever comes there while a video is hashed.
        let canvas = save::paint_stage(&self.surface);
        let file_name = format!("{}-faces.png", self.picture_name.borrow());
        let (provenance, file) = match self.mode.get() {
            Mode::Photos => (self.photo_provenance.borrow().clone(), None),
            Mode::Camera | Mode::Video => (self.session.provenance(), self.videos.file()),
        };
        let (live, dispatcher) = (Rc::clone(&self.session.live), self.dispatcher.clone());
        spawn_local(async move {
            let provenance = with_sha256(provenance, file, &live, &dispatcher).await;
            if let Err(reason) = save::save_with_comment(canvas, &provenance.to_json(), &file_name).await {
                let problem = Problem::new("The picture could not be saved", reason, "Try again");
                dispatcher.dispatch(Action::ShowProblem(problem));
            }
        });
    }

    fn export(&self, (format, policy): (Format, PoorFramePolicy)) {
        self.session.export(format, policy, self.videos.file());
    }

    /// A video that is given while another one is read comes after it.
    fn read_video(&self, file: NamedFile) {
        if self.videos.is_reading() {
            self.videos.queue(file);
        } else if self.videos.has_queue() {
            self.videos.queue(file);
            self.clear_stage();
            self.videos.read_next();
        } else {
            self.clear_stage();
            self.videos.read(file);
        }
    }

    fn change_photos(&self, action: PhotosAction) {
        if let PhotosAction::Select(_) = action {
            self.inspection.borrow_mut().clear();
        }
        self.dispatcher.dispatch(Action::Photos(action));
    }

    fn read_sample(&self) {
        self.clear_stage();
        self.photos.release();
        self.photo.read_sample();
    }

    fn read_sample_video(self: &Rc<Self>) {
        let actions = Rc::clone(self);
        spawn_local(async move {
            let name = file::SAMPLE_VIDEO_NAME;
            match file::sample(name).await {
                // A person may have gone elsewhere meanwhile.
                _ if actions.mode.get() != Mode::Video => {}
                Ok(blob) => actions.read_video(NamedFile { name: name.to_owned(), blob }),
                Err(what) => {
                    let advice = "Try again, or choose a video of your own";
                    let problem = Problem::new("The sample video could not be loaded", what, advice);
                    actions.dispatcher.dispatch(Action::ShowProblem(problem));
                }
            }
        });
    }

    fn stop_search(&self) {
        self.photo.stop_search();
        self.dispatcher.dispatch(Action::StopSearch);
    }

    fn start_camera(&self, id: Option<String>) {
        self.photo.release();
        self.videos.release();
        // A session of the camera goes on.
        if self.session.live.borrow().is_of_video() {
            self.videos.keep();
        }
        self.photos.release();
        self.surface.clear();
        self.inspection.borrow_mut().clear();
        self.camera.start(id);
    }

    fn stop_camera(&self) {
        self.clear_stage();
        self.dispatcher.dispatch(Action::StopCamera);
    }

    fn select(&self, face: FaceRef) {
        if let Some(id) = face.id {
            self.camera.select(id);
            self.refresh_live.emit(());
        }
        self.dispatcher.dispatch(Action::SelectFace(face.face_idx));
    }

    fn reset_shares(&self) {
        self.camera.reset_shares();
        self.refresh_live.emit(());
        self.session.refresh.emit(());
    }

    fn set_network(&self, network: Architecture) {
        self.engine.set_network(network);
    }

    fn set_device(&self, device: DeviceChoice) {
        self.engine.set_device(device);
    }

    fn set_detector(&self, detector: DetectorKind) {
        self.engine.set_detector(detector);
    }

    fn self_test(&self) {
        self.dispatcher.dispatch(Action::StartSelfTest);
        let (engine, dispatcher) = (Rc::clone(&self.engine), self.dispatcher.clone());
        spawn_local(async move {
            match stored_cases().await {
                Ok(cases) => engine.self_test(Rc::new(cases)),
                Err(problem) => dispatcher.dispatch(Action::Engine(EngineEvent::SelfTested(Err(problem)))),
            }
        });
    }

    fn retry(&self) {
        self.dispatcher.dispatch(Action::Retry);
        self.engine.retry();
    }

    fn clear_stage(&self) {
        self.camera.release();
        self.photo.release();
        self.videos.release();
        self.surface.clear();
        self.inspection.borrow_mut().clear();
    }
}
