//! The label of the selected face while the camera runs, for people who do not see it: calmly.

use std::rc::Rc;
use std::time::Duration;

use web_time::Instant;
use yew::prelude::*;

use crate::live::LiveView;
use crate::theme;

/// Time between two announcements: a screen reader has said the one before by then.
const PAUSE: Duration = Duration::from_secs(4);

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// A snapshot of the camera's side.
    pub live: Rc<LiveView>,
    /// Whether the camera runs.
    pub is_live: bool,
}

/// The label of the selected face while the camera runs. It is said when it has changed, every four seconds at most.
#[component]
pub(super) fn Announcer(props: &Props) -> Html {
    let announcements = use_mut_ref(Announcements::default);
    let words = props.live.frame.as_ref().filter(|_| props.is_live).map(|_| words(&props.live));
    let said = announcements.borrow_mut().say(words, Instant::now());
    html! { <p class="unseen" aria-live="polite" data-testid="announced">{ said }</p> }
}

/// Such as "Happy" and "3 faces, selected sad".
fn words(live: &LiveView) -> String {
    let faces = live.frame.as_ref().map_or(&[][..], |frame| &frame.faces);
    let selected = live.frame.as_ref().map_or(0, |frame| frame.selected_idx);
    let label = |face: &crate::display::DisplayFace| face.label.map_or("Unsure", theme::word);
    match (faces, faces.get(selected)) {
        (_, None) => "No face".to_owned(),
        ([_], Some(face)) => label(face).to_owned(),
        (_, Some(face)) => format!("{} faces, selected {}", faces.len(), label(face).to_lowercase()),
    }
}

/// The last announcement, and when it was made.
#[derive(Debug, Default)]
struct Announcements {
    said: String,
    at: Option<Instant>,
}

impl Announcements {
    /// The announcement for `words`: the last one, unless they differ from it and it was made a while ago.
    fn say(&mut self, words: Option<String>, now: Instant) -> String {
        match words {
            None => *self = Self::default(),
            Some(words) => {
                let is_time = self.at.is_none_or(|at| now.saturating_duration_since(at) >= PAUSE);
                if words != self.said && is_time {
                    (self.said, self.at) = (words, Some(now));
                }
            }
        }
        self.said.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_said_once_there_was_time_to_hear_the_last_one() {
        let begin = Instant::now();
        let mut announcements = Announcements::default();
        let cases = [
            (0, Some("Happy"), "Happy"),
            (1, Some("Sad"), "Happy"),
            (2, Some("Happy"), "Happy"),
            (4, Some("Sad"), "Sad"),
            (5, None, ""),
            (6, Some("Fear"), "Fear"),
        ];
        for (secs, words, expected) in cases {
            let said = announcements.say(words.map(str::to_owned), begin + Duration::from_secs(secs));
            assert_eq!(said, expected, "after {secs} s");
        }
    }
}
