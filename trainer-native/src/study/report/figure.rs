//! A picture with its caption.

use maud::{Markup, html};

use crate::study::{Content, Picture};

pub(super) fn figure(picture: &Picture) -> Markup {
    let zoom = zoom(picture);
    html! {
        figure {
            img src=(picture.src) alt=(picture.caption) width=(picture.width * zoom) height=(picture.height * zoom);
            figcaption {
                (picture.caption)
                @if picture.content == Content::Numbers {
                    " (" (format!("{:.2}", picture.low)) " to " (format!("{:.2}", picture.high)) ")"
                }
            }
        }
    }
}

/// Screen pixels a pixel: small pictures are magnified.
fn zoom(picture: &Picture) -> u32 {
    (480 / picture.width.max(1)).clamp(1, 8)
}
