//! The faces of a photo in the order of their numbers.

use pipeline::reading_order;
use vision::Rect;

use crate::protocol::AnalyzedPhoto;

/// The photo with its faces from left to right and from top to bottom. An engine gives the surest first.
pub(crate) fn in_reading_order(mut photo: AnalyzedPhoto) -> AnalyzedPhoto {
    let faces = std::mem::take(&mut photo.analysis.faces);
    let rects: Vec<Rect> = faces.iter().map(|face| face.detection.rect).collect();
    let order = reading_order(&rects);
    photo.crops = order.iter().filter_map(|&i| photo.crops.get(i).cloned()).collect();
    photo.analysis.faces = order.iter().map(|&i| faces[i]).collect();
    photo
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::GreyBytes;

    #[test]
    fn crops_stay_with_their_faces() {
        let right = Rect { x: 50.0, y: 0.0, width: 10.0, height: 10.0 };
        let mut photo = AnalyzedPhoto::of_faces(2);
        photo.analysis.faces[0].detection.rect = right;
        photo.crops = [1, 2].map(|level| GreyBytes([level].into())).to_vec();
        let ordered = in_reading_order(photo);
        assert_eq!(ordered.analysis.faces[1].detection.rect, right);
        assert_eq!(ordered.crops.iter().map(|crop| crop.0[0]).collect::<Vec<_>>(), [2, 1]);
    }
}
