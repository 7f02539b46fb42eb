//! What is to be done with files that were given.

use vision::is_photo_name;

use crate::state::Mode;
use crate::web::file::{self, NamedFile};

/// Whether every file is a video, by its type or name; `None` if only their first bytes tell.
pub(super) fn are_all_videos(files: &[NamedFile]) -> Option<bool> {
    let told: Vec<_> = files.iter().map(is_video).collect();
    if told.contains(&Some(false)) { Some(false) } else { told.into_iter().collect::<Option<Vec<_>>>().map(|_| true) }
}

/// Whether every file is a video, by its type or name, or else by its first bytes.
pub(super) async fn begin_as_videos(files: &[NamedFile]) -> bool {
    for file in files {
        let is_video = match is_video(file) {
            Some(is_video) => is_video,
            None => begins_as_video(file).await,
        };
        if !is_video {
            return false;
        }
    }
    true
}

/// `None` of a file that says nothing of itself.
fn is_video(NamedFile { name, blob }: &NamedFile) -> Option<bool> {
    let media_type = blob.type_();
    let is_photo = media_type.starts_with("image/") || is_photo_name(name);
    if Mode::of_file(&media_type, name) == Mode::Video { Some(true) } else { is_photo.then_some(false) }
}

async fn begins_as_video(file: &NamedFile) -> bool {
    file::first_bytes(&file.blob, video::HEAD_BYTES).await.is_ok_and(|head| video::is_video(&head))
}
