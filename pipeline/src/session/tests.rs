use super::*;
use crate::{Analysis, Face, PoorFramePolicy, Search, Shown, StageMs};
use model_core::{Emotion, Prediction, Scores, Votes};
use vision::{Detection, Quality, Rect};

const GOOD: Quality = Quality { side: 48.0, brightness: 0.5, sharpness: 1.0, yaw: None };

/// Faces of 10 pixels in a row, each with its left edge and how happy it is, 0 to 1; it is sad else.
fn report(time_secs: f64, faces: &[(f32, f32)]) -> FrameReport {
    let face = |&(x, happy): &(f32, f32)| {
        let mut scores = [0.0; Emotion::COUNT];
        (scores[Emotion::Happy as usize], scores[Emotion::Sad as usize]) = (happy, 1.0 - happy);
        let scores = Scores::try_from(scores).unwrap();
        Face {
            detection: Detection { rect: Rect { x, y: 0.0, width: 10.0, height: 10.0 }, score: 1.0, key_points: None },
            prediction: Prediction { scores, label_head: None, is_sure: true, votes: None },
            quality: GOOD,
        }
    };
    let analysis = Analysis { faces: faces.iter().map(face).collect(), ms: StageMs::default() };
    FrameReport { time_secs, task: FrameTask::Search(Search::Near), network: Architecture::Small, analysis }
}

fn session() -> Session {
    Session::new(SessionSettings::default())
}

/// Where the selected person is among `faces`, those of the newest frame; 0 while they are not there.
fn selected_idx(session: &Session, faces: &[TrackedFace]) -> usize {
    faces.iter().position(|face| session.selected() == Some(face.id)).unwrap_or(0)
}

/// Half a second of one person, a quarter of two, a quarter without a face.
pub(super) fn session_of_two() -> Session {
    let mut session = session();
    for (time_secs, faces) in [(0.0, &[(0.0, 1.0)][..]), (0.5, &[(0.0, 1.0), (50.0, 0.25)]), (0.75, &[])] {
        session.push(&report(time_secs, faces));
    }
    session.pause(1.0);
    session
}

#[test]
fn the_selected_person_is_followed_when_the_order_changes_and_after_a_short_absence() {
    let mut session = session();
    let second = session.push(&report(0.0, &[(0.0, 1.0), (50.0, 1.0)]))[1].id;
    session.select(second);
    let cases: [(&[f32], usize); 5] =
        [(&[52.0, 1.0], 0), (&[3.0, 54.0, 30.0], 1), (&[3.0], 0), (&[], 0), (&[3.0, 54.0], 1)];
    for (i, (lefts, expected)) in (1..).zip(cases) {
        let faces: Vec<_> = lefts.iter().map(|&x| (x, 1.0)).collect();
        let faces = session.push(&report(0.1 * f64::from(i), &faces));
        assert_eq!(selected_idx(&session, &faces), expected, "{lefts:?}");
    }
}

#[test]
fn who_is_gone_for_good_is_selected_no_more() {
    let mut session = session();
    let second = session.push(&report(0.0, &[(0.0, 1.0), (50.0, 1.0)]))[1].id;
    session.select(second);
    for i in 1..30 {
        session.push(&report(0.1 * f64::from(i), &[(0.0, 1.0)]));
    }
    let faces = session.push(&report(3.0, &[(50.0, 1.0), (0.0, 1.0)]));
    assert_eq!(selected_idx(&session, &faces), 1, "the first one stays selected when another one comes");
    assert_eq!(session.selected(), Some(TrackId(1)));
}

#[test]
fn a_quality_issue_of_the_selected_face_is_worth_a_word_after_a_while() {
    let mut session = session();
    for i in 0..=6 {
        let mut report = report(0.125 * f64::from(i), &[(0.0, 1.0)]);
        let brightness = if i >= 2 { 0.05 } else { 0.5 };
        report.analysis.faces[0].quality = Quality { brightness, ..GOOD };
        session.push(&report);
        assert_eq!(session.advice(), (i == 6).then_some(QualityIssue::TooDark), "{i}");
    }
    session.pause(1.0);
    assert_eq!(session.advice(), None, "there is no picture");
}

#[test]
fn no_label_of_a_face_of_too_few_pixels_is_sure() {
    let mut session = session();
    for (side, expected) in [(15.0, None), (16.0, Some(Emotion::Happy))] {
        let mut report = report(0.0, &[(0.0, 1.0)]);
        report.analysis.faces[0].quality = Quality { side, ..GOOD };
        assert_eq!(session.push(&report)[0].label, expected, "{side}");
        session.restart();
    }
}

#[test]
fn a_network_is_unsure_below_its_own_threshold() {
    let mut session = session();
    session.set_threshold(Architecture::UNet, Some(1.0));
    for (threshold, expected) in [(Some(0.9), None), (None, Some(Emotion::Happy)), (Some(0.5), Some(Emotion::Happy))] {
        session.set_threshold(Architecture::Small, threshold);
        let label = session.push(&report(0.0, &[(0.0, 0.8)]))[0].label;
        assert_eq!(label, expected, "{threshold:?}");
        session.restart();
    }
}

#[test]
fn another_source_begins_with_nothing_but_never_with_who_was_there_before() {
    let mut session = session();
    let first = session.push(&report(0.0, &[(0.0, 1.0)]))[0].id;
    session.pause(0.125);
    assert_eq!(session.people().count(), 1);
    let second = session.push(&report(0.25, &[(0.0, 1.0)]))[0].id;
    session.restart();
    assert_eq!((session.people().count(), session.n_frames()), (0, 0));
    let third = session.push(&report(0.0, &[(0.0, 1.0)]))[0].id;
    assert_eq!([first, second, third].map(|id| id.to_string()), ["1", "2", "3"]);
    session.clear_record();
    assert_eq!((session.timeline().len(), session.people().count()), (0, 0));
    assert_eq!(session.push(&report(0.125, &[(0.0, 1.0)]))[0].id, third, "who is there stays");
}

#[test]
fn every_frame_has_its_rows_and_counts_until_the_next_one() {
    let session = session_of_two();
    let row = |frame: ObservedFrame<'_>| {
        let people = frame.faces.iter().map(|face| face.person.number()).collect::<Vec<_>>();
        (frame.time_secs, frame.secs, people)
    };
    let expected = [(0.0, 0.5, vec![1]), (0.5, 0.25, vec![1, 2]), (0.75, 0.25, vec![])];
    assert!(session.timeline().frames().map(row).eq(expected), "{:?}", session.timeline());
    assert_eq!((session.n_frames(), session.n_frames_without_face()), (3, 1));
    let times = session.shares().times(PoorFramePolicy::Separate);
    let secs = |shown| times.iter().find(|row| row.shown == shown).map(|row| row.secs);
    assert_eq!((secs(Shown::Label(Emotion::Happy)), secs(Shown::NoFace)), (Some(0.75), Some(0.25)));
    assert_eq!(session.label_counts().rows()[Emotion::Happy as usize].count, 2);
}

#[test]
fn a_full_timeline_ends_and_the_shares_go_on() {
    let mut session = Session::new(SessionSettings { max_rows: 7, ..SessionSettings::default() });
    for i in 0..5 {
        session.push(&report(f64::from(i), &[(0.0, 1.0), (50.0, 1.0)]));
    }
    assert_eq!((session.timeline().len(), session.n_frames()), (2, 5));
    assert_eq!(session.timeline().span(), Some((0.0, 2.0)));
    assert!((session.shares().secs() - 8.0).abs() < 1e-9);
}

#[test]
fn a_session_is_written_read_and_gone_on_with() {
    let mut session = session();
    for (time_secs, faces) in [(1.5, &[(0.0, 1.0), (50.0, 0.25)][..]), (1.75, &[]), (f64::NAN, &[(0.0, 0.5)])] {
        session.push(&report(time_secs, faces));
    }
    session.pause(2.0);
    let ids: Vec<_> = session.people().map(|(id, _)| id).collect();
    session.rename(ids[0], "Anna").unwrap();
    session.exclude(ids[1]).unwrap();
    session.set_ranges(vec![TimeRange { name: "middle".into(), from_secs: 1.6, to_secs: 1.8 }]).unwrap();
    session.set_provenance(Provenance { file_name: "a.mp4".into(), ..Provenance::default() });
    let mut again = Session::from_json(session.to_json().as_bytes(), SessionSettings::default()).unwrap();
    assert_eq!(again.to_json(), session.to_json());
    assert_eq!(
        (again.timeline(), again.shares(), again.edits()),
        (session.timeline(), session.shares(), session.edits())
    );
    assert!(again.people().eq(session.people()) && again.label_counts() == session.label_counts());
    again.include(ids[1]);
    let new = again.push(&report(0.0, &[(0.0, 1.0)]))[0].id;
    assert!(!ids.contains(&new), "identities are not used again");
    assert_eq!((again.n_frames(), again.timeline().len(), again.people().count()), (4, 4, 3));
}

#[test]
fn a_face_takes_as_much_json_as_is_said() {
    let mut session = session();
    for i in 0..30 {
        let mut report = report(f64::from(i) / 30.0, &[(0.0, 0.3)]);
        let face = &mut report.analysis.faces[0];
        face.detection.rect = Rect { x: 100.123, y: 99.123, width: 80.456, height: 81.789 };
        face.quality = Quality { side: 80.456, brightness: 0.456_78, sharpness: 0.6789, yaw: Some(-0.1234) };
        face.prediction.scores = Scores::from_logits([0.1, 0.2, 0.3, 1.5, 0.4, 0.5, 0.6]).unwrap();
        face.prediction.votes = Votes::from_logits([0.1, 0.2, 0.3, 1.5, 0.4, 0.5, 0.6, 0.7]).ok();
        session.push(&report);
    }
    let bytes = session.to_json().len() / 30;
    assert!((500..560).contains(&bytes), "{bytes} bytes a face and frame");
}

#[test]
fn people_are_who_they_are_said_to_be() {
    let mut session = session();
    for (time_secs, x) in [(0.0, 0.0), (0.5, 0.0), (10.0, 50.0), (10.5, 50.0)] {
        session.push(&report(time_secs, &[(x, 1.0)]));
    }
    session.pause(11.0);
    let ids: Vec<_> = session.people().map(|(id, _)| id).collect();
    let [first, second] = ids[..] else { panic!("{ids:?}") };
    session.rename(first, "Anna").unwrap();
    session.merge(second, first).unwrap();
    let people: Vec<_> = session.people().collect();
    let [(id, person)] = &people[..] else { panic!("{people:?}") };
    assert_eq!((*id, person.name.as_deref(), person.first_secs, person.last_secs), (first, Some("Anna"), 0.0, 10.5));
    assert!((person.shares.secs() - 2.5).abs() < 1e-9, "{person:?}");
    assert_eq!((session.person_of(second), session.name_of(second)), (Some(first), "Anna".to_owned()));
    session.unmerge(second);
    session.exclude(first).unwrap();
    assert!(session.people().map(|(id, _)| id).eq([second]));
    assert!((session.shares().secs() - 1.0).abs() < 1e-9, "{:?}", session.shares());
    let nobody = TrackId(9);
    assert_eq!(session.rename(nobody, "x"), Err(EditError::NoSuchPerson(nobody)));
    let mut session = session_of_two();
    let error = session.merge(second, first).unwrap_err();
    assert_eq!(error, EditError::BothInFrame { person: second, into: first, secs: 0.5 });
}

#[test]
fn slow_videos_are_watched_whole_and_lose_nobody() {
    let mut session = Session::new(SessionSettings::for_video(0.2));
    for i in 0..3 {
        session.push(&report(5.0 * f64::from(i), &[(0.0, 1.0)]));
    }
    session.pause(15.0);
    assert!((session.shares().secs() - 15.0).abs() < 1e-9 && session.people().count() == 1);
    let mut session = Session::new(SessionSettings::for_video(30.0));
    for time_secs in [0.0, 1.0 / 30.0, 4.0, 60.0] {
        session.push(&report(time_secs, &[(0.0, 1.0)]));
    }
    assert!((session.shares().secs() - 14.0).abs() < 1e-6, "a frame stands still, then a part is missing");
}

#[test]
fn the_search_of_a_video_depends_on_its_frames_alone() {
    // A face as high as this, of 100 pixels, and how many of 30 frames are searched for far and for near faces; in the others,
    // the face is found again.
    let cases = [(None, [30, 0]), (Some(10.0), [5, 0]), (Some(60.0), [2, 28])];
    for (height, expected) in cases {
        let mut session = Session::new(SessionSettings::for_video(30.0));
        let mut n_searches = [0, 0];
        for i in 0..30 {
            let time_secs = f64::from(i) / 30.0;
            let task = session.plan_search(time_secs, 100);
            match &task {
                FrameTask::Search(Search::Near) => n_searches[1] += 1,
                FrameTask::Search(Search::Far) | FrameTask::SearchAround { search: Some(Search::Far), .. } => {
                    n_searches[0] += 1;
                }
                FrameTask::SearchAround { expected, search: None } => assert_eq!(expected.len(), 1, "{height:?}"),
                other => panic!("{height:?}, frame {i}: {other:?}"),
            }
            let mut report = report(time_secs, if height.is_some() { &[(0.0, 1.0)] } else { &[] });
            report.task = task;
            // The plan must not depend on how long a search takes.
            report.analysis.ms.detect = 1000.0 * f64::from(i % 3);
            report.analysis.faces.iter_mut().for_each(|face| face.detection.rect.height = height.unwrap_or_default());
            session.push(&report);
        }
        assert_eq!(n_searches, expected, "far and near, {height:?}");
    }
}
