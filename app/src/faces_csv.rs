//! The faces of photos as CSV, a row for each.

use csv::Writer;
use model_core::Emotion;
use vision::QualityIssue;

use crate::state::{AnalyzedPhoto, Item, Photos};

/// Columns before the probabilities: as those of the command line's, where they are the same.
const HEAD: [&str; 11] =
    ["photo", "photo_width", "photo_height", "face", "x", "y", "width", "height", "label", "confidence", "error"];

/// A row for each face of each photo that was read, in pixels of the photo as it was analysed; a photo without a face,
/// or that could not be read, has a row with nothing of a face.
pub(crate) fn faces_csv(photos: &Photos) -> Result<Vec<u8>, csv::Error> {
    let mut writer = Writer::from_writer(vec![]);
    writer.write_record(HEAD.into_iter().chain(Emotion::ALL.map(Emotion::name)).chain(["is_sure", "issues"]))?;
    for Item { name, outcome, .. } in &photos.items {
        match outcome {
            Some(Ok(shown)) if !shown.analysis.faces.is_empty() => write_faces(&mut writer, name, shown)?,
            Some(Ok(shown)) => write_none(&mut writer, name, &sides(shown), "")?,
            Some(Err(problem)) => write_none(&mut writer, name, &Default::default(), &problem.detail)?,
            None => {}
        }
    }
    writer.into_inner().map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
}

fn sides(shown: &AnalyzedPhoto) -> [String; 2] {
    [shown.width, shown.height].map(|side| side.to_string())
}

fn write_faces(writer: &mut Writer<Vec<u8>>, name: &str, shown: &AnalyzedPhoto) -> Result<(), csv::Error> {
    for (face_idx, face) in shown.analysis.faces.iter().enumerate() {
        let rect = face.detection.rect;
        let scores = face.prediction.scores;
        let (label, confidence) = scores.top();
        let issues = face.quality.issues().map(QualityIssue::name).collect::<Vec<_>>().join(" ");
        let head = std::iter::once(name.to_owned()).chain(sides(shown)).chain([(face_idx + 1).to_string()]);
        let pixels = [rect.x, rect.y, rect.width, rect.height].map(|pixels| pixels.to_string());
        let label = [label.to_string(), format!("{confidence:.6}"), String::new()];
        let probabilities = scores.probabilities().map(|p| format!("{p:.6}"));
        let end = [face.prediction.is_sure.to_string(), issues];
        writer.write_record(head.chain(pixels).chain(label).chain(probabilities).chain(end))?;
    }
    Ok(())
}

fn write_none(writer: &mut Writer<Vec<u8>>, name: &str, sides: &[String; 2], error: &str) -> Result<(), csv::Error> {
    let head = [name, &sides[0], &sides[1], "", "", "", "", "", "", "", error];
    writer.write_record(head.into_iter().chain([""; Emotion::COUNT + 2]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    #[test]
    fn every_face_has_a_row_and_so_has_a_photo_without_one() {
        let item = |name: &str, outcome| Item { name: name.into(), outcome, thumbnail: None };
        let read = |n_faces| Some(Ok(AnalyzedPhoto::of_faces(n_faces).into()));
        let failed = Some(Err(Problem::new("No", "expected a picture, got \"none\"", "try")));
        let items = vec![
            item("a,b.jpg", read(2)),
            item("empty.jpg", read(0)),
            item("bad.jpg", failed),
            item("waiting.jpg", None),
        ];
        let mut photos = Photos::default();
        photos.items = items;
        let csv = faces_csv(&photos).unwrap();
        let text = String::from_utf8(csv.clone()).unwrap();
        let rows: Vec<_> = text.lines().collect();
        assert_eq!(rows.len(), 5, "{text}");
        assert!(rows[1].starts_with("\"a,b.jpg\",64,48,1,0,0,10,10,angry,0.142857,,"), "{}", rows[1]);
        assert!(rows[2].starts_with("\"a,b.jpg\",64,48,2,20,0,"), "{}", rows[2]);
        assert!(rows[3].starts_with("empty.jpg,64,48,,"), "{}", rows[3]);
        assert!(rows[4].contains("\"expected a picture, got \"\"none\"\"\""), "{}", rows[4]);
        let mut reader = csv::Reader::from_reader(&csv[..]);
        assert!(reader.records().all(|record| record.is_ok_and(|record| record.len() == HEAD.len() + 9)), "{text}");
    }
}
