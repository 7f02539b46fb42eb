//! Every file of a session: the same from a saved one, whatever people are called, and with where it comes from.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{actor, dark, interview, session};
use exports::Format;
use model_core::Emotion::{Happy, Sad};
use pipeline::{PoorFramePolicy::Separate, Session, SessionSettings, TimeRange};

fn text(format: Format, session: &Session) -> String {
    String::from_utf8(format.export(session, Separate)).unwrap()
}

#[test]
fn every_file_is_the_same_from_a_saved_session() {
    let mut session = interview();
    let ids: Vec<_> = session.people().map(|(id, _)| id).collect();
    session.rename(ids[0], "Anna").unwrap();
    session.exclude(ids[1]).unwrap();
    session.set_ranges(vec![TimeRange { name: "a".into(), from_secs: 0.5, to_secs: 1.23 }]).unwrap();
    let again = Session::from_json(session.to_json().as_bytes(), SessionSettings::default()).unwrap();
    for format in Format::ALL {
        assert_eq!(text(format, &again), text(format, &session), "{format:?}");
    }
}

#[test]
fn every_file_says_where_it_comes_from() {
    let session = interview();
    let version = session.provenance().version.clone();
    for format in Format::ALL {
        let text = text(format, &session);
        let hashes = ["0123456789abcdef", "fedcba9876543210"].map(|part| part.repeat(4));
        for word in ["ferrum", &*version, "blazeface", "interview.mp4", "smoothing_secs", &*hashes[0], &*hashes[1]] {
            assert!(text.contains(word), "{format:?}: {word}");
        }
    }
}

#[test]
fn hostile_names_do_no_harm_in_any_file() {
    let mut session = interview();
    let first = session.people().next().unwrap().0;
    session.rename(first, "=cmd|'/c calc'!A0 --> <v x>&\"#,\0\u{1b}").unwrap();
    let mut provenance = session.provenance().clone();
    provenance.file_name = "@a\n\r\u{0}-->,\"#\u{ffff}.mp4".into();
    session.set_provenance(provenance);
    let csv = text(Format::FramesCsv, &session);
    assert!(csv.lines().nth(1).unwrap().starts_with("file,frame,"), "a name does not end the first line: {csv}");
    for format in [Format::FramesCsv, Format::SummaryCsv] {
        let text = text(format, &session);
        let mut rows = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
        let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
        let is_formula =
            |cell: &str| cell.starts_with(['=', '+', '@']) || cell.starts_with('-') && cell.parse::<f64>().is_err();
        assert!(rows.iter().flatten().all(|cell| !is_formula(cell)), "{format:?}");
        assert!(rows[0].iter().any(|cell| cell.starts_with("'=cmd|'/c calc'!A0")), "{format:?}: {:?}", rows[0]);
    }
    let vtt = text(Format::WebVtt, &session);
    let n_arrows = vtt.matches("-->").count();
    assert_eq!(n_arrows, vtt.lines().filter(|line| line.len() == 29 && line.contains(" --> ")).count(), "{vtt}");
    assert!(vtt.contains("<v =cmd|'/c calc'!A0 --&gt; &lt;v x&gt;&amp;\"#,"), "{vtt}");
    for format in [Format::Eaf, Format::TimelineSvg, Format::SummarySvg] {
        let text = text(format, &session);
        roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{format:?}: {error}: {text}"));
    }
}

#[test]
fn every_frame_has_a_row_and_numbers_have_a_dot() {
    let csv = text(Format::FramesCsv, &interview());
    let lines: Vec<_> = csv.lines().skip(1).collect();
    let n_columns = lines[0].split(',').count();
    assert_eq!((lines.len(), n_columns), (1 + 15 + 10 + 5 + 10 + 2, 20 + 7 + 7 + 8));
    assert!(lines.iter().all(|line| line.split(',').count() == n_columns), "{csv}");
    let start =
        "interview.mp4,1,0.000000,0.100000,1,,10,20,60.5,80.25,0.9,happy,true,happy,true,,60.5,0.5,1,-0.1,0.05,";
    assert!(lines[1].starts_with(start), "{}", lines[1]);
    assert!(lines[11].contains(",unsure,false,unsure,false,,"), "{}", lines[11]);
    assert!(lines[36].contains(",surprise,true,too_dark,"), "{}", lines[36]);
    let last = format!("interview.mp4,32,3.100000,0.100000{}", ",".repeat(n_columns - 4));
    assert_eq!(lines[lines.len() - 1], last);
}

#[test]
fn who_is_left_out_has_no_row_but_the_frame_has() {
    let mut session = session(10, [vec![actor(0, Happy), actor(1, Sad)], vec![actor(1, Sad)]]);
    let second = session.people().nth(1).unwrap().0;
    session.exclude(second).unwrap();
    let csv = text(Format::FramesCsv, &session);
    let rows: Vec<_> = csv.lines().skip(2).map(|line| line.split(',').take(5).collect::<Vec<_>>().join(",")).collect();
    assert_eq!(rows, ["interview.mp4,1,0.000000,0.100000,1", "interview.mp4,2,0.100000,0.100000,"]);
    assert!([Format::WebVtt, Format::Eaf].iter().all(|format| !text(*format, &session).contains("Person 2")));
}

#[test]
fn captions_are_in_the_order_of_time_and_name_who_shows_what() {
    let vtt = text(Format::WebVtt, &interview());
    let cues: Vec<_> = vtt.split("\n\n").skip(2).collect();
    assert_eq!(
        cues,
        [
            "00:00:00.000 --> 00:00:01.000\n<v Person 1>happy",
            "00:00:01.000 --> 00:00:01.500\n<v Person 1>unsure",
            "00:00:01.500 --> 00:00:02.000\n<v Person 1>sad",
            "00:00:01.500 --> 00:00:02.500\n<v Person 2>surprise",
            "00:00:02.500 --> 00:00:03.000\n<v Person 1>happy",
            "00:00:02.500 --> 00:00:03.000\n<v Person 2>poor quality\n",
        ]
    );
}

#[test]
fn tiers_of_people_of_one_name_are_told_apart() {
    let mut session = session(10, [vec![actor(0, Happy), dark(1, Sad)]]);
    for (id, _) in session.people().collect::<Vec<_>>() {
        session.rename(id, "Anna").unwrap();
    }
    let eaf = text(Format::Eaf, &session);
    let document = roxmltree::Document::parse(&eaf).unwrap();
    let tiers: Vec<_> = document.descendants().filter_map(|node| node.attribute("TIER_ID")).collect();
    assert_eq!(tiers, ["Anna", "Anna (2)"]);
    assert_eq!(document.descendants().filter(|node| node.has_tag_name("TIME_SLOT")).count(), 4);
}

#[test]
fn a_summary_of_nobody_says_of_what_it_is() {
    let text = text(Format::SummaryCsv, &session(10, [vec![], vec![]]));
    let lines: Vec<&str> = text.lines().collect();
    let n_cells = |line: &str| line.split(',').count();
    assert_eq!((lines.len(), n_cells(lines[1])), (2, n_cells(lines[0])), "{text}");
    assert!(lines[1].contains(&"0123456789abcdef".repeat(4)), "{text}");
}

#[test]
fn an_empty_session_gives_whole_files() {
    let empty = Session::new(SessionSettings::default());
    for format in Format::ALL {
        let text = text(format, &empty);
        assert!(!text.is_empty() && !text.contains("NaN"), "{format:?}: {text}");
    }
}
