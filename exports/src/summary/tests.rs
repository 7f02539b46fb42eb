use super::*;
use crate::common::{actor, dark, interview, session};
use Emotion::{Happy, Sad, Surprise};
use PoorFramePolicy::{Counted, Separate};

fn near(actual: f64, expected: f64, what: &str) {
    assert!((actual - expected).abs() < 1e-5, "{what}: {actual}, not {expected}");
}

#[test]
fn each_person_has_their_shares_dwells_and_means() {
    let summary = Summary::of(&interview(), Separate);
    let [all] = &summary.ranges[..] else { panic!("{summary:?}") };
    near(all.watched_secs, 3.2, "watched");
    let [first, second] = &all.people[..] else { panic!("{all:?}") };
    // Person, thing shown, frames, seconds, share, dwells, mean, median and longest dwell.
    let cases = [
        (first, Shown::Label(Happy), 15, 1.5, 0.6, 2, 0.75, 0.75, 1.0),
        (first, Shown::Label(Sad), 5, 0.5, 0.2, 1, 0.5, 0.5, 0.5),
        (first, Shown::Unsure, 5, 0.5, 0.2, 1, 0.5, 0.5, 0.5),
        (first, Shown::PoorQuality, 0, 0.0, 0.0, 0, 0.0, 0.0, 0.0),
        (first, Shown::NoFace, 7, 0.7, 0.7 / 3.2, 2, 0.35, 0.35, 0.5),
        (second, Shown::Label(Surprise), 10, 1.0, 1.0, 1, 1.0, 1.0, 1.0),
        (second, Shown::PoorQuality, 5, 0.5, 0.5 / 3.2, 1, 0.5, 0.5, 0.5),
        (second, Shown::NoFace, 17, 1.7, 1.7 / 3.2, 2, 0.85, 0.85, 1.5),
    ];
    for (person, shown, n_frames, secs, share, n_dwells, mean, median, longest) in cases {
        let row = person.shown.iter().find(|row| row.shown == shown).unwrap();
        let what = format!("{}: {row:?}", person.name);
        assert_eq!((row.n_frames, row.n_dwells), (n_frames, n_dwells), "{what}");
        let actual = [row.secs, row.share, row.mean_dwell_secs, row.median_dwell_secs, row.longest_dwell_secs];
        let expected = [secs, share, mean, median, longest];
        actual.into_iter().zip(expected).for_each(|(actual, expected)| near(actual, expected, &what));
    }
    let mean = |label| first.shown[label as usize].mean_probability.unwrap();
    near(mean(Happy), (1.5 * 0.7 + 0.5 * 0.2 + 0.5 * 0.05) / 2.5, "mean of happy");
    assert_eq!(first.transitions[Happy as usize][Sad as usize], 1, "through unsure");
    assert_eq!(first.transitions.iter().flatten().sum::<u64>(), 1, "not over an absence");
}

#[test]
fn poor_frames_count_under_their_label_if_that_is_wanted() {
    let summary = Summary::of(&interview(), Counted);
    let second = &summary.ranges[0].people[1];
    let row = &second.shown[Surprise as usize];
    near(row.secs, 1.5, "surprise");
    assert!(second.shown.iter().all(|row| row.shown != Shown::PoorQuality || row.secs == 0.0));
}

#[test]
fn a_range_takes_the_part_of_a_frame_that_is_in_it() {
    let mut session = interview();
    let range = |name: &str, from_secs, to_secs| TimeRange { name: name.into(), from_secs, to_secs };
    session
        .set_ranges(vec![range("begin", -1.0, 0.25), range("middle", 0.95, 1.55), range("after", 9.0, 10.0)])
        .unwrap();
    let summary = Summary::of(&session, Separate);
    let [all, begin, middle, after] = &summary.ranges[..] else { panic!("{summary:?}") };
    assert_eq!((&*all.range.name, all.people.len(), after.people.len()), ("all", 2, 2));
    let first = |range: &RangeSummary, shown| range.people[0].shown.iter().find(|row| row.shown == shown).unwrap().secs;
    near(begin.watched_secs, 0.25, "begin");
    near(first(begin, Shown::Label(Happy)), 0.25, "begin");
    near(middle.watched_secs, 0.6, "middle");
    for (shown, secs) in [(Shown::Label(Happy), 0.05), (Shown::Unsure, 0.5), (Shown::Label(Sad), 0.05)] {
        near(first(middle, shown), secs, "middle");
    }
    assert_eq!(middle.people[0].transitions[Happy as usize][Sad as usize], 1);
    near(middle.people[1].shown.iter().map(|row| row.secs).sum(), 0.6, "who comes at the end is absent before");
    near(after.watched_secs, 0.0, "after");
}

#[test]
fn transitions_do_not_go_over_what_nobody_saw() {
    // A pause of the source, between two frames that both count for a second.
    let mut session = session(1, [vec![actor(0, Happy)], vec![dark(0, Happy)], vec![actor(0, Sad)]]);
    let of = |session: &Session| {
        Summary::of(session, Separate).ranges[0].people[0].transitions[Happy as usize][Sad as usize]
    };
    assert_eq!(of(&session), 1, "poor quality between them does not matter");
    session = crate::common::session(1, [vec![actor(0, Happy)], vec![], vec![actor(0, Sad)]]);
    assert_eq!(of(&session), 0);
}

#[test]
fn who_is_left_out_or_merged_is_so_in_the_summary() {
    let mut session = interview();
    let ids: Vec<_> = session.people().map(|(id, _)| id).collect();
    session.rename(ids[0], "Anna").unwrap();
    session.exclude(ids[1]).unwrap();
    let summary = Summary::of(&session, Separate);
    let names: Vec<_> = summary.ranges[0].people.iter().map(|person| &*person.name).collect();
    assert_eq!(names, ["Anna"]);
    let empty = Summary::of(&Session::new(pipeline::SessionSettings::default()), Separate);
    assert_eq!((empty.ranges.len(), empty.ranges[0].people.len()), (1, 0));
}

#[test]
fn a_file_of_it_says_where_it_comes_from_in_every_row() {
    let session = interview();
    let csv = String::from_utf8(Summary::of(&session, Separate).csv(session.provenance())).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 2 * Shown::all().count());
    assert!(
        lines[0].starts_with("file,range,from_secs,") && lines[0].ends_with(",settings,file_sha256"),
        "{}",
        lines[0]
    );
    let happy = lines[1 + Happy as usize];
    let start = "interview.mp4,all,0.000000,3.200000,3.200000,1,Person 1,happy,15,1.500000,0.600000,2,0.750000,";
    assert!(happy.starts_with(start), "{happy}");
    assert!(happy.contains(",0,0,0,0,1,0,0,separate,ferrum,"), "{happy}");
    let settings =
        "forget_secs=1; label_margin=0.1; longest_frame_secs=1; smoothing_secs=0; sure_margin=0.05; threshold=0.5";
    for word in [settings, &"0123456789abcdef".repeat(4), &"fedcba9876543210".repeat(4)] {
        assert!(lines[1..].iter().all(|line| line.contains(word)), "{word}: {happy}");
    }
}

#[test]
fn its_drawing_has_a_bar_for_each_person_as_long_as_all_that_was_watched() {
    let svg = Summary::of(&interview(), Separate).draw().to_string();
    assert!(svg.contains("<title>Person 1: happy 1.5 s</title>") && svg.contains(">Person 2</text>"), "{svg}");
    let n_parts = svg.matches("data-emotion=").count() - Shown::all().count();
    assert_eq!(n_parts, 4 + 3, "beside the legend, as many as there are things that were shown");
    assert!(!svg.contains("NaN"), "{svg}");
}
