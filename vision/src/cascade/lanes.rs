//! Up to eight windows at once through a stage.
//!
//! Windows that follow each other in a scan read, for every corner of a feature, integral values that follow each
//! other: a lane is a window. Each lane computes its features in the order and precision of [`super::evaluate`]; only
//! the leaves are added up in f32 where OpenCV takes f64. A lane whose sum is so near to the threshold that this could
//! matter is reported as unsure, to be evaluated exactly. It costs a quarter less than f64, and no window is decided
//! otherwise.

use wide::{f32x4, i32x4};

use super::evaluate::{Evaluator, WeightedBox};
use super::model::{Branch, Node, Stage, Tree};

/// Windows in a vector.
pub(super) const LANES: usize = 4;
/// Nodes of the largest tree that lanes walk. OpenCV's face cascades have one or two.
const MAX_NODES: usize = 4;

/// Result of a stage for some windows; a bit for each, the first window lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Windows that pass.
    pub(super) passed: u8,
    /// Windows whose sum is within the rounding error of the threshold.
    pub(super) unsure: u8,
}

/// A stage of small trees.
pub(super) struct LaneStage {
    /// Trees of one node, which most cascades have and which are quickest apart.
    stumps: Vec<Stump>,
    /// The other trees, each from its last node to its root: a lane cannot branch, so all nodes are looked at, and each
    /// picks one of what its two branches picked.
    nodes: Vec<LaneNode>,
    /// Sums below this fail for sure.
    lower: f32,
    /// Sums from this on pass for sure.
    upper: f32,
}

struct Stump {
    split: Split,
    left: f32,
    right: f32,
}

#[derive(Clone, Copy)]
struct LaneNode {
    split: Split,
    left: Pick,
    right: Pick,
    /// Index in its tree, below [`MAX_NODES`]; 0 is the root.
    node_idx: usize,
}

#[derive(Clone, Copy)]
enum Pick {
    Leaf(f32),
    /// The value that the node of this index picked.
    Node(usize),
}

/// Whether a feature is below a threshold.
#[derive(Clone, Copy)]
struct Split {
    boxes: [WeightedBox; 3],
    threshold: f32,
}

impl LaneStage {
    /// `stage` for lanes; `None` if it has too large a tree.
    pub(super) fn new(stage: &Stage, evaluator: &Evaluator) -> Option<Self> {
        let (mut stumps, mut nodes) = (Vec::new(), Vec::new());
        for tree in &stage.trees {
            match lane_nodes(tree, evaluator)[..] {
                [LaneNode { split, left: Pick::Leaf(left), right: Pick::Leaf(right), .. }] => {
                    stumps.push(Stump { split, left, right });
                }
                ref tree_nodes if tree_nodes.len() <= MAX_NODES => nodes.extend_from_slice(tree_nodes),
                _ => return None,
            }
        }
        let error = sum_error(&stage.trees);
        let lower = (f64::from(stage.threshold) - error) as f32;
        let upper = (f64::from(stage.threshold) + error) as f32;
        Some(Self { stumps, nodes, lower: lower.next_down(), upper: upper.next_up() })
    }

    /// Which of `N * LANES` windows pass. `windows` are the sums from the top-left of the first on.
    pub(super) fn decide<const N: usize>(&self, windows: &[i32], contrast_factors: [f32x4; N]) -> Verdict {
        let mut sums = [f32x4::ZERO; N];
        for stump in &self.stumps {
            let is_below = stump.split.is_below(windows, contrast_factors);
            let [left, right] = [stump.left, stump.right].map(f32x4::splat);
            sums = std::array::from_fn(|idx| sums[idx] + is_below[idx].bitselect(left, right));
        }
        let mut picked = [[f32x4::ZERO; N]; MAX_NODES];
        for node in &self.nodes {
            let is_below = node.split.is_below(windows, contrast_factors);
            let [left, right] = [node.left, node.right].map(|pick| match pick {
                Pick::Leaf(leaf) => [f32x4::splat(leaf); N],
                Pick::Node(node_idx) => picked[node_idx],
            });
            let chosen: [f32x4; N] = std::array::from_fn(|idx| is_below[idx].bitselect(left[idx], right[idx]));
            picked[node.node_idx] = chosen;
            if node.node_idx == 0 {
                sums = std::array::from_fn(|idx| sums[idx] + chosen[idx]);
            }
        }
        let passed = bits(sums.map(|sum| sum.simd_ge(self.upper)));
        let undecided = bits(sums.map(|sum| sum.simd_ge(self.lower)));
        Verdict { passed, unsure: undecided & !passed }
    }
}

/// The nodes of `tree` from the last to the root, so that every node comes after its branches.
fn lane_nodes(tree: &Tree, evaluator: &Evaluator) -> Vec<LaneNode> {
    let pick = |branch: Branch| match branch {
        Branch::Leaf(leaf_idx) => Pick::Leaf(tree.leaves[leaf_idx]),
        Branch::Node(node_idx) => Pick::Node(node_idx),
    };
    let lane_node = |(node_idx, node): (usize, &Node)| LaneNode {
        split: Split { boxes: evaluator.features[node.feature_idx], threshold: node.threshold },
        left: pick(node.left),
        right: pick(node.right),
        node_idx,
    };
    tree.nodes.iter().enumerate().rev().map(lane_node).collect()
}

/// How far the sum of leaves in f32 can be from that in f64, whatever the leaves.
///
/// N. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., (4.4): at most (n − 1)·u/(1 − (n − 1)·u) times
/// the sum of the absolute values, u = 2⁻²⁴. `n` in place of `n − 1` leaves more than room for the error in f64.
fn sum_error(trees: &[Tree]) -> f64 {
    let largest = |tree: &Tree| tree.leaves.iter().fold(0.0f64, |largest, leaf| largest.max(f64::from(leaf.abs())));
    let unit = trees.len() as f64 * f64::from(f32::EPSILON) / 2.0;
    unit / (1.0 - unit) * trees.iter().map(largest).sum::<f64>()
}

impl Split {
    /// The answer for each window, as a mask.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call passes vectors through memory: the whole scan takes 40 % longer")]
    fn is_below<const N: usize>(&self, windows: &[i32], contrast_factors: [f32x4; N]) -> [f32x4; N] {
        let [first, second, third] = &self.boxes;
        let (a, b) = (weighted_sums::<N>(first, windows), weighted_sums::<N>(second, windows));
        let mut values: [f32x4; N] = std::array::from_fn(|idx| a[idx] + b[idx]);
        if third.weight != 0.0 {
            let c = weighted_sums::<N>(third, windows);
            values = std::array::from_fn(|idx| values[idx] + c[idx]);
        }
        std::array::from_fn(|idx| (values[idx] * contrast_factors[idx]).simd_lt(self.threshold))
    }
}

#[inline]
fn weighted_sums<const N: usize>(weighted: &WeightedBox, windows: &[i32]) -> [f32x4; N] {
    let [a, b, c, d] = weighted.corners.map(|corner| load::<N>(windows, corner));
    let weight = f32x4::splat(weighted.weight);
    std::array::from_fn(|idx| weight * f32x4::from_i32x4(a[idx] - b[idx] - c[idx] + d[idx]))
}

#[inline]
fn load<const N: usize>(windows: &[i32], corner: usize) -> [i32x4; N] {
    let values = &windows[corner..][..N * LANES];
    let (vectors, _) = values.as_chunks::<LANES>();
    std::array::from_fn(|idx| i32x4::new(vectors[idx]))
}

/// The lanes that are set, the first vector lowest.
fn bits<const N: usize>(masks: [f32x4; N]) -> u8 {
    masks.iter().rev().fold(0, |bits, mask| bits << LANES | mask.to_bitmask() as u8)
}

#[cfg(test)]
mod tests {
    use super::super::integral::{Integral, Layout};
    use super::super::model::Model;
    use super::super::xml;
    use super::*;
    use crate::GreyView;

    const WIDTH: usize = 64;
    const HEIGHT: usize = 30;

    /// Blobs and noise, from a linear congruential generator (Knuth's MMIX constants).
    fn noise() -> Vec<u8> {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 58) as usize
        };
        (0..WIDTH * HEIGHT).map(|idx| ((idx / 7 % 9 + idx / WIDTH / 5 % 4) * 15 + next()) as u8).collect()
    }

    #[test]
    fn lanes_decide_as_one_window_does() {
        let stumps = include_str!("../../cascades/haarcascade_frontalface_default.xml");
        let trees = include_str!("../../cascades/haarcascade_frontalface_alt2.xml");
        // Stage thresholds are multiplied by `ease`, so that noise passes now and then.
        for (xml, ease, step) in [(stumps, 2.0, 1), (stumps, 2.0, 2), (trees, 1.0, 1), (trees, 1.0, 2)] {
            let mut model = xml::read(xml).expect("a cascade");
            model.stages.iter_mut().for_each(|stage| stage.threshold *= ease);
            let (n_passed, n_failed) = compare(&model, step);
            assert!(n_passed > 5 && n_failed > 5, "{n_passed} passed, {n_failed} failed: that says little");
        }
    }

    /// Compare the verdicts of all stages on the first eight windows of a picture; how many were sure.
    fn compare(model: &Model, step: usize) -> (usize, usize) {
        let layout = Layout::new(WIDTH, step);
        let evaluator = Evaluator::new(model, layout);
        let integral = Integral::new(GreyView::new(WIDTH, HEIGHT, &noise()).expect("a picture"), layout, 8);
        let factors: [f32; 8] =
            std::array::from_fn(|lane| evaluator.contrast_factor(&integral, lane).expect("contrast"));
        let (vectors, _) = factors.as_chunks::<LANES>();
        let (mut n_passed, mut n_failed) = (0, 0);
        for (stage_idx, stage) in model.stages.iter().enumerate() {
            let stage = LaneStage::new(stage, &evaluator).expect("a stage of small trees");
            let verdict = stage.decide(&integral.sums, [f32x4::new(vectors[0]), f32x4::new(vectors[1])]);
            for lane in (0..8).filter(|lane| verdict.unsure >> lane & 1 == 0) {
                let exactly = evaluator.passes(stage_idx, &integral.sums[lane..], factors[lane]);
                assert_eq!(verdict.passed >> lane & 1 == 1, exactly, "stage {stage_idx}, lane {lane}, step {step}");
                *if exactly { &mut n_passed } else { &mut n_failed } += 1;
            }
        }
        (n_passed, n_failed)
    }

    #[test]
    fn a_sum_at_the_threshold_is_left_to_the_exact_path() {
        let node = Node { feature_idx: 0, threshold: f32::MAX, left: Branch::Leaf(0), right: Branch::Leaf(0) };
        let tree = Tree { nodes: vec![node], leaves: vec![0.1] };
        let features = xml::read(include_str!("../../tests/data/toy_cascade.xml")).expect("a cascade").features;
        let n_trees = 10;
        // Threshold less the sum of ten leaves of 0.1.
        for (offset, passed, unsure) in [(0.0, 0, 0b1111), (-1e-3, 0b1111, 0), (1e-3, 0, 0)] {
            let threshold = (f64::from(0.1f32) * f64::from(n_trees) + offset) as f32;
            let stages = vec![Stage { threshold, trees: vec![tree.clone(); n_trees as usize] }];
            let model = Model { width: 4, height: 4, stages, features: features.clone() };
            let evaluator = Evaluator::new(&model, Layout::new(8, 1));
            let stage = LaneStage::new(&model.stages[0], &evaluator).expect("a stage of small trees");
            assert_eq!(stage.decide(&[0; 99], [f32x4::ONE]), Verdict { passed, unsure }, "{offset}");
        }
    }
}
