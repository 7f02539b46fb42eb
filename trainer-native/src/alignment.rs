//! How FER2013 cuts faces out, and what it brings to cut a tilted face out upright: on the held-out tenth of Training, which
//! the network has not seen.

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use model_core::{Architecture, Classifier, Device, Emotion, INPUT_SIDE};
use native::ShippedDetector;
use pipeline::{Classify, Detect, Detector, Search};
use vision::{Detection, FaceCrop, KeyPoints, Point, RgbaView, Square, crop};

use crate::{
    data::{Fer2013, SIDE, Split},
    evaluate,
    table::table,
    weights::Weights,
};

/// Side of the picture that a face is put into, pixels: as much again around it, of its edge's colours.
const CANVAS: usize = 2 * SIDE;

/// Turns, degrees clockwise.
const TURNS: [f32; 7] = [-45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0];

/// Sides of the square, as multiples of that in use, and shifts down, as shares of it.
const SQUARES: [(f32, f32); 7] =
    [(0.8, 0.0), (0.9, 0.0), (1.0, 0.0), (1.1, 0.0), (1.2, 0.0), (1.0, -0.05), (1.0, 0.05)];

/// The tables, with what they are of.
pub fn measure(data: &Fer2013) -> Result<String> {
    let weights = Weights::shipped(Architecture::Ferrum)?;
    let bench = Bench {
        pictures: evaluate::held_out(&weights, data)?,
        detector: ShippedDetector::Blazeface.open(&Device::flex())?,
        classifier: weights.classifier(Device::flex())?,
    };
    let bar = ProgressBar::new((TURNS.len() * bench.pictures.len()) as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos} of {len} faces, {eta} left")?);
    let turned = TURNS.iter().map(|&degrees| bench.turn(degrees, &bar)).collect::<Result<Vec<_>>>()?;
    bar.finish_and_clear();
    let upright = turned.iter().find(|turned| turned.degrees == 0.0).context("expected a turn by 0°")?;
    let squares = bench.squares(upright)?;
    Ok(format!(
        "{} held-out pictures of FER2013's Training, each in the middle of {CANVAS}×{CANVAS} pixels.\n\n{}\n\nShare of \
         the faces found that the network labels as the data does, in degrees that the picture is turned clockwise: as \
         the data has them, by the square around the key points (`aligned`), and by the same square with its sides along \
         the picture's (`not turned`).\n\n{}\n\nThe same without a turn, by other squares: side and shift down, as \
         multiples of the side in use.\n\n{}\n",
        bench.pictures.len(),
        statistics(upright),
        table(&["turn", "found", "as in the data", "aligned", "not turned"], turned.iter().map(Turned::cells)),
        table(&["side", "down", "accuracy"], squares),
    ))
}

struct Bench {
    pictures: Split,
    detector: Detector,
    classifier: Classifier,
}

/// Faces found in the pictures at one angle.
struct Turned {
    degrees: f32,
    /// Index, picture and detection of each face that was found.
    found: Vec<(usize, Vec<u8>, Detection)>,
    n: usize,
    /// Accuracy of the faces as the data has them, aligned, and not turned.
    accuracies: [f64; 3],
}

impl Bench {
    fn turn(&self, degrees: f32, bar: &ProgressBar) -> Result<Turned> {
        let mut found = vec![];
        for i in bar.wrap_iter(0..self.pictures.len()) {
            let rgba = on_canvas(self.pictures.face(i), degrees.to_radians());
            let detections = pollster::block_on(self.detector.detect(view(&rgba), Search::Near))?;
            if let Some(&detection) = detections.first() {
                found.push((i, rgba, detection));
            }
        }
        let as_is = Square { centre: MIDDLE, across: Point { x: SIDE as f32, y: 0.0 } };
        let accuracies = [
            self.accuracy(&found, |rgba, _| as_is.cut(view(rgba), INPUT_SIDE))?,
            self.accuracy(&found, |rgba, detection| crop(view(rgba), detection, INPUT_SIDE))?,
            self.accuracy(&found, |rgba, detection| square(detection).upright().cut(view(rgba), INPUT_SIDE))?,
        ];
        Ok(Turned { degrees, found, n: self.pictures.len(), accuracies })
    }

    /// Share of the faces whose label the network gives to what `cut` makes of them.
    fn accuracy(
        &self,
        found: &[(usize, Vec<u8>, Detection)],
        cut: impl Fn(&[u8], &Detection) -> FaceCrop,
    ) -> Result<f64> {
        let mut n_right = 0;
        for faces in found.chunks(64) {
            let crops: Vec<_> = faces.iter().map(|(_, rgba, detection)| cut(rgba, detection)).collect();
            let predictions = pollster::block_on(Classify::classify(&self.classifier, &crops))?;
            let labels = faces.iter().map(|&(i, ..)| self.pictures.label(i));
            let is_right =
                |(prediction, label): &(&model_core::Prediction, Emotion)| prediction.scores.top().0 == *label;
            n_right += predictions.iter().zip(labels).filter(is_right).count();
        }
        Ok(n_right as f64 / found.len().max(1) as f64)
    }

    fn squares(&self, upright: &Turned) -> Result<Vec<Vec<String>>> {
        let row = |&(side, down): &(f32, f32)| -> Result<Vec<String>> {
            let cut =
                |rgba: &[u8], detection: &Detection| square(detection).moved(side, down).cut(view(rgba), INPUT_SIDE);
            let accuracy = self.accuracy(&upright.found, cut)?;
            Ok(vec![format!("{side:.1}"), format!("{down:+.2}"), format!("{accuracy:.3}")])
        };
        SQUARES.iter().map(row).collect()
    }
}

impl Turned {
    fn cells(&self) -> Vec<String> {
        let found = format!("{:.3}", self.found.len() as f64 / self.n as f64);
        let accuracies = self.accuracies.map(|accuracy| format!("{accuracy:.3}"));
        [format!("{:+.0}°", self.degrees), found].into_iter().chain(accuracies).collect()
    }
}

/// Middle of the canvas.
const MIDDLE: Point = Point { x: SIDE as f32, y: SIDE as f32 };

/// A picture in the middle of a canvas, turned clockwise by `radians`, as RGBA.
fn on_canvas(face: &[u8], radians: f32) -> Vec<u8> {
    let rgba: Vec<u8> = face.iter().flat_map(|&level| [level, level, level, 255]).collect();
    let image = RgbaView::new(SIDE, SIDE, &rgba).expect("a picture of FER2013");
    let (sin, cos) = radians.sin_cos();
    let [side, half] = [CANVAS as f32, SIDE as f32 / 2.0];
    let square = Square { centre: Point { x: half, y: half }, across: Point { x: side * cos, y: -side * sin } };
    square.cut(image, CANVAS).pixels().iter().flat_map(|&level| [level, level, level, 255]).collect()
}

fn view(rgba: &[u8]) -> RgbaView<'_> {
    RgbaView::new(CANVAS, CANVAS, rgba).expect("a canvas")
}

/// The square around the key points; the whole picture without them.
fn square(detection: &Detection) -> Square {
    let all = Square { centre: MIDDLE, across: Point { x: SIDE as f32, y: 0.0 } };
    detection.key_points.as_ref().and_then(Square::of).unwrap_or(all)
}

/// Median and spread of the side of FER2013's pictures, and of where their middle is, in the measure of [`Square::of`].
fn statistics(upright: &Turned) -> String {
    let numbers = |of: &dyn Fn(&KeyPoints, Square) -> f32| {
        let points = upright.found.iter().filter_map(|(.., detection)| detection.key_points.as_ref());
        let mut values: Vec<f32> = points.filter_map(|points| Some(of(points, Square::of(points)?))).collect();
        values.sort_by(f32::total_cmp);
        [1, 2, 3].map(|quarter| values.get(quarter * values.len() / 4).copied().unwrap_or(f32::NAN))
    };
    let side = numbers(&|_, square| SIDE as f32 / square.side());
    let down = numbers(&|_, square| square.across.cross(MIDDLE - square.centre) / (square.side() * square.side()));
    let mouth = numbers(&|points, square| {
        let KeyPoints { right_eye, left_eye, mouth, .. } = points;
        let away = *mouth - right_eye.midpoint(*left_eye);
        (*left_eye - *right_eye).length() * square.side() / square.across.cross(away)
    });
    let row = |what: &str, [low, median, high]: [f32; 3]| {
        [what.to_owned(), format!("{low:.3}"), format!("{median:.3}"), format!("{high:.3}")]
    };
    table(
        &["", "quarter", "median", "three quarters"],
        [
            row("side of the picture, sides of our square", side),
            row("its middle below ours, sides of our square", down),
            row("from eye to eye, of that from the eyes to the mouth", mouth),
        ],
    )
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canvas_has_the_picture_in_its_middle_and_turns_it_clockwise() {
        let mut face = vec![100; SIDE * SIDE];
        face[24 * SIDE + 40] = 200; // right of the middle
        let bright = |radians: f32| {
            let rgba = on_canvas(&face, radians);
            let at = (0..CANVAS * CANVAS).max_by_key(|&at| rgba[4 * at]).unwrap();
            (at % CANVAS, at / CANVAS)
        };
        assert_eq!(bright(0.0), (64, 48));
        let (x, y) = bright(std::f32::consts::FRAC_PI_2);
        assert!((47..=48).contains(&x) && y == 64, "{x} {y}: below the middle");
    }
}
