//! The session of the window: changes that a person makes to it, its provenance, and the handle that components read it
//! by.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::mem;
use std::rc::Rc;

use exports::TimelineIndex;
use model_core::{INPUT_SIDE, ModelCard};
use pipeline::{EditError, Provenance, Session, SessionSettings, TimeRange, TrackId};
use web_time::Instant;

use super::{Live, pictures::Pictures};
use crate::picture::Raster;
use crate::protocol::ReadBy;

/// A change that a person makes to the session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Edit {
    /// Give a person a name; an empty one takes it away.
    Rename(TrackId, String),
    /// Count the first person as the second.
    Merge(TrackId, TrackId),
    /// Undo every merge of a person.
    Unmerge(TrackId),
    /// Do not count a person any more.
    Exclude(TrackId),
    /// Count a person again.
    Include(TrackId),
    /// Add a range, seconds, with a summary of its own in every export.
    AddRange([f64; 2]),
    /// Remove the range of that index.
    RemoveRange(usize),
}

/// A session that is not on the stage.
#[derive(Clone, Debug)]
pub(crate) struct KeptSession {
    /// The session, with its provenance.
    pub session: Session,
    pictures: Pictures,
    n_edits: u32,
    /// Whether it is of the camera, of which there is no file.
    pub is_of_camera: bool,
    /// Whether it is in a file, too, or no great loss.
    pub is_saved: bool,
}

/// The setting that says from when on the camera's picture was recorded, seconds on the session's clock: a number for each
/// recording.
pub(super) const PICTURE_BEGINS: &str = "picture_begins_secs";

/// People that are shown before a person asks for all of them.
const MAX_MAIN_PEOPLE: usize = 20;

/// Frames that are not read again in a moment.
const MANY_FRAMES: u64 = 1000;

/// A session of a camera that nobody wants to lose, seconds.
const LONG_CAMERA_SECS: f64 = 300.0;

/// Where a session comes from, as far as the session itself does not know.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    /// Each network and detector that read a frame.
    pub(super) read_by: Vec<ReadBy>,
    file_name: String,
    file_sha256: String,
    /// Added to the settings.
    notes: BTreeMap<String, String>,
}

/// A component's handle on the session of the window. It is replaced after a change, once a second at most while frames
/// come, so that comparing two handles tells whether there is something new to draw.
#[derive(Clone, Debug)]
pub(crate) struct SessionHandle {
    live: Rc<RefCell<Live>>,
    revision: u64,
    /// The timeline's index, by which any part of it is drawn at once.
    pub index: Rc<TimelineIndex>,
    /// From the first to the last frame, seconds; `None` without frames.
    pub span: Option<[f64; 2]>,
    /// Counts sources, which are cameras, videos and opened files: another number is another session, and views begin
    /// anew.
    pub source: u64,
    /// Whether the session is of a video, or was opened from a file.
    pub is_video: bool,
    /// Everybody who counts, in the order of their numbers.
    pub people: Rc<[TrackId]>,
    /// Those of them who were seen longest, in the same order: a film has hundreds of people, most of them in one scene.
    pub main_people: Rc<[TrackId]>,
}

impl PartialEq for SessionHandle {
    fn eq(&self, other: &Self) -> bool {
        self.revision == other.revision && Rc::ptr_eq(&self.live, &other.live)
    }
}

impl SessionHandle {
    /// The handle on the session of `live`; `before`, if nothing has changed since.
    pub(crate) fn of(live: &Rc<RefCell<Live>>, before: Option<&Self>) -> Self {
        let now = live.borrow();
        if let Some(before) = before.filter(|before| before.revision == now.revision) {
            return before.clone();
        }
        Self {
            live: Rc::clone(live),
            revision: now.revision,
            index: Rc::new(TimelineIndex::new(&now.session)),
            span: now.session.timeline().span().map(|(from, to)| [from, to]),
            source: now.source,
            is_video: now.is_of_video(),
            people: now.session.people().map(|(person, _)| person).collect(),
            main_people: seen_longest(&now.session).into(),
        }
    }

    /// Read something in the session.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Session) -> T) -> T {
        read(&self.live.borrow().session)
    }

    /// A small picture of `person`, as the network saw them best; `None` in a session that was opened from a file.
    pub(crate) fn picture(&self, person: TrackId) -> Option<Raster> {
        self.live.borrow().pictures.of(person).map(|crop| Raster::of_crop(crop, INPUT_SIDE))
    }
}

impl Live {
    /// Know a network by its card.
    pub(crate) fn set_card(&mut self, card: Rc<ModelCard>) {
        self.cards.retain(|other| other.architecture != card.architecture);
        self.cards.push(card);
    }

    /// The session with its pictures, to be shown again by [`Live::show_kept`]; `None` if it has seen nothing.
    pub(crate) fn take_session(&mut self) -> Option<KeptSession> {
        if self.session.n_frames() == 0 {
            return None;
        }
        let (n_edits, is_of_camera, is_saved) =
            (self.n_edits, !self.is_of_video() || self.was_of_camera, !self.has_unsaved());
        self.session_with_provenance();
        let session = mem::replace(&mut self.session, Session::new(SessionSettings::default()));
        let pictures = mem::take(&mut self.pictures);
        self.start_video(1.0);
        Some(KeptSession { session, pictures, n_edits, is_of_camera, is_saved })
    }

    /// Show a session again, in the place of the one before.
    pub(crate) fn show_kept(&mut self, kept: KeptSession) {
        let KeptSession { session, pictures, n_edits, is_of_camera, is_saved } = kept;
        self.open(session);
        (self.pictures, self.n_edits, self.was_of_camera) = (pictures, n_edits, is_of_camera);
        self.is_saved = is_saved;
    }

    /// A file was saved of it: the session itself, or another one, which lacks the changes that a person made.
    pub(crate) fn note_saved(&mut self, is_session: bool) {
        self.is_saved |= is_session || self.n_edits == 0;
    }

    /// Whether it is of a video, or was opened from a file; else of the camera.
    pub(crate) fn is_of_video(&self) -> bool {
        self.video.is_some()
    }

    /// Whether it took a while or was changed by a person.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        let took_long = if self.is_of_video() && !self.was_of_camera {
            self.session.n_frames() >= MANY_FRAMES
        } else {
            self.session.timeline().span().is_some_and(|(from, to)| to - from >= LONG_CAMERA_SECS)
        };
        took_long || self.n_edits > 0 && !self.session.timeline().is_empty()
    }

    /// Whether it would be a loss, and is in no file.
    pub(crate) fn has_unsaved(&self) -> bool {
        self.is_worth_keeping() && !self.is_saved
    }

    /// Show a session that was opened from a file, in the place of the one before.
    pub(crate) fn open(&mut self, session: Session) {
        self.restart_video(); // its frames have times of their own, as a video's
        self.begin_file("");
        self.session = session;
        self.revision += 1;
        self.is_saved = true;
    }

    /// Change the session.
    pub(crate) fn edit(&mut self, edit: Edit) -> Result<(), EditError> {
        self.revision += 1;
        let session = &mut self.session;
        let edited = match edit {
            Edit::Rename(person, name) => session.rename(person, &name),
            Edit::Merge(person, into) => session.merge(person, into),
            Edit::Unmerge(person) => {
                session.unmerge(person);
                Ok(())
            }
            Edit::Exclude(person) => session.exclude(person),
            Edit::Include(person) => {
                session.include(person);
                Ok(())
            }
            Edit::AddRange(range) => add_range(session, range),
            Edit::RemoveRange(idx) => {
                let ranges = session.edits().ranges().iter().enumerate().filter(|(i, _)| *i != idx);
                let ranges = ranges.map(|(_, range)| range.clone()).collect();
                session.set_ranges(ranges)
            }
        };
        if edited.is_ok() {
            self.n_edits += 1;
            self.is_saved = false;
        }
        edited
    }

    /// The session, with its provenance.
    pub(crate) fn session_with_provenance(&mut self) -> &Session {
        // A session opened from a file has it already.
        if !self.origin.read_by.is_empty() {
            let provenance = self.provenance();
            self.session.set_provenance(provenance);
        }
        &self.session
    }

    /// A video of this name begins: readers, notes and hash of the one before are dropped.
    pub(crate) fn begin_file(&mut self, name: &str) {
        self.origin = Origin { file_name: name.to_owned(), ..Origin::default() };
    }

    /// The name of the file that is on the stage, or that a session says it was made of.
    pub(crate) fn source_name(&self) -> &str {
        let name = &self.origin.file_name;
        if name.is_empty() { &self.session.provenance().file_name } else { name }
    }

    /// SHA-256 of the file that the session was made of, hexadecimal, if the session says it.
    pub(crate) fn source_sha256(&self) -> Option<&str> {
        let sha256 = self.session.provenance().file_sha256.as_str();
        Some(sha256).filter(|sha256| sha256.len() == 64)
    }

    /// Whether the video was hashed.
    pub(crate) fn has_file_sha256(&self) -> bool {
        !self.origin.file_sha256.is_empty() || self.source_sha256().is_some()
    }

    /// SHA-256 of the video of that name, hexadecimal, or why it is not known. A video that has left the stage changes
    /// nothing.
    pub(crate) fn set_file_sha256(&mut self, name: &str, sha256: Result<String, String>) {
        match sha256 {
            _ if name != self.source_name() => {}
            // One that was opened has a provenance of its own.
            Ok(sha256) if self.origin.read_by.is_empty() => {
                let provenance = self.session.provenance().clone();
                self.session.set_provenance(Provenance { file_sha256: sha256, ..provenance });
            }
            Ok(sha256) => self.origin.file_sha256 = sha256,
            Err(why) => self.note("file_sha256", why),
        }
    }

    /// Say something more of how frames were read.
    pub(crate) fn note(&mut self, name: &str, words: impl Into<String>) {
        self.origin.notes.insert(name.to_owned(), words.into());
    }

    /// The camera is recorded from `now` on: note when that is on the session's clock. Returns how many recordings there are
    /// with it.
    pub(crate) fn note_camera_recording(&mut self, now: Instant) -> usize {
        let begin = format!("{:.3}", self.secs(now));
        let begins = match self.origin.notes.get(PICTURE_BEGINS) {
            Some(earlier) => format!("{earlier} {begin}"),
            None => begin,
        };
        let n = begins.split(' ').count();
        self.note(PICTURE_BEGINS, begins);
        n
    }

    pub(super) fn remember_reader(&mut self, reader: ReadBy) {
        let is_known = |known: &ReadBy| (known.network, known.detector.kind) == (reader.network, reader.detector.kind);
        if !self.origin.read_by.iter().any(is_known) {
            self.origin.read_by.push(reader);
        }
    }

    /// The same file is read anew.
    pub(super) fn forget_readers(&mut self) {
        self.origin.read_by.clear();
        self.origin.notes.clear();
    }

    fn provenance(&self) -> Provenance {
        let Origin { read_by, file_name, file_sha256, notes } = &self.origin;
        let cards = |reader: &ReadBy| self.cards.iter().find(|card| card.architecture == reader.network);
        let mut settings = self.session.settings_in_words();
        settings.insert("search".to_owned(), if self.video.is_some() { "planned" } else { "followed" }.to_owned());
        settings.extend(notes.clone());
        Provenance {
            network: join_distinct(read_by.iter().filter_map(cards).map(|card| card.id.as_str())),
            weights_sha256: join_distinct(read_by.iter().filter_map(cards).map(|card| card.sha256.as_str())),
            detector: join_distinct(read_by.iter().map(|reader| reader.detector.kind.id())),
            settings,
            file_name: file_name.clone(),
            file_sha256: file_sha256.clone(),
            ..Provenance::default()
        }
    }
}

/// The [`MAX_MAIN_PEOPLE`] people who were seen longest, in the order of their numbers.
fn seen_longest(session: &Session) -> Vec<TrackId> {
    let mut people: Vec<_> = session.people().map(|(id, person)| (person.shares.secs(), id)).collect();
    people.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut longest: Vec<_> = people.into_iter().take(MAX_MAIN_PEOPLE).map(|(_, id)| id).collect();
    longest.sort_unstable();
    longest
}

/// Add a range after those that there are.
fn add_range(session: &mut Session, [from_secs, to_secs]: [f64; 2]) -> Result<(), EditError> {
    let mut ranges = session.edits().ranges().to_vec();
    let is_free = |name: &String| ranges.iter().all(|range| range.name != *name);
    // One more name than there are ranges: one of them is free.
    let name = (1..=ranges.len() + 1).map(|number| format!("range {number}")).find(is_free).unwrap_or_default();
    ranges.push(TimeRange { name, from_secs, to_secs });
    session.set_ranges(ranges)
}

/// Each of the words once, with commas between.
fn join_distinct<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = vec![];
    for word in words {
        if !known.contains(&word) {
            known.push(word);
        }
    }
    known.join(", ")
}

/// The session in a file, or why it is none.
pub(crate) fn read_session(json: &[u8]) -> Result<Session, String> {
    Session::from_json(json, SessionSettings::default()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{frame, live};
    use super::*;
    use exports::Format;
    use model_core::{Architecture, Training};
    use pipeline::PoorFramePolicy;

    fn video() -> Rc<RefCell<Live>> {
        let mut live = Live::default();
        live.set_card(Rc::new(ModelCard::new(Architecture::Small, b"weights", Training::default())));
        live.start_video(25.0);
        live.begin_file("a.mp4");
        for i in 0..4 {
            let now = Instant::now();
            live.record_video(frame(now, &[(0.0, 1.0), (50.0, 0.0)]), f64::from(i) / 25.0, now);
        }
        live.end_video(Some(0.16));
        Rc::new(RefCell::new(live))
    }

    #[test]
    fn a_handle_is_replaced_after_each_change_and_equal_otherwise() {
        let live = video();
        let first = SessionHandle::of(&live, None);
        assert!(SessionHandle::of(&live, Some(&first)) == first);
        assert_eq!((first.span, first.is_video), (Some([0.0, 0.16]), true));
        let person = first.with(|session| session.people().next().unwrap().0);
        live.borrow_mut().edit(Edit::Rename(person, "Anna".into())).unwrap();
        let second = SessionHandle::of(&live, Some(&first));
        assert!(second != first && second.source == first.source);
        live.borrow_mut().start();
        assert_ne!(SessionHandle::of(&live, Some(&second)).source, first.source);
    }

    #[test]
    fn those_seen_longest_come_first_where_there_are_many() {
        let mut live = Live::default();
        live.start_video(25.0);
        // Each in a place of their own, one after the other; every tenth stays for longer.
        for i in 0..300_u16 {
            let now = Instant::now();
            let left = 100.0 * f32::from(i - i % 10 + if i % 100 < 10 { 0 } else { i % 10 });
            live.record_video(frame(now, &[(left, 1.0)]), f64::from(i) / 25.0, now);
        }
        let handle = SessionHandle::of(&Rc::new(RefCell::new(live)), None);
        assert!(handle.people.len() > MAX_MAIN_PEOPLE && handle.main_people.len() == MAX_MAIN_PEOPLE);
        assert!(handle.main_people.is_sorted() && handle.main_people[0] == handle.people[0]);
        assert!(handle.main_people.iter().all(|person| handle.people.contains(person)));
    }

    #[test]
    fn a_session_that_left_the_stage_is_shown_again_as_it_was() {
        let live = video();
        let mut live = live.borrow_mut();
        let person = live.session.people().next().unwrap().0;
        assert!(!live.has_unsaved(), "a few frames are soon read again");
        live.edit(Edit::Rename(person, "Anna".into())).unwrap();
        assert!(live.has_unsaved());
        let before = live.session_with_provenance().to_json();
        let kept = live.take_session().unwrap();
        assert!(live.take_session().is_none() && !live.has_unsaved() && !kept.is_saved);
        live.start_video(25.0);
        live.begin_file("b.mp4");
        live.show_kept(kept);
        assert_eq!(live.session_with_provenance().to_json(), before);
        assert_eq!((live.source_name(), live.has_unsaved()), ("a.mp4", true));
        live.set_file_sha256("a.mp4", Ok("ab".repeat(32)));
        assert_eq!(live.source_sha256(), Some("ab".repeat(32).as_str()));
        live.note_saved(false);
        assert!(live.has_unsaved(), "a file without the name");
        live.note_saved(true);
        live.pause(Instant::now());
        assert!(!live.has_unsaved(), "nothing has changed since");
    }

    #[test]
    fn exports_say_where_they_come_from() {
        let live = video();
        let mut live = live.borrow_mut();
        live.set_file_sha256("b.mp4", Ok("cd".into()));
        live.set_file_sha256("a.mp4", Ok("ab".into()));
        assert!(live.has_file_sha256());
        live.note("every", "2");
        let provenance = live.session_with_provenance().provenance().clone();
        assert_eq!((provenance.network.as_str(), provenance.detector.as_str()), ("small", "haar"));
        assert_eq!((provenance.file_name.as_str(), provenance.file_sha256.as_str()), ("a.mp4", "ab"));
        assert_eq!(provenance.weights_sha256, model_core::sha256_hex(b"weights"));
        assert_eq!(provenance.settings["search"], "planned");
        assert_eq!(provenance.settings["every"], "2");
    }

    #[test]
    fn a_session_that_is_opened_again_gives_the_same_files() {
        let live = video();
        let before = Format::ALL
            .map(|format| format.export(live.borrow_mut().session_with_provenance(), PoorFramePolicy::Separate));
        let session = read_session(
            &Format::Session.export(live.borrow_mut().session_with_provenance(), PoorFramePolicy::Separate),
        );
        let mut other = Live::default();
        other.open(session.unwrap());
        let after = Format::ALL.map(|format| format.export(other.session_with_provenance(), PoorFramePolicy::Separate));
        assert!(before == after, "files differ");
        assert!(SessionHandle::of(&Rc::new(RefCell::new(other)), None).is_video);
        assert!(read_session(b"{}").unwrap_err().contains("session of Ferrum"));
    }

    #[test]
    fn ranges_are_removed_by_index_and_free_names_are_used_again() {
        let (mut live, _) = live();
        for range in [[0.0, 1.0], [1.0, 2.0]] {
            live.edit(Edit::AddRange(range)).unwrap();
        }
        live.edit(Edit::RemoveRange(0)).unwrap();
        live.edit(Edit::AddRange([4.0, 5.0])).unwrap();
        let names: Vec<_> = live.session.edits().ranges().iter().map(|range| range.name.clone()).collect();
        assert_eq!(names, ["range 2", "range 1"]);
        assert!(live.edit(Edit::AddRange([1.0, 1.0])).is_err());
        assert!(live.edit(Edit::RemoveRange(9)).is_ok());
    }
}
