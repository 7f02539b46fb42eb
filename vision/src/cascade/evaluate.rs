//! One window, exactly as OpenCV counts: order and precision of every sum decide which windows pass.

use super::integral::{Integral, Layout};
use super::model::{Branch, Feature, Model, Stage, Tree, WeightedRect};

/// A cascade with its look-ups resolved for a layout of integral images.
pub(super) struct Evaluator<'a> {
    stages: &'a [Stage],
    /// One for each feature of the model.
    pub(super) features: Vec<[WeightedBox; 3]>,
    normalizer: WeightedBox,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(model: &'a Model, layout: Layout) -> Self {
        let resolve = |feature: &Feature| feature.rects.map(|rect| WeightedBox::new(rect, layout));
        // The border of the window does not count (`HaarEvaluator::setImage`: `normrect`); its weight is the area.
        let (width, height) = (model.width - 2, model.height - 2);
        let inner = WeightedRect { x: 1, y: 1, width, height, weight: (width * height) as f32 };
        Self {
            stages: &model.stages,
            features: model.features.iter().map(resolve).collect(),
            normalizer: WeightedBox::new(inner, layout),
        }
    }

    /// Factor by which features of the window at `start` are normalised for contrast: the inverse of the standard
    /// deviation of its grey values, over its area. `None` if it has too little contrast to be looked at
    /// (`HaarEvaluator::setWindow`).
    pub(super) fn contrast_factor(&self, integral: &Integral, start: usize) -> Option<f32> {
        const MAX_FACTOR_AREA: f64 = 0.1;
        let area = f64::from(self.normalizer.weight);
        let sum = f64::from(self.normalizer.sum(&integral.sums[start..]));
        let square_sum = f64::from(self.normalizer.sum_squares(&integral.squares[start..]));
        let variance = area * square_sum - sum * sum;
        if variance <= 0.0 {
            return None;
        }
        let factor = (1.0 / variance.sqrt()) as f32;
        (area * f64::from(factor) < MAX_FACTOR_AREA).then_some(factor)
    }

    /// Whether a window passes a stage (`predictOrdered`). `window` are the sums from its top-left on.
    pub(super) fn passes(&self, stage_idx: usize, window: &[i32], contrast_factor: f32) -> bool {
        let stage = &self.stages[stage_idx];
        let leaves = stage.trees.iter().map(|tree| f64::from(self.walk(tree, window, contrast_factor)));
        // Not `sum()`, which starts from -0.0.
        leaves.fold(0.0, |sum, leaf| sum + leaf) >= f64::from(stage.threshold)
    }

    /// The value of the leaf that a window reaches.
    fn walk(&self, tree: &Tree, window: &[i32], contrast_factor: f32) -> f32 {
        let mut node = &tree.nodes[0];
        loop {
            let value = feature_value(&self.features[node.feature_idx], window) * contrast_factor;
            match if value < node.threshold { node.left } else { node.right } {
                Branch::Node(node_idx) => node = &tree.nodes[node_idx],
                Branch::Leaf(leaf_idx) => return tree.leaves[leaf_idx],
            }
        }
    }
}

/// In f32, from the first rectangle to the last (`HaarEvaluator::OptFeature::calc`).
fn feature_value(boxes: &[WeightedBox; 3], window: &[i32]) -> f32 {
    let [first, second, third] = boxes;
    let value = first.weighted_sum(window) + second.weighted_sum(window);
    if third.weight == 0.0 { value } else { value + third.weighted_sum(window) }
}

/// A rectangle of a feature: where its corners lie from the window's top-left on.
#[derive(Clone, Copy, Debug)]
pub(super) struct WeightedBox {
    /// Top-left, top-right, bottom-left, bottom-right.
    pub(super) corners: [usize; 4],
    pub(super) weight: f32,
}

impl WeightedBox {
    fn new(rect: WeightedRect, layout: Layout) -> Self {
        let WeightedRect { x, y, width, height, weight } = rect;
        let corners = [(x, y), (x + width, y), (x, y + height), (x + width, y + height)];
        Self { corners: corners.map(|(x, y)| layout.index(x, y)), weight }
    }

    fn weighted_sum(&self, window: &[i32]) -> f32 {
        self.weight * self.sum(window) as f32
    }

    fn sum(&self, window: &[i32]) -> i32 {
        let [a, b, c, d] = self.corners.map(|corner| window[corner]);
        a.wrapping_sub(b).wrapping_sub(c).wrapping_add(d)
    }

    fn sum_squares(&self, window: &[u32]) -> u32 {
        let [a, b, c, d] = self.corners.map(|corner| window[corner]);
        a.wrapping_sub(b).wrapping_sub(c).wrapping_add(d)
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Node;
    use super::*;
    use crate::GreyView;

    const LAYOUT_WIDTH: usize = 4;

    fn integral(pixels: &[u8; 16]) -> Integral {
        let image = GreyView::new(4, 4, pixels).expect("4×4 pixels");
        Integral::new(image, Layout::new(LAYOUT_WIDTH, 1), 0)
    }

    /// Right half of a 4×4 window less its left half, and the whole window.
    fn model(trees: Vec<Tree>, threshold: f32) -> Model {
        let whole = WeightedRect { x: 0, y: 0, width: 4, height: 4, weight: -1.0 };
        let right = WeightedRect { x: 2, y: 0, width: 2, height: 4, weight: 2.0 };
        let all = WeightedRect { weight: 1.0, ..whole };
        let features =
            [[whole, right, WeightedRect::default()], [all, WeightedRect::default(), WeightedRect::default()]];
        let stages = vec![Stage { threshold, trees }];
        Model { width: 4, height: 4, stages, features: features.map(|rects| Feature { rects }).to_vec() }
    }

    #[test]
    fn contrast_is_the_deviation_inside_the_border() {
        // Inner 2×2 pixels; expected √(4·Σp² − (Σp)²), of which the factor is the inverse.
        let cases = [
            ([0, 0, 0, 0], None),
            ([7, 7, 7, 7], None),
            ([0, 255, 0, 255], Some(510.0)),
            ([10, 20, 30, 40], Some(2000.0f64.sqrt())),
            ([100, 100, 100, 101], None),
        ];
        let model = model(vec![], 0.0);
        let evaluator = Evaluator::new(&model, Layout::new(LAYOUT_WIDTH, 1));
        for (inner, expected) in cases {
            let mut pixels = [99; 16];
            [pixels[5], pixels[6], pixels[9], pixels[10]] = inner;
            let actual = evaluator.contrast_factor(&integral(&pixels), 0);
            assert_eq!(actual, expected.map(|deviation| (1.0 / deviation) as f32), "{inner:?}");
        }
    }

    #[test]
    fn a_walk_ends_at_the_leaf_that_the_features_lead_to() {
        let root = Node { feature_idx: 0, threshold: 0.0, left: Branch::Leaf(0), right: Branch::Node(1) };
        let child = Node { feature_idx: 1, threshold: 8.0, left: Branch::Leaf(1), right: Branch::Leaf(2) };
        let tree = Tree { nodes: vec![root, child], leaves: vec![1.0, 2.0, 3.0] };
        // Grey values of the left and the right half; the leaf. The threshold itself belongs to the right.
        for (left, right, expected) in [(2, 1, 1.0f32), (0, 0, 2.0), (0, 1, 3.0), (1, 9, 3.0)] {
            let pixels = std::array::from_fn(|idx| if idx % 4 < 2 { left } else { right });
            let integral = integral(&pixels);
            for (threshold, passes) in [(expected, true), (expected.next_up(), false)] {
                let model = model(vec![tree.clone()], threshold);
                let evaluator = Evaluator::new(&model, Layout::new(LAYOUT_WIDTH, 1));
                assert_eq!(evaluator.passes(0, &integral.sums, 1.0), passes, "{left} {right}");
            }
        }
    }
}
