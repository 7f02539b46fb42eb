use super::*;
use crate::asset::Asset;
use crate::detector::DetectorKind;
use crate::engine::{DeviceChoice, Loading};
use model_core::Architecture;

fn after(actions: impl IntoIterator<Item = Action>) -> State {
    let mut state = State::default();
    actions.into_iter().for_each(|action| state.apply(action));
    state
}

fn problem() -> Problem {
    Problem::new("No", "got none", "try again")
}

fn notice(text: &str) -> Action {
    Action::Engine(EngineEvent::Notice(text.into()))
}

fn settings(settings: EngineSettings) -> Action {
    Action::Engine(EngineEvent::Settings(settings))
}

fn network(network: Architecture) -> Action {
    settings(EngineSettings { network, ..EngineSettings::default() })
}

fn photo(state: &State) -> &Photo {
    let Source::Photo(photo) = &state.source else { panic!("a photo, got {state:?}") };
    photo
}

#[test]
fn a_photo_is_chosen_shown_and_read_again() {
    let mut state = after([Action::ChoosePhoto("a.png".into())]);
    assert!(photo(&state).is_reading && photo(&state).shown.is_none());
    state.apply(Action::ShowPhoto(Rc::new(AnalyzedPhoto::of_faces(2))));
    state.apply(Action::SelectFace(1));
    state.apply(Action::RereadPhoto);
    assert_eq!((photo(&state).is_reading, photo(&state).selected), (true, 1));
    state.apply(Action::ShowPhoto(Rc::new(AnalyzedPhoto::of_faces(2))));
    assert_eq!((photo(&state).is_reading, photo(&state).selected), (false, 1));
}

#[test]
fn answers_to_what_has_left_the_stage_change_nothing() {
    let late: [fn() -> Action; 4] = [
        || Action::ShowPhoto(Rc::new(AnalyzedPhoto::of_faces(1))),
        || Action::RefusePhoto(problem()),
        || Action::SelectFace(1),
        || Action::RereadPhoto,
    ];
    for late in late {
        let camera = || vec![Action::ChoosePhoto("a".into()), Action::AskCamera];
        let (before, action) = (after(camera()), late());
        assert_eq!(after(camera().into_iter().chain([action])), before, "{:?}", late());
    }
    let mut state = after([Action::ChoosePhoto("a".into())]);
    let before = state.clone();
    state.apply(Action::StartCamera { id: "late".into(), faces_away: false });
    assert_eq!(state, before);
}

#[test]
fn a_refusal_clears_the_stage_and_is_gone_with_the_next_try() {
    let refused = [Action::ChoosePhoto("a".into()), Action::RefusePhoto(problem())];
    let lost = [Action::AskCamera, Action::LoseCamera(CameraProblem::Denied)];
    for actions in [refused, lost] {
        let mut state = after(actions);
        assert_eq!(state.source, Source::Nothing);
        assert!(state.problem.is_some());
        state.apply(Action::ChoosePhoto("b".into()));
        assert_eq!(state.problem, None);
    }
}

#[test]
fn a_complaint_leaves_the_camera_running_and_can_be_dismissed() {
    let mut state = after([Action::AskCamera, Action::ShowProblem(problem()), notice("n")]);
    assert!(matches!(state.source, Source::Camera(_)) && state.problem.is_some());
    state.apply(Action::Dismiss);
    assert_eq!((state.problem, state.notice), (None, None));
}

#[test]
fn a_camera_is_mirrored_unless_it_faces_away_or_a_person_says_no() {
    for (faces_away, mirror, expected) in [(false, true, true), (true, true, false), (false, false, false)] {
        let start = Action::StartCamera { id: "c".into(), faces_away };
        let state = after([Action::SetMirror(mirror), Action::AskCamera, start]);
        assert_eq!((state.is_mirrored(), state.settings.camera.as_deref()), (expected, Some("c")));
    }
}

#[test]
fn a_photo_is_never_mirrored() {
    let state = after([Action::SetMirror(true), Action::AskCamera, Action::ChoosePhoto("a.png".into())]);
    assert!(!state.is_mirrored());
}

#[test]
fn a_failure_is_put_away_by_trying_again_and_by_any_other_choice() {
    let other = EngineSettings { device: DeviceChoice::Cpu, ..EngineSettings::default() };
    let choices = [Action::Retry, settings(EngineSettings::default()), settings(other)];
    for choose in choices {
        let mut state = after([notice("a stand-in"), Action::Engine(EngineEvent::Failed(problem()))]);
        assert_eq!((state.engine.word(), &state.notice), ("failed", &None));
        state.apply(choose);
        assert_eq!(state.engine.word(), "loading");
    }
}

#[test]
fn a_face_is_pointed_at_until_the_picture_leaves_the_stage() {
    let point = || Action::PointAt(Some(FaceRef { face_idx: 1, id: None }));
    let photo = || Action::ChoosePhoto("a".into());
    let cases = [
        (vec![photo(), point()], true),
        (vec![photo(), point(), Action::PointAt(None)], false),
        (vec![photo(), point(), photo()], false),
        (vec![photo(), point(), Action::RefusePhoto(problem())], false),
    ];
    for (actions, is_pointed) in cases {
        let words = format!("{actions:?}");
        assert_eq!(after(actions).pointed.is_some(), is_pointed, "{words}");
    }
}

#[test]
fn the_drawer_opens_and_closes_and_leaves_the_stage() {
    let mut state = after([Action::ChoosePhoto("a".into()), Action::OpenSettings]);
    assert!(state.shows_settings && matches!(state.source, Source::Photo(_)));
    state.apply(Action::CloseSettings);
    assert!(!state.shows_settings && matches!(state.source, Source::Photo(_)));
}

#[test]
fn the_menu_follows_the_engine() {
    let state = after([network(Architecture::UNet), network(Architecture::Small)]);
    assert_eq!(state.settings.engine.network, Architecture::Small);
}

#[test]
fn a_notice_on_the_detector_is_put_away_by_choosing_another_one() {
    let other = EngineSettings { detector: DetectorKind::Haar, ..EngineSettings::default() };
    for (chosen, is_there) in [(EngineSettings::default(), true), (other, false)] {
        let state = after([notice("a stand-in"), settings(chosen)]);
        assert_eq!((state.settings.engine, state.notice.is_some()), (chosen, is_there));
    }
}

#[test]
fn a_choice_that_is_taken_back_leaves_nothing_loading() {
    let load = |asset| Action::Engine(EngineEvent::Loading(Loading { asset, loaded: 1, total: None }));
    let unet = || load(Asset::Network(Architecture::UNet));
    let mut state = after([network(Architecture::UNet), unet()]);
    assert_eq!(state.engine.loading.len(), 1);
    state.apply(network(Architecture::Small));
    assert_eq!(state.engine.loading, []);
    state.apply(unet());
    assert_eq!(state.engine.loading, [], "it goes on coming");
}
