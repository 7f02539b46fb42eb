//! Everything behind the page: its state, and what a person can do with it.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use pipeline::Provenance;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::camera::{self, use_camera};
use super::cards::use_cards;
use super::controls::{Actions, Controls};
use super::engine::{EventHandler, use_engine};
use super::file_events::use_file_events;
use super::inspect::use_inspection;
use super::live::use_live;
use super::photo::{PhotoOnStage, use_photo};
use super::photos::{PhotoFiles, use_photos};
use super::player::Player;
use super::route::use_route;
use super::session::use_session;
use super::session_controller::SessionController;
use super::video::{VideoController, VideoEvents, VideoOnStage};
use crate::engine::Engine;
use crate::inspection::InspectionState;
use crate::live::{Live, LiveView, SessionHandle};
use crate::settings::Settings;
use crate::state::{Mode, Source, State, VideoStep};
use crate::web::ImageBitmap;
use crate::web::canvas::Surface;
use crate::web::requests::Requests;
use crate::web::route::{Route, before_leaving};
use crate::web::{offline, storage};

/// Everything behind the page.
pub(crate) struct Page {
    /// The state that a person changes.
    pub state: UseReducerHandle<State>,
    /// A snapshot of the camera's side.
    pub live: Rc<LiveView>,
    /// The session to show.
    pub session: SessionHandle,
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
    /// Addresses requested since all was loaded; `None` until then.
    pub requests: Option<Rc<[String]>>,
    /// The things that a person can do.
    pub controls: Controls,
}

/// The page behind the root component.
#[hook]
pub fn use_page() -> Page {
    let state = use_reducer_eq(|| State::new(Settings::load(storage::read)));
    let shared = use_shared(&state);
    let engine = use_engine(state.settings.engine, shared.event_handler(&state));
    shared.player.engine.get_or_init(|| Rc::clone(&engine));
    let video = use_node_ref();
    let on_frame = {
        let engine = Rc::clone(&engine);
        Callback::from(move |bitmap: ImageBitmap| engine.offer_frame(bitmap.into()))
    };
    let camera = use_camera(&state, Rc::clone(&shared.camera), Rc::clone(&shared.live), video.clone(), on_frame);
    let videos = shared.video_controller(&state, &engine);
    use_queue(&state, &videos);
    use_leave_guard(&shared.live, &shared.video);
    let photo = use_photo(&state, Rc::clone(&engine), Rc::clone(&shared.photo));
    let photos = use_photos(&state, photo.clone(), Rc::clone(&shared.photos));
    use_stored(&state.settings);
    use_inspection(&state, &engine, &shared.inspection, &shared.live);
    use_cards(&state);
    let requests = use_requests(state.engine.ready.is_some());
    let Shared { live, inspection, surface, .. } = shared;
    surface.set_mirrored(state.is_mirrored());
    surface.set_key_points(state.settings.key_points);
    surface.set_pointed(state.pointed);
    surface.set_over_timeline(state.mode == Mode::Video);
    let mode = use_ref(Cell::default);
    mode.set(state.mode);
    let picture_name = use_ref(RefCell::<String>::default);
    picture_name.replace(state.source.file_stem());
    let photo_provenance = use_ref(RefCell::<Provenance>::default);
    photo_provenance.replace(state.photo_provenance());
    let (session, refresh) = use_session(&live, state.source.is_live(), state.source.video_step());
    let session_controller = SessionController { live: Rc::clone(&live), dispatcher: state.dispatcher(), refresh };
    let (live, refresh_live) = use_live(&live, state.source.is_live(), state.source.video_step());
    let actions = Actions {
        dispatcher: state.dispatcher(),
        mode,
        picture_name,
        photo_provenance,
        engine,
        camera,
        photo,
        photos,
        videos,
        session: session_controller,
        surface: Rc::clone(&surface),
        inspection: Rc::clone(&inspection),
        refresh_live,
    };
    let controls = use_memo((), |()| Controls::of(&Rc::new(actions)));
    let controls = (*controls).clone();
    let is_file_over = use_file_events(controls.on_files.clone(), state.dispatcher().into());
    Page { state, live, session, inspection, surface, video, is_file_over, route: use_route(), requests, controls }
}

/// The objects that event handler and controls share; they live as long as the page.
struct Shared {
    live: Rc<RefCell<Live>>,
    inspection: Rc<RefCell<InspectionState>>,
    surface: Rc<Surface>,
    camera: Rc<camera::CameraInUse>,
    photo: Rc<PhotoOnStage>,
    photos: Rc<PhotoFiles>,
    video: Rc<VideoOnStage>,
    player: Player,
}

#[hook]
fn use_shared(state: &UseReducerHandle<State>) -> Shared {
    let live = use_mut_ref(Live::default);
    let surface = use_ref(Surface::default);
    let (playback, engine) = (use_ref(RefCell::default), use_ref(OnceCell::default));
    let begins_secs = use_ref(Cell::default);
    let player = Player {
        playback,
        engine,
        begins_secs,
        live: Rc::clone(&live),
        surface: Rc::clone(&surface),
        dispatcher: state.dispatcher(),
    };
    Shared {
        live,
        inspection: use_mut_ref(InspectionState::default),
        surface,
        camera: use_ref(camera::CameraInUse::default),
        photo: use_ref(PhotoOnStage::default),
        photos: use_ref(PhotoFiles::default),
        video: use_ref(VideoOnStage::default),
        player,
    }
}

impl Shared {
    fn event_handler(&self, state: &UseReducerHandle<State>) -> EventHandler {
        EventHandler {
            dispatcher: state.dispatcher(),
            live: Rc::clone(&self.live),
            inspection: Rc::clone(&self.inspection),
            surface: Rc::clone(&self.surface),
            camera: Rc::clone(&self.camera),
            photo: Rc::clone(&self.photo),
            photos: Rc::clone(&self.photos),
            video: VideoEvents {
                on_stage: Rc::clone(&self.video),
                live: Rc::clone(&self.live),
                inspection: Rc::clone(&self.inspection),
                player: self.player.clone(),
                dispatcher: state.dispatcher(),
            },
            player: self.player.clone(),
        }
    }

    fn video_controller(&self, state: &UseReducerHandle<State>, engine: &Rc<Engine>) -> VideoController {
        VideoController {
            engine: Rc::clone(engine),
            on_stage: Rc::clone(&self.video),
            player: self.player.clone(),
            live: Rc::clone(&self.live),
            dispatcher: state.dispatcher(),
        }
    }
}

/// Have the browser ask before the page is left with what was read and is in no file.
#[hook]
fn use_leave_guard(live: &Rc<RefCell<Live>>, videos: &Rc<VideoOnStage>) {
    let (live, videos) = (Rc::clone(live), Rc::clone(videos));
    use_effect_with((), move |()| {
        let guard = before_leaving(move || live.borrow().has_unsaved() || videos.kept.has_unsaved());
        move || drop(guard)
    });
}

/// Read the next video when the one on the stage is done, or when videos are looked at again.
#[hook]
fn use_queue(state: &State, videos: &VideoController) {
    // A video that could not be opened has left the stage.
    let is_done = match &state.source {
        Source::Video(video) => matches!(video.step, VideoStep::Ended(_)),
        source => *source == Source::Nothing && state.mode == Mode::Video,
    };
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

/// Keep the page's files once nothing that is waited for competes with them, and from then on record every request.
#[hook]
fn use_requests(is_ready: bool) -> Option<Rc<[String]>> {
    let requests = use_reducer_eq(RequestList::default);
    let (observer, is_begun) = (use_mut_ref(|| None), use_ref(|| Cell::new(false)));
    let dispatcher = requests.dispatcher();
    use_effect_with(is_ready, move |&is_ready| {
        if is_ready && !is_begun.replace(true) {
            spawn_local(async move {
                offline::keep_files().await;
                dispatcher.dispatch(None);
                *observer.borrow_mut() = Requests::observe(move |address| dispatcher.dispatch(Some(address)));
            });
        }
    });
    requests.0.clone()
}

/// The addresses of requests, once they are counted.
#[derive(Clone, Default, PartialEq)]
struct RequestList(Option<Rc<[String]>>);

impl Reducible for RequestList {
    /// One more address, or the beginning.
    type Action = Option<String>;

    fn reduce(self: Rc<Self>, address: Option<String>) -> Rc<Self> {
        let earlier = self.0.iter().flat_map(|list| list.iter().cloned());
        Rc::new(Self(Some(earlier.chain(address).collect())))
    }
}
