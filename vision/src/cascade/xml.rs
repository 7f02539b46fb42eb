//! Reads a cascade as OpenCV writes it (`CascadeClassifierImpl::Data::read` and `HaarEvaluator::Feature::read` in
//! `modules/objdetect/src/cascadedetect.cpp`).

use roxmltree::{Document, Node as Element};

use super::CascadeError;
use super::model::{Branch, Feature, Model, Node, Stage, Tree, WeightedRect};

/// Windows are this large at most: sums of their pixels then fit in 32 bits with room to spare. OpenCV's have 20 or 24.
const MAX_WINDOW_SIDE: usize = 256;
/// OpenCV lowers every stage threshold by this (`THRESHOLD_EPS`).
const THRESHOLD_MARGIN: f32 = 1e-5;

/// The cascade in `text`.
pub(super) fn read(text: &str) -> Result<Model, CascadeError> {
    let document = Document::parse(text).map_err(|error| CascadeError::Xml(error.to_string()))?;
    let cascade = child(document.root_element(), "cascade")?;
    expect_text(cascade, "stageType", "BOOST")?;
    expect_text(cascade, "featureType", "HAAR")?;
    let (width, height) = (read_side(cascade, "width")?, read_side(cascade, "height")?);
    let features = items(child(cascade, "features")?)
        .map(|feature| read_feature(feature, width, height))
        .collect::<Result<Vec<_>, _>>()?;
    let stages = items(child(cascade, "stages")?)
        .map(|stage| read_stage(stage, features.len()))
        .collect::<Result<Vec<_>, _>>()?;
    if stages.is_empty() {
        return Err(invalid(cascade, "at least one stage", "none"));
    }
    Ok(Model { width, height, stages, features })
}

fn read_side(cascade: Element, name: &str) -> Result<usize, CascadeError> {
    let element = child(cascade, name)?;
    let side = number(element)?;
    // The variance is taken over the window less a border of one pixel, which must leave something.
    whole(side, MAX_WINDOW_SIDE)
        .filter(|&side| side >= 3)
        .ok_or_else(|| invalid(element, format!("a window of 3 to {MAX_WINDOW_SIDE} pixels"), side.to_string()))
}

fn read_feature(feature: Element, width: usize, height: usize) -> Result<Feature, CascadeError> {
    if find_child(feature, "tilted").is_some_and(|tilted| text(tilted) != "0") {
        return Err(invalid(feature, "an upright feature", "a tilted one"));
    }
    let rects = child(feature, "rects")?;
    let read = items(rects).map(|rect| read_rect(rect, width, height)).collect::<Result<Vec<_>, _>>()?;
    match read[..] {
        [first, second] => Ok(Feature { rects: [first, second, WeightedRect::default()] }),
        [first, second, third] => Ok(Feature { rects: [first, second, third] }),
        _ => Err(invalid(rects, "two or three rectangles", read.len().to_string())),
    }
}

fn read_rect(element: Element, width: usize, height: usize) -> Result<WeightedRect, CascadeError> {
    let [x, y, rect_width, rect_height, weight] = numbers(element)?[..] else {
        return Err(invalid(element, "x, y, width, height and weight", text(element)));
    };
    let rect = || {
        let (x, y) = (whole(x, width)?, whole(y, height)?);
        let (width, height) = (whole(rect_width, width - x)?, whole(rect_height, height - y)?);
        Some(WeightedRect { x, y, width, height, weight: weight as f32 })
    };
    rect().ok_or_else(|| invalid(element, format!("a rectangle inside {width}×{height} pixels"), text(element)))
}

fn read_stage(stage: Element, n_features: usize) -> Result<Stage, CascadeError> {
    let threshold = number(child(stage, "stageThreshold")?)?;
    let trees = items(child(stage, "weakClassifiers")?)
        .map(|tree| read_tree(tree, n_features))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Stage { threshold: threshold as f32 - THRESHOLD_MARGIN, trees })
}

fn read_tree(tree: Element, n_features: usize) -> Result<Tree, CascadeError> {
    let leaves: Vec<f32> = numbers(child(tree, "leafValues")?)?.into_iter().map(|leaf| leaf as f32).collect();
    let element = child(tree, "internalNodes")?;
    let values = numbers(element)?;
    let (quads, rest) = values.as_chunks::<4>();
    if quads.is_empty() || !rest.is_empty() {
        return Err(invalid(element, "left, right, feature and threshold of each node", text(element)));
    }
    // A positive number is a node of this tree; else it is minus a leaf.
    let branch = |node_idx: usize, target: f64| match target {
        0.5.. => whole(target, quads.len() - 1).filter(|&child_idx| child_idx > node_idx).map(Branch::Node),
        _ => whole(-target, leaves.len().checked_sub(1)?).map(Branch::Leaf),
    };
    let node = |(node_idx, &[left, right, feature, threshold]): (usize, &[f64; 4])| {
        let (left, right) = (branch(node_idx, left)?, branch(node_idx, right)?);
        let feature_idx = whole(feature, n_features.checked_sub(1)?)?;
        Some(Node { feature_idx, threshold: threshold as f32, left, right })
    };
    let nodes: Option<Vec<Node>> = quads.iter().enumerate().map(node).collect();
    let nodes = nodes.ok_or_else(|| invalid(element, "branches, leaves and features that exist", text(element)))?;
    Ok(Tree { nodes, leaves })
}

/// The elements of an OpenCV sequence, each named `_`.
fn items<'a, 'input>(sequence: Element<'a, 'input>) -> impl Iterator<Item = Element<'a, 'input>> {
    sequence.children().filter(|node| node.has_tag_name("_"))
}

fn find_child<'a, 'input>(parent: Element<'a, 'input>, name: &str) -> Option<Element<'a, 'input>> {
    parent.children().find(|node| node.has_tag_name(name))
}

fn child<'a, 'input>(parent: Element<'a, 'input>, name: &str) -> Result<Element<'a, 'input>, CascadeError> {
    find_child(parent, name).ok_or_else(|| invalid(parent, format!("<{name}>"), "none"))
}

fn text<'a>(element: Element<'a, '_>) -> &'a str {
    element.text().unwrap_or_default().trim()
}

fn expect_text(parent: Element, name: &str, expected: &'static str) -> Result<(), CascadeError> {
    let element = child(parent, name)?;
    if text(element) == expected { Ok(()) } else { Err(invalid(element, expected, text(element))) }
}

fn number(element: Element) -> Result<f64, CascadeError> {
    let [number] = numbers(element)?[..] else { return Err(invalid(element, "one number", text(element))) };
    Ok(number)
}

/// Read as f64, as OpenCV does, to be rounded to f32 afterwards; so none may be too large for that.
fn numbers(element: Element) -> Result<Vec<f64>, CascadeError> {
    let parse = |word: &str| word.parse().ok().filter(|number: &f64| number.abs() <= f64::from(f32::MAX));
    let words = text(element).split_whitespace();
    words.map(|word| parse(word).ok_or_else(|| invalid(element, "a number", word))).collect()
}

/// `value`, if it is one of 0, 1, … `max`.
fn whole(value: f64, max: usize) -> Option<usize> {
    (value.fract() == 0.0 && (0.0..=max as f64).contains(&value)).then_some(value as usize)
}

/// The error that names the line of `element`. To count lines takes long: not for what a good file may lack.
fn invalid(element: Element, expected: impl Into<String>, actual: impl Into<String>) -> CascadeError {
    let line = element.document().text_pos_at(element.range().start).row;
    // A cut: the text of a broken file may be as long as the file.
    let actual = actual.into().chars().take(80).collect();
    CascadeError::Invalid { line, expected: expected.into(), actual }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOY: &str = include_str!("../../tests/data/toy_cascade.xml");

    #[test]
    fn a_cascade_is_read_as_it_is_written() {
        let model = read(TOY).expect("a valid cascade");
        assert_eq!((model.width, model.height), (4, 4));
        assert_eq!(model.features[0].rects[1], WeightedRect { x: 2, y: 0, width: 2, height: 4, weight: 2.0 });
        assert_eq!(model.features[0].rects[2], WeightedRect::default());
        let [stage] = &model.stages[..] else { panic!("one stage") };
        assert!((stage.threshold - 0.49999).abs() < 1e-7);
        let [Tree { nodes, leaves }] = &stage.trees[..] else { panic!("one tree") };
        assert_eq!((nodes[0].left, nodes[0].right), (Branch::Leaf(0), Branch::Leaf(1)));
        assert_eq!(leaves[..], [0.0, 1.0]);
    }

    #[test]
    fn the_shipped_cascades_have_all_their_stages_and_trees() {
        let cases = [
            (include_str!("../../cascades/haarcascade_frontalface_default.xml"), 24, 25, 2913, 1),
            (include_str!("../../cascades/haarcascade_frontalface_alt.xml"), 20, 22, 2135, 1),
            (include_str!("../../cascades/haarcascade_frontalface_alt2.xml"), 20, 20, 1047, 2),
        ];
        for (xml, side, n_stages, n_trees, n_nodes) in cases {
            let model = read(xml).expect("a shipped cascade");
            assert_eq!((model.width, model.height, model.stages.len()), (side, side, n_stages));
            let trees: Vec<&Tree> = model.stages.iter().flat_map(|stage| &stage.trees).collect();
            assert_eq!(trees.len(), n_trees);
            assert!(trees.iter().all(|tree| tree.nodes.len() == n_nodes));
        }
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_line() {
        // A text of the toy cascade, its replacement, and the error.
        let cases = [
            ("BOOST", "BOOS", "line 3 of the cascade: expected BOOST, got BOOS"),
            (">HAAR", ">LBP", "line 4 of the cascade: expected HAAR, got LBP"),
            ("<width>4", "<width>2", "line 6 of the cascade: expected a window of 3 to 256 pixels, got 2"),
            ("<width>4", "<width>1e9", "line 6 of the cascade: expected a window of 3 to 256 pixels, got 1000000000"),
            ("<width>4", "<width>many", "line 6 of the cascade: expected a number, got many"),
            ("<width>4", "<width>4 4", "line 6 of the cascade: expected one number, got 4 4"),
            ("height", "h", "line 3 of the cascade: expected <height>, got none"),
            (
                "0 -1 0 1.0",
                "0 -1 1 1.0",
                "line 13 of the cascade: expected branches, leaves and features that exist, got 0 -1 1 1.0",
            ),
            (
                "0 -1 0 1.0",
                "0 -2 0 1.0",
                "line 13 of the cascade: expected branches, leaves and features that exist, got 0 -2 0 1.0",
            ),
            (
                "0 -1 0 1.0",
                "0 1 0 1.0",
                "line 13 of the cascade: expected branches, leaves and features that exist, got 0 1 0 1.0",
            ),
            (
                "0 -1 0 1.0",
                "0 -1 0",
                "line 13 of the cascade: expected left, right, feature and threshold of each node, got 0 -1 0",
            ),
            ("0. 1.", "0. nan", "line 14 of the cascade: expected a number, got nan"),
            ("0.5", "1e60", "line 10 of the cascade: expected a number, got 1e60"),
            (
                "2 0 2 4 2.",
                "2 0 3 4 2.",
                "line 19 of the cascade: expected a rectangle inside 4×4 pixels, got 2 0 3 4 2.",
            ),
            ("2 0 2 4 2.", "2 0 2 4", "line 19 of the cascade: expected x, y, width, height and weight, got 2 0 2 4"),
            ("<_>2 0 2 4 2.</_>", "", "line 17 of the cascade: expected two or three rectangles, got 1"),
            (
                "</rects>",
                "</rects><tilted>1</tilted>",
                "line 16 of the cascade: expected an upright feature, got a tilted one",
            ),
        ];
        for (from, to, expected) in cases {
            assert!(TOY.contains(from), "{from}");
            let error = read(&TOY.replace(from, to)).expect_err(to);
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_xml_is_an_error_and_not_a_crash() {
        let bomb = r#"<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>"#;
        let nested = "<a>".repeat(100_000);
        for text in ["", "no XML", "<a/>", "<opencv_storage><cascade/></opencv_storage>", bomb, &nested] {
            assert!(read(text).is_err(), "{}", &text[..text.len().min(60)]);
        }
        let end = TOY.trim_end().len();
        assert!((0..end).all(|len| read(&TOY[..len]).is_err()));
    }
}
