//! A trained cascade as data: what the XML file says, checked.

/// A boosted cascade of trees over Haar-like features.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// Width of the window the cascade was trained on, pixels.
    pub(super) width: usize,
    /// Height of that window, pixels.
    pub(super) height: usize,
    /// Each rejects most of what is no face; a face passes them all.
    pub(super) stages: Vec<Stage>,
    /// The features that nodes compare. Every rectangle lies inside the window.
    pub(super) features: Vec<Feature>,
}

/// Passed if the leaves that a window reaches add up to `threshold`.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) threshold: f32,
    pub(super) trees: Vec<Tree>,
}

/// A decision tree; `nodes[0]` is its root. A stump is one node and two leaves.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) leaves: Vec<f32>,
}

/// Goes `left` if the feature is below `threshold`, else `right`.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Index into [`Model::features`].
    pub(super) feature_idx: usize,
    pub(super) threshold: f32,
    pub(super) left: Branch,
    pub(super) right: Branch,
}

/// Where a node leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Branch {
    /// Index into [`Tree::nodes`], greater than that of the node it hangs from: every walk ends.
    Node(usize),
    /// Index into [`Tree::leaves`].
    Leaf(usize),
}

/// Weighted sum of the grey values in two or three rectangles; with two, the third has weight 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Feature {
    pub(super) rects: [WeightedRect; 3],
}

/// A rectangle of a feature, in pixels of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct WeightedRect {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) weight: f32,
}
