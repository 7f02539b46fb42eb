//! Synthetic scenes: faces that move, cross, leave and come back, searched and followed as the session plans.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    f64::consts::TAU,
};

use model_core::{Architecture, Emotion, Prediction, Scores};
use pipeline::{
    Analysis, Face, FrameReport, FrameTask, Search, Session, SessionSettings, StageMs, TrackId, TrackedFace,
};
use vision::{Detection, KeyPoints, Point, Quality, Rect};

/// Longer side of the frames, pixels.
const LONGER_SIDE: usize = 640;

/// A face of a scene: who it is, where its middle is, how large it is.
#[derive(Clone, Copy, Debug)]
struct Actor {
    name: usize,
    x: f64,
    y: f64,
    side: f64,
}

impl Actor {
    /// As a detector that trembles by a fiftieth of the face finds it; `seed` is the frame.
    fn detection(&self, seed: u64) -> Detection {
        let tremble = |i: u64| 0.02 * self.side * (noise(seed * 31 + self.name as u64 * 7 + i) - 0.5);
        let [x, y, side] = [self.x + tremble(1), self.y + tremble(2), self.side + tremble(3)];
        let point = |dx, dy| Point { x: (x + dx * side) as f32, y: (y + dy * side) as f32 };
        let corner = point(-0.5, -0.5);
        let rect = Rect { x: corner.x, y: corner.y, width: side as f32, height: side as f32 };
        let places = [(-0.2, -0.1), (0.2, -0.1), (0.0, 0.1), (0.0, 0.3), (-0.4, 0.0), (0.4, 0.0)];
        let key_points = Some(KeyPoints::from_array(places.map(|(dx, dy)| point(dx, dy))));
        Detection { rect, score: noise(seed * 17 + self.name as u64) as f32, key_points }
    }
}

/// 0 to 1, the same for the same `seed` (`SplitMix64`).
fn noise(seed: u64) -> f64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) as f64 / u64::MAX as f64
}

/// Happy with probability `p`, else sad.
fn happy(p: f64) -> Scores {
    let mut scores = [0.0; Emotion::COUNT];
    scores[Emotion::Happy as usize] = p as f32;
    scores[Emotion::Sad as usize] = (1.0 - p) as f32;
    Scores::try_from(scores).unwrap()
}

fn face(detection: Detection, scores: Scores) -> Face {
    let quality = Quality { side: detection.rect.width, brightness: 0.5, sharpness: 1.0, yaw: None };
    Face { detection, prediction: Prediction { scores, label_head: None, is_sure: true, votes: None }, quality }
}

/// A session with a network whose labels are sure from `threshold` on.
fn session(threshold: Option<f32>) -> Session {
    let mut session = Session::new(SessionSettings::default());
    session.set_threshold(Architecture::Ferrum, threshold);
    session
}

fn report(time_secs: f64, task: FrameTask, faces: Vec<Face>, ms: StageMs) -> FrameReport {
    FrameReport { time_secs, task, network: Architecture::Ferrum, analysis: Analysis { faces, ms } }
}

/// A frame in which a search finds one face.
fn found(time_secs: f64, search: Search, face: Face) -> FrameReport {
    report(time_secs, FrameTask::Search(search), vec![face], StageMs::default())
}

/// Statistics of how a scene was tracked.
#[derive(Default)]
struct TrackingStats {
    /// Every identity that each actor had, and when.
    ids: BTreeMap<usize, Vec<(f64, TrackId)>>,
    n_searches: usize,
    n_follows: usize,
    /// Greatest distance of a followed face from its true place, sizes of the face.
    farthest: f64,
}

impl TrackingStats {
    fn ids_of(&self, name: usize) -> BTreeSet<TrackId> {
        self.ids[&name].iter().map(|(_, id)| *id).collect()
    }
}

/// A camera, a detector, and what they cost.
#[derive(Clone, Copy)]
struct Camera {
    fps: f64,
    search_ms: f64,
    has_key_points: bool,
}

const CAMERA: Camera = Camera { fps: 30.0, search_ms: 3.0, has_key_points: true };

/// Play `secs` of `scene` before `camera`.
fn play(camera: Camera, secs: f64, scene: impl Fn(f64) -> Vec<Actor>) -> TrackingStats {
    let mut session = session(None);
    let mut stats = TrackingStats::default();
    for i in 0..=(secs * camera.fps) as u64 {
        let at_secs = i as f64 / camera.fps;
        let actors = scene(at_secs);
        match session.plan(at_secs, LONGER_SIDE) {
            FrameTask::Search(kind) => search(&mut session, camera, (i, at_secs), kind, &actors, &mut stats),
            FrameTask::Follow(boxes) => follow(&mut session, at_secs, boxes, &actors, &mut stats),
            FrameTask::SearchAround { .. } => unreachable!("only frames that are all searched plan that"),
        }
    }
    stats
}

fn search(
    session: &mut Session,
    camera: Camera,
    (i, at_secs): (u64, f64),
    search: Search,
    actors: &[Actor],
    stats: &mut TrackingStats,
) {
    stats.n_searches += 1;
    let mut found: Vec<_> = actors.iter().map(|actor| (actor.name, actor.detection(i))).collect();
    // The surest first, so that the order is another one in every frame.
    found.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    let key_points = |detection: Detection| detection.key_points.filter(|_| camera.has_key_points);
    let of = |detection| face(Detection { key_points: key_points(detection), ..detection }, happy(0.9));
    let faces = found.iter().map(|(_, detection)| of(*detection)).collect();
    let ms = StageMs { detect: camera.search_ms, crop: 0.5, classify: 3.5 };
    let tracks = session.push(&report(at_secs, FrameTask::Search(search), faces, ms));
    for ((name, _), track) in found.iter().zip(tracks) {
        stats.ids.entry(*name).or_default().push((at_secs, track.id));
    }
}

fn follow(session: &mut Session, at_secs: f64, boxes: Vec<Detection>, actors: &[Actor], stats: &mut TrackingStats) {
    stats.n_follows += 1;
    let faces = boxes.iter().map(|detection| face(*detection, happy(0.9))).collect();
    let ms = StageMs { detect: 0.0, crop: 0.5, classify: 3.5 };
    for track in session.push(&report(at_secs, FrameTask::Follow(boxes), faces, ms)) {
        let middle = middle(&track);
        // Whoever had this identity last.
        let last = stats.ids.iter().find(|(_, ids)| ids.last().is_some_and(|(_, id)| *id == track.id));
        let (name, _) = last.expect("only known faces are followed");
        if let Some(actor) = actors.iter().find(|actor| actor.name == *name) {
            let apart = (middle[0] - actor.x).hypot(middle[1] - actor.y) / actor.side;
            stats.farthest = stats.farthest.max(apart);
        }
    }
}

fn middle(track: &TrackedFace) -> [f64; 2] {
    let Rect { x, y, width, height } = track.face.detection.rect;
    [f64::from(x + width / 2.0), f64::from(y + height / 2.0)]
}

/// Two faces of 100 pixels that pass each other in 4 s, one before the other: while they overlap by half, the one
/// behind is not found.
fn crossing(secs: f64) -> Vec<Actor> {
    let along = 100.0 + 110.0 * secs;
    let front = Actor { name: 0, x: along, y: 200.0, side: 100.0 };
    let behind = Actor { name: 1, x: 640.0 - along, y: 210.0, side: 90.0 };
    if (front.x - behind.x).abs() < 50.0 { vec![front] } else { vec![front, behind] }
}

#[test]
fn crossing_faces_keep_their_identities() {
    for fps in [10.0, 15.0, 30.0, 60.0] {
        for search_ms in [3.0, 70.0] {
            for has_key_points in [true, false] {
                let stats = play(Camera { fps, search_ms, has_key_points }, 4.0, crossing);
                let ids = [stats.ids_of(0), stats.ids_of(1)];
                let case = format!("{fps} fps, {search_ms} ms, key points: {has_key_points}: {:?}", stats.ids);
                assert!(ids.iter().all(|ids| ids.len() == 1) && ids[0] != ids[1], "{case}");
            }
        }
    }
}

#[test]
fn faces_that_swap_places_around_each_other_keep_their_identities() {
    // Side by side, once around in 3 s, always half hidden by nobody: both are found in every frame.
    let scene = |secs: f64| {
        let (sin, cos) = (TAU * secs / 3.0).sin_cos();
        [(0, 1.0), (1, -1.0)]
            .map(|(name, sign)| Actor { name, x: 320.0 + sign * 60.0 * cos, y: 240.0 + sign * 60.0 * sin, side: 100.0 })
            .to_vec()
    };
    for search_ms in [3.0, 70.0] {
        let stats = play(Camera { search_ms, ..CAMERA }, 9.0, scene);
        assert!(stats.ids_of(0).len() == 1 && stats.ids_of(1).len() == 1, "{search_ms} ms: {:?}", stats.ids);
    }
}

/// A face that stays and one that is away from second 2 on, for `away_secs`.
fn leaving(away_secs: f64) -> impl Fn(f64) -> Vec<Actor> {
    move |secs| {
        let stays = Actor { name: 0, x: 150.0, y: 200.0, side: 100.0 };
        let leaves = Actor { name: 1, x: 400.0 + 10.0 * secs, y: 200.0, side: 120.0 };
        if (2.0..2.0 + away_secs).contains(&secs) { vec![stays] } else { vec![stays, leaves] }
    }
}

#[test]
fn a_face_that_is_away_for_half_a_second_is_the_same_and_after_five_seconds_another() {
    for (away_secs, n_ids) in [(0.5, 1), (0.9, 1), (1.4, 2), (5.0, 2)] {
        for fps in [5.0, 30.0, 60.0] {
            for search_ms in [3.0, 70.0] {
                let stats = play(Camera { fps, search_ms, ..CAMERA }, 9.0, leaving(away_secs));
                let ids = [stats.ids_of(0), stats.ids_of(1)];
                assert_eq!([ids[0].len(), ids[1].len()], [1, n_ids], "{away_secs} s at {fps} fps, {search_ms} ms");
                assert!(ids[0].is_disjoint(&ids[1]), "{ids:?}");
            }
        }
    }
}

#[test]
fn one_frame_a_second_keeps_a_face_and_forgets_it_after_five() {
    let stats = play(Camera { fps: 1.0, ..CAMERA }, 12.0, leaving(5.0));
    assert_eq!([stats.ids_of(0).len(), stats.ids_of(1).len()], [1, 2], "{:?}", stats.ids);
}

#[test]
fn an_identity_is_never_used_again() {
    // A face of 1 s every 4 s, always in the same place.
    let scene = |secs: f64| {
        let actor = Actor { name: (secs / 4.0) as usize, x: 320.0, y: 240.0, side: 100.0 };
        if secs % 4.0 < 1.0 { vec![actor] } else { vec![] }
    };
    let stats = play(CAMERA, 39.0, scene);
    let ids: BTreeSet<_> = (0..10).flat_map(|name| stats.ids_of(name)).collect();
    assert_eq!(ids.len(), 10, "{:?}", stats.ids);
}

#[test]
fn twenty_faces_that_move_keep_their_identities() {
    let scene = |secs: f64| {
        let actor = |name: usize| {
            let phase = TAU * (secs / 2.0 + noise(name as u64));
            let (column, row) = (name % 6, name / 6);
            Actor {
                name,
                x: 80.0 + 90.0 * column as f64 + 25.0 * phase.sin(),
                y: 80.0 + 90.0 * row as f64 + 15.0 * phase.cos(),
                side: 60.0,
            }
        };
        (0..24).map(actor).collect()
    };
    for search_ms in [3.0, 70.0] {
        for has_key_points in [true, false] {
            let stats = play(Camera { search_ms, has_key_points, ..CAMERA }, 6.0, scene);
            let ids: BTreeSet<_> = (0..24).flat_map(|name| stats.ids_of(name)).collect();
            assert_eq!(ids.len(), 24, "{search_ms} ms, key points: {has_key_points}");
        }
    }
}

#[test]
fn between_searches_boxes_follow_the_motion() {
    // 200 pixels to and fro in 4 s: up to 157 pixels a second, 26 of them between two searches.
    let scene = |secs: f64| vec![Actor { name: 0, x: 320.0 + 100.0 * (TAU * secs / 4.0).cos(), y: 240.0, side: 100.0 }];
    let stats = play(Camera { search_ms: 70.0, ..CAMERA }, 8.0, scene);
    assert!(stats.n_follows > 5 * stats.n_searches, "{} searched, {} followed", stats.n_searches, stats.n_follows);
    assert!(stats.farthest < 0.2, "{} of the face's size", stats.farthest);
    let stats = play(CAMERA, 8.0, scene);
    assert_eq!(stats.n_follows, 0, "a search of 3 ms is made in every frame");
}

/// Smoothed probability of happy at every whole second, of a face before a tracker.
fn smoothed(fps: u32) -> Vec<f32> {
    let mut session = session(None);
    let mut at_seconds = vec![];
    for i in 0..=20 * fps {
        let at_secs = f64::from(i) / f64::from(fps);
        let scores = happy(0.5 + 0.45 * (TAU * at_secs / 12.0).sin());
        let detection = Actor { name: 0, x: 200.0, y: 200.0, side: 100.0 }.detection(i.into());
        let tracks = session.push(&found(at_secs, Search::Near, face(detection, scores)));
        assert!(tracks[0].face.prediction.scores == scores && tracks[0].id.to_string() == "1");
        if i % fps == 0 {
            at_seconds.push(tracks[0].smoothed.of(Emotion::Happy));
        }
    }
    at_seconds
}

#[test]
fn one_and_sixty_frames_a_second_give_the_same_smoothed_scores() {
    // A line between samples of 1 s misses so much of a wave of 12 s: 0.45 · (τ/12)² / 8 ≈ 0.015.
    const ATOL: f32 = 0.02;
    let (slow, fast) = (smoothed(1), smoothed(60));
    let apart = slow.iter().zip(&fast).map(|(slow, fast)| (slow - fast).abs()).fold(0.0, f32::max);
    assert!(slow.len() == 21 && apart < ATOL, "{apart}: {slow:?} {fast:?}");
}

#[test]
fn a_label_does_not_flicker_where_single_frames_do() {
    for (threshold, middle) in [(None, 0.5), (Some(0.7), 0.7)] {
        let mut session = session(threshold);
        let (mut raw, mut steady) = (vec![], vec![]);
        for i in 0..300 {
            let scores = happy(middle + 0.4 * (noise(i) - 0.5));
            let detection = Actor { name: 0, x: 200.0, y: 200.0, side: 100.0 }.detection(i);
            let tracks = session.push(&found(i as f64 / 30.0, Search::Near, face(detection, scores)));
            raw.push(threshold.is_none_or(|threshold| scores.top().1 >= threshold).then_some(scores.top().0));
            steady.push(tracks[0].label);
        }
        let changes = |labels: &[Option<Emotion>]| labels.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let (n_raw, n_steady) = (changes(&raw), changes(&steady));
        assert!(n_raw > 100 && n_steady <= 5, "{threshold:?}: {n_raw} and {n_steady} changes");
    }
}

/// The identity of a face that is found at each of these times.
fn ids_at(times: &[f64]) -> Vec<String> {
    let mut session = session(Some(0.5));
    let actor = Actor { name: 0, x: 200.0, y: 200.0, side: 100.0 };
    let id = |(i, &at_secs): (usize, &f64)| {
        session.plan(at_secs, LONGER_SIDE);
        let tracks = session.push(&found(at_secs, Search::Far, face(actor.detection(i as u64), happy(0.8))));
        assert!((tracks[0].smoothed.of(Emotion::Happy) - 0.8).abs() < 1e-5, "{at_secs}");
        tracks[0].id.to_string()
    };
    times.iter().enumerate().map(id).collect()
}

#[test]
fn strange_times_do_no_harm_and_a_jump_is_a_new_beginning() {
    let cases: [(&[f64], &[&str]); 5] = [
        (&[5.0, 5.0, 5.0, 5.1], &["1"; 4]),
        (&[5.0, 4.5, 4.6, 5.2], &["1"; 4]),
        (&[5.0, 1.0, 1.1, 60.0], &["1", "2", "2", "3"]),
        (&[5.0, f64::NAN, f64::INFINITY, 5.1], &["1"; 4]),
        (&[f64::NAN, 0.0, 0.1], &["1", "2", "2"]),
    ];
    for (times, expected) in cases {
        assert_eq!(ids_at(times), expected, "{times:?}");
    }
}

#[test]
fn small_faces_are_searched_for_as_far_ones_and_nobody_is_looked_for_afar_once_a_second() {
    let mut session = session(None);
    let mut plan = |at_secs: f64, side: Option<f64>| {
        let task = session.plan(at_secs, LONGER_SIDE);
        let actor = side.map(|side| Actor { name: 0, x: 300.0, y: 200.0, side });
        let faces = actor.iter().map(|actor| face(actor.detection(0), happy(0.8))).collect();
        session.push(&report(at_secs, task.clone(), faces, StageMs::default()));
        task
    };
    let cases = [
        (0.0, None, Search::Near),
        (0.5, None, Search::Near),
        (1.0, None, Search::Far),
        (1.5, None, Search::Near),
        (2.0, Some(60.0), Search::Far),
        (2.5, Some(60.0), Search::Far),
        (3.0, Some(160.0), Search::Far),
        (3.5, Some(160.0), Search::Near),
    ];
    for (at_secs, side, expected) in cases {
        assert_eq!(plan(at_secs, side), FrameTask::Search(expected), "{at_secs} s, {side:?}");
    }
}

#[test]
fn another_network_keeps_the_faces_and_begins_their_scores_anew() {
    let mut session = session(None);
    session.set_threshold(Architecture::Small, Some(0.9));
    let detection = Actor { name: 0, x: 200.0, y: 200.0, side: 100.0 }.detection(0);
    let mut push = |at_secs, p, network| {
        session.push(&FrameReport { network, ..found(at_secs, Search::Near, face(detection, happy(p))) })[0]
    };
    let first = push(0.0, 0.6, Architecture::Ferrum);
    assert_eq!(first.label, Some(Emotion::Happy));
    let second = push(0.1, 0.2, Architecture::Small);
    assert_eq!((second.id, second.smoothed, second.label), (first.id, happy(0.2), None));
}
