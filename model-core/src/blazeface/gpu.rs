//! The networks on WebGPU, by the kernels of [`crate::gpu`]: one dispatch for a depthwise and a pointwise convolution with
//! the maps that are added to them, and one read-back for a batch.

use super::{
    RawFaces,
    filters::Filter,
    layout::{Layout, Step},
};
use crate::{
    ClassifyError,
    gpu::{Convolution, Geometry, Gpu, Maps, Outputs, Separable, Skip, Weights},
};

/// Numbers of an anchor as they are computed: a box, then its score.
const N_NUMBERS: usize = RawFaces::N_NUMBERS + 1;
/// Pictures in one run: maps between two layers then take 75 MB at most, below the 128 MiB that every browser grants.
const MAX_PICTURES: usize = 64;

/// A network whose weights are on the GPU.
#[derive(Debug)]
pub(super) struct GpuNetwork {
    gpu: Gpu,
    side: usize,
    stem: Convolution,
    steps: Vec<GpuStep>,
    heads: Vec<Head>,
}

#[derive(Debug)]
enum GpuStep {
    Block { pairs: Vec<Separable>, halves: bool },
    Keep,
    Point(Separable),
    Merge(Separable),
}

/// Boxes and scores of the anchors of each pixel.
#[derive(Debug)]
struct Head {
    convolution: Separable,
    n_anchors: usize,
}

impl GpuNetwork {
    /// The network of `layout` with its filters, in its order; `None` if the kernels do not go with its shapes.
    pub(super) fn new(gpu: &Gpu, layout: &Layout, filters: &[Filter]) -> Option<Self> {
        let mut filters = filters.iter();
        let stem = stem(gpu, layout, filters.next()?)?;
        let mut steps = vec![];
        for &step in layout.steps {
            match step {
                Step::Stem { .. } => {}
                Step::Block { widths, stride } => {
                    let strides = std::iter::once(stride).chain(std::iter::repeat(1)).take(widths.len());
                    let pair = |stride| separable(gpu, filters.next(), filters.next()?, stride);
                    steps
                        .push(GpuStep::Block { pairs: strides.map(pair).collect::<Option<_>>()?, halves: stride == 2 });
                }
                Step::Keep => steps.push(GpuStep::Keep),
                Step::Point { .. } => steps.push(GpuStep::Point(separable(gpu, None, filters.next()?, 1)?)),
                Step::Merge { .. } => steps.push(GpuStep::Merge(separable(gpu, None, filters.next()?, 1)?)),
            }
        }
        let filters: Vec<_> = filters.collect(); // scores of all heads, then boxes
        let (scores, boxes) = filters.split_at(layout.heads.len());
        let heads = layout.heads.iter().zip(scores).zip(boxes);
        let heads = heads.map(|((head, scores), boxes)| Head::new(gpu, head.n_anchors, scores, boxes));
        Some(Self { gpu: gpu.clone(), stem, steps, heads: heads.collect::<Option<_>>()?, side: layout.side })
    }

    /// Its numbers for each picture.
    ///
    /// # Shapes
    /// `pictures`: `[n, side, side, 3]`.
    pub(super) async fn run(&self, pictures: &[f32]) -> Result<Vec<RawFaces>, ClassifyError> {
        let mut faces = vec![];
        for pictures in pictures.chunks(MAX_PICTURES * self.side * self.side * 3) {
            let outputs = self.forward(&self.gpu.pictures(pictures, self.side, 3));
            let outputs = self.gpu.read_outputs(&outputs).await?;
            let n = pictures.len() / (self.side * self.side * 3);
            faces.extend((0..n).map(|idx| {
                let mut faces = RawFaces::default();
                for (head, output) in self.heads.iter().zip(&outputs) {
                    let len = output.len() / n;
                    head.split(&output[idx * len..][..len], &mut faces);
                }
                faces
            }));
        }
        Ok(faces)
    }

    /// The outputs of each head.
    fn forward(&self, pictures: &Maps) -> Outputs {
        let gpu = &self.gpu;
        let mut x = self.stem.run(gpu, pictures, None);
        let mut kept = vec![];
        for step in &self.steps {
            x = match step {
                GpuStep::Block { pairs, halves } => block(gpu, &x, pairs, *halves),
                GpuStep::Keep => {
                    kept.push(x.clone());
                    x
                }
                GpuStep::Point(convolution) => convolution.run(gpu, &x, Skip::None),
                GpuStep::Merge(convolution) => {
                    let lateral = kept.pop().expect("maps were kept");
                    convolution.run(gpu, &lateral, Skip::Upsampled(&x))
                }
            };
        }
        kept.push(x);
        Separable::run_all(gpu, self.heads.iter().map(|head| &head.convolution).zip(&kept))
    }
}

fn block(gpu: &Gpu, x: &Maps, pairs: &[Separable], halves: bool) -> Maps {
    let skip = if halves { Skip::Pooled(x) } else { Skip::Same(x) };
    let (last, others) = pairs.split_last().expect("a block has a pair");
    let between =
        others.iter().fold(None, |y: Option<Maps>, pair| Some(pair.run(gpu, y.as_ref().unwrap_or(x), Skip::None)));
    last.run(gpu, between.as_ref().unwrap_or(x), skip)
}

fn stem(gpu: &Gpu, layout: &Layout, filter: &Filter) -> Option<Convolution> {
    let kernel = layout.steps.iter().find_map(|step| match *step {
        Step::Stem { kernel, .. } => Some(kernel),
        _ => None,
    })?;
    let geometry = Geometry { kernel, stride: 2, pools: false, adds: false };
    let n_in = filter.shape[3];
    let at = |tap: usize, input: usize, output: usize| filter.weight[(output * kernel * kernel + tap) * n_in + input];
    Convolution::new(gpu, geometry, layout.side, n_in, &filter.bias, at)
}

fn separable(gpu: &Gpu, depthwise: Option<&Filter>, pointwise: &Filter, stride: usize) -> Option<Separable> {
    let weights = Weights {
        depthwise: depthwise.map(|filter| [filter.weight.clone(), filter.bias.clone()]),
        pointwise: [
            product(pointwise.shape[3], pointwise.bias.len(), |output| (pointwise, output)),
            pointwise.bias.clone(),
        ],
    };
    Separable::new(gpu, &weights, stride, true)
}

/// `[channels in, channels out]` of pointwise filters. `of`: to a channel out the filter and the channel there.
fn product<'a>(n_in: usize, n_out: usize, of: impl Fn(usize) -> (&'a Filter, usize)) -> Vec<f32> {
    let at = |i: usize| {
        let (filter, channel) = of(i % n_out);
        filter.weight[channel * n_in + i / n_out]
    };
    (0..n_in * n_out).map(at).collect()
}

impl Head {
    fn new(gpu: &Gpu, n_anchors: usize, scores: &Filter, boxes: &Filter) -> Option<Self> {
        let n_out = n_anchors * N_NUMBERS;
        let of = |output: usize| match (output / N_NUMBERS, output % N_NUMBERS) {
            (anchor, RawFaces::N_NUMBERS) => (scores, anchor),
            (anchor, number) => (boxes, anchor * RawFaces::N_NUMBERS + number),
        };
        let bias = (0..n_out).map(of).map(|(filter, channel)| filter.bias[channel]).collect();
        let pointwise = [product(scores.shape[3], n_out, of), bias];
        let convolution = Separable::new(gpu, &Weights { depthwise: None, pointwise }, 1, false)?;
        Some(Self { convolution, n_anchors })
    }

    /// Adds the numbers of one picture to `faces`.
    fn split(&self, output: &[f32], faces: &mut RawFaces) {
        let n_numbers = self.n_anchors * N_NUMBERS;
        for pixel in output.chunks_exact(self.convolution.n_out()) {
            for anchor in pixel[..n_numbers].as_chunks::<N_NUMBERS>().0 {
                let [numbers @ .., score] = *anchor;
                faces.boxes.push(numbers);
                faces.scores.push(score);
            }
        }
    }
}
