//! Both networks as lists of steps, read off MediaPipe's `face_detection_{short,full}_range.tflite`.

use super::BlazeRange;

/// A step from maps to maps. Convolutions keep the size at stride 1 and halve it at stride 2, as TensorFlow's `SAME`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Convolution of stride 2 and ReLU.
    Stem {
        /// Side of the filters.
        kernel: usize,
        /// Channels that come out.
        n_out: usize,
    },
    /// For each width a depthwise 3×3 and a pointwise convolution to that many channels, with ReLU between; then the
    /// input is added, with zeros for channels that it lacks, and ReLU. The first convolution has the stride; at 2 the
    /// greatest of each 2×2 pixels of the input is added.
    Block {
        /// Channels after each pointwise convolution.
        widths: &'static [usize],
        /// 1 or 2.
        stride: usize,
    },
    /// Keeps the maps for later.
    Keep,
    /// Pointwise convolution and ReLU.
    Point {
        /// Channels that come out.
        n_out: usize,
    },
    /// Pointwise convolution and ReLU of the maps that were kept last, which are kept no longer; the maps, twice as
    /// large by bilinear interpolation, are added.
    Merge {
        /// Channels that come out, which are those of the maps.
        n_out: usize,
    },
}

/// Pointwise convolutions that give scores and boxes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// Side of the maps that it reads, pixels.
    pub(super) side: usize,
    /// Anchors of a pixel.
    pub(super) n_anchors: usize,
}

/// A network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Side of the input, pixels.
    pub(super) side: usize,
    pub(super) steps: &'static [Step],
    /// One for each of the maps that are kept at the end, and one for the last maps.
    pub(super) heads: &'static [Head],
}

const fn same(widths: &'static [usize]) -> Step {
    Step::Block { widths, stride: 1 }
}

const fn halving(widths: &'static [usize]) -> Step {
    Step::Block { widths, stride: 2 }
}

const SHORT: Layout = Layout {
    side: 128,
    steps: &[
        Step::Stem { kernel: 5, n_out: 24 },
        same(&[24]),
        same(&[28]),
        halving(&[32]),
        same(&[36]),
        same(&[42]),
        halving(&[48]),
        same(&[56]),
        same(&[64]),
        same(&[72]),
        same(&[80]),
        same(&[88]),
        Step::Keep,
        halving(&[96]),
        same(&[96]),
        same(&[96]),
        same(&[96]),
        same(&[96]),
    ],
    heads: &[Head { side: 16, n_anchors: 2 }, Head { side: 8, n_anchors: 6 }],
};

const FULL: Layout = Layout {
    side: 192,
    steps: &[
        Step::Stem { kernel: 3, n_out: 32 },
        same(&[8, 32]),
        same(&[8, 32]),
        halving(&[12, 48]),
        same(&[12, 48]),
        same(&[16, 64]),
        Step::Keep,
        halving(&[24, 96]),
        same(&[32, 128]),
        same(&[32, 128]),
        Step::Keep,
        halving(&[36, 144]),
        same(&[48, 192]),
        same(&[64, 256]),
        Step::Keep,
        halving(&[96, 384]),
        same(&[96, 384]),
        same(&[96, 384]),
        same(&[96, 384]),
        Step::Point { n_out: 96 },
        Step::Merge { n_out: 96 },
        same(&[48, 96]),
        same(&[48, 96]),
        Step::Point { n_out: 64 },
        Step::Merge { n_out: 64 },
        same(&[32, 64]),
        same(&[32, 64]),
        Step::Point { n_out: 48 },
        Step::Merge { n_out: 48 },
        same(&[24, 48]),
    ],
    heads: &[Head { side: 48, n_anchors: 1 }],
};

impl BlazeRange {
    pub(super) fn layout(self) -> &'static Layout {
        match self {
            Self::Short => &SHORT,
            Self::Full => &FULL,
        }
    }
}

impl Layout {
    /// Shape of each weight in the order of the graph: `[out, height, width, in]`, a depthwise one `[height, width,
    /// channels]`. Scores of all heads come before boxes.
    pub(super) fn shapes(&self) -> Vec<Vec<usize>> {
        let (mut shapes, mut kept, mut channels) = (vec![], vec![], 3);
        let point = |n_in: usize, n_out: usize| vec![n_out, 1, 1, n_in];
        for &step in self.steps {
            match step {
                Step::Stem { kernel, n_out } => {
                    shapes.push(vec![n_out, kernel, kernel, channels]);
                    channels = n_out;
                }
                Step::Block { widths, .. } => {
                    for &n_out in widths {
                        shapes.extend([vec![3, 3, channels], point(channels, n_out)]);
                        channels = n_out;
                    }
                }
                Step::Keep => kept.push(channels),
                Step::Point { n_out } => {
                    shapes.push(point(channels, n_out));
                    channels = n_out;
                }
                Step::Merge { n_out } => shapes.push(point(kept.pop().expect("maps were kept"), n_out)),
            }
        }
        kept.push(channels);
        for numbers in [1, super::RawFaces::N_NUMBERS] {
            shapes.extend(self.heads.iter().zip(&kept).map(|(head, &n_in)| point(n_in, head.n_anchors * numbers)));
        }
        shapes
    }
}
