//! What is to be done with files that were given.

use vision::is_photo_name;

use crate::state::Mode;
use crate::web::file::{self, NamedFile};

/// Whether every file is a video, by its type or name, or else by its first bytes.
pub(super) async fn are_all_videos(files: &[NamedFile]) -> bool {
    for file in files {
        if !is_video(file, files.len() == 1).await {
            return false;
        }
    }
    true
}

async fn is_video(NamedFile { name, blob }: &NamedFile, is_alone: bool) -> bool {
    if Mode::of_file(&blob.type_(), name) == Mode::Video {
        return true;
    }
    // Of many files, only those are looked into that say nothing of themselves.
    let is_told = !is_alone && is_photo_name(name);
    !is_told && file::first_bytes(blob, video::HEAD_BYTES).await.is_ok_and(|head| video::is_video(&head))
}
