//! Everything behind the page: its state, and what a person can do with it.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use yew::prelude::*;

use super::camera::{self, use_camera};
use super::cards::use_cards;
use super::controls::{Actions, Controls};
use super::engine::{EventHandler, use_engine};
use super::inspect::use_inspection;
use super::intake::use_intake;
use super::live::use_live;
use super::photo::{self, use_photo};
use super::photos::{self, use_photos};
use super::player::Player;
use super::recorder::Recorder;
use super::recording::use_recording;
use super::route::use_route;
use super::video::{self, VideoController, VideoEvents};
use crate::inspection::InspectionState;
use crate::live::{Live, LiveView, Recording};
use crate::settings::Settings;
use crate::state::{Source, State, VideoStep};
use crate::web::ImageBitmap;
use crate::web::canvas::Surface;
use crate::web::route::Route;
use crate::web::{offline, storage};

/// Everything behind the page.
pub(crate) struct Page {
    /// The state that a person changes.
    pub state: UseReducerHandle<State>,
    /// A snapshot of the camera's side.
    pub live: Rc<LiveView>,
    /// What was recorded.
    pub recording: Recording,
    /// The answers about the selected face.
    pub inspection: Rc<RefCell<InspectionState>>,
    /// Where pictures are painted.
    pub surface: Rc<Surface>,
    /// Where the camera plays, out of sight.
    pub video: NodeRef,
    /// Whether a file hovers over the page.
    pub is_file_over: bool,
    /// The part of the page that its address names.
    pub route: Route,
    /// The things that a person can do.
    pub controls: Controls,
}

/// The page behind the root component.
#[hook]
pub fn use_page() -> Page {
    let state = use_reducer_eq(|| State::new(Settings::load(storage::read)));
    let live = use_mut_ref(Live::default);
    let inspection = use_mut_ref(InspectionState::default);
    let surface = use_ref(Surface::default);
    let video = use_node_ref();
    let camera_in_use = use_ref(camera::CameraInUse::default);
    let photo_slot = use_ref(photo::Slot::default);
    let photos_slot = use_ref(photos::Slot::default);
    let video_slot = use_ref(video::Slot::default);
    let (playback, engine_of_player) = (use_ref(RefCell::default), use_ref(OnceCell::default));
    let player = Player {
        playback,
        engine: engine_of_player,
        live: Rc::clone(&live),
        surface: Rc::clone(&surface),
        dispatcher: state.dispatcher(),
    };
    let handler = EventHandler {
        dispatcher: state.dispatcher(),
        live: Rc::clone(&live),
        inspection: Rc::clone(&inspection),
        surface: Rc::clone(&surface),
        camera: Rc::clone(&camera_in_use),
        photo: Rc::clone(&photo_slot),
        photos: Rc::clone(&photos_slot),
        video: VideoEvents {
            slot: Rc::clone(&video_slot),
            live: Rc::clone(&live),
            player: player.clone(),
            dispatcher: state.dispatcher(),
        },
        player: player.clone(),
    };
    let engine = use_engine(state.settings.engine, handler);
    player.engine.get_or_init(|| Rc::clone(&engine));
    let on_frame = {
        let engine = Rc::clone(&engine);
        Callback::from(move |bitmap: ImageBitmap| engine.offer_frame(bitmap.into()))
    };
    let camera = use_camera(&state, camera_in_use, Rc::clone(&live), video.clone(), on_frame);
    let videos = VideoController {
        engine: Rc::clone(&engine),
        slot: video_slot,
        player,
        live: Rc::clone(&live),
        dispatcher: state.dispatcher(),
    };
    use_queue(&state.source, &videos);
    let reader = use_photo(&state, Rc::clone(&engine), photo_slot);
    let album = use_photos(&state, reader.clone(), photos_slot);
    use_stored(&state.settings);
    use_inspection(&state, &engine, &inspection);
    use_cards(&state);
    use_kept_files(state.engine.ready.is_some());
    surface.set_mirrored(state.is_mirrored());
    surface.set_key_points(state.settings.key_points);
    surface.set_pointed(state.pointed);
    let mode = use_ref(Cell::default);
    mode.set(state.mode);
    let picture_name = use_ref(RefCell::<String>::default);
    picture_name.replace(state.source.file_stem());
    let (recording, refresh) = use_recording(&live, state.source.is_live(), state.source.video_step());
    let recorder = Recorder { live: Rc::clone(&live), dispatcher: state.dispatcher(), refresh };
    let (live, refresh_live) = use_live(&live, state.source.is_live(), state.source.video_step());
    let actions = Actions {
        dispatcher: state.dispatcher(),
        mode,
        picture_name,
        engine,
        camera,
        reader,
        album,
        videos,
        recorder,
        surface: Rc::clone(&surface),
        inspection: Rc::clone(&inspection),
        refresh_live,
    };
    let controls = use_memo((), |()| Controls::of(&Rc::new(actions)));
    let controls = (*controls).clone();
    let is_file_over = use_intake(controls.on_files.clone(), state.dispatcher().into());
    Page { state, live, recording, inspection, surface, video, is_file_over, route: use_route(), controls }
}

/// Read the next video when the one on the stage is done.
#[hook]
fn use_queue(source: &Source, videos: &VideoController) {
    let is_done = matches!(source, Source::Video(video) if matches!(video.step, VideoStep::Ended(_)));
    let videos = videos.clone();
    use_effect_with(is_done, move |&is_done| {
        if is_done {
            videos.read_next();
        }
    });
}

/// Keep the settings for the next visit.
#[hook]
fn use_stored(settings: &Settings) {
    use_effect_with(settings.clone(), |settings| {
        settings.entries().iter().for_each(|(key, text)| storage::write(key, text));
    });
}

/// Keep the page's files once nothing that is waited for competes with them.
#[hook]
fn use_kept_files(is_ready: bool) {
    use_effect_with(is_ready, |&is_ready| {
        if is_ready {
            offline::keep_files();
        }
    });
}
