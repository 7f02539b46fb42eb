//! The networks on the CPU, natively and in wasm, by `cpu_kernels::inference`: several times as fast as by Burn.

use std::sync::{Mutex, PoisonError};

use cpu_kernels::inference::{Depthwise, FeatureMaps, Pointwise, RowBuffers, Skip, Stem};

use super::{
    RawFaces,
    filters::Filter,
    layout::{Layout, Step},
};

/// A network with its weights as they are used.
#[derive(Debug)]
pub(super) struct SimdNetwork {
    stem: Stem,
    steps: Vec<SimdStep>,
    /// Scores and boxes.
    heads: [Vec<Pointwise>; 2],
    /// Room that no call is using.
    scratches: Mutex<Vec<Scratch>>,
}

#[derive(Debug)]
enum SimdStep {
    Block(Vec<(Depthwise, Pointwise)>),
    Keep,
    Point(Pointwise),
    Merge(Pointwise),
}

/// Room for one call.
#[derive(Debug, Default)]
struct Scratch {
    x: FeatureMaps,
    y: FeatureMaps,
    between: FeatureMaps,
    kept: Vec<FeatureMaps>,
    rows: RowBuffers,
}

impl SimdNetwork {
    /// The network of `layout` with its filters, in its order.
    pub(super) fn new(layout: &Layout, filters: &[Filter]) -> Self {
        let mut filters = filters.iter();
        let mut next = || filters.next().expect("`filters::read` gives all of them");
        let (mut stem, mut steps) = (None, vec![]);
        for &step in layout.steps {
            match step {
                Step::Stem { kernel, .. } => stem = Some(stem_of(next(), kernel, layout.side)),
                Step::Block { widths, stride } => {
                    let strides = std::iter::once(stride).chain(std::iter::repeat(1)).take(widths.len());
                    let pair = |stride| (depthwise(next(), stride), pointwise(next()));
                    steps.push(SimdStep::Block(strides.map(pair).collect()));
                }
                Step::Keep => steps.push(SimdStep::Keep),
                Step::Point { .. } => steps.push(SimdStep::Point(pointwise(next()))),
                Step::Merge { .. } => steps.push(SimdStep::Merge(pointwise(next()))),
            }
        }
        let heads = [(); 2].map(|()| layout.heads.iter().map(|_| pointwise(next())).collect());
        Self { stem: stem.expect("a network begins with a stem"), steps, heads, scratches: Mutex::default() }
    }

    /// Numbers of each anchor.
    ///
    /// # Shapes
    /// `picture`: `[side, side, 3]`.
    pub(super) fn run(&self, picture: &[f32]) -> RawFaces {
        let scratches = || self.scratches.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = scratches().pop().unwrap_or_default();
        let faces = self.run_in(&mut scratch, picture);
        scratches().push(scratch);
        faces
    }

    fn run_in(&self, scratch: &mut Scratch, picture: &[f32]) -> RawFaces {
        self.stem.run(picture, &mut scratch.x, &mut scratch.rows);
        self.steps.iter().for_each(|step| step.run(scratch));
        let Scratch { x, kept, rows, .. } = scratch;
        kept.push(std::mem::take(x));
        let [scores, boxes] = self.heads.each_ref().map(|heads| {
            let of_head = |(head, maps): (&Pointwise, &FeatureMaps)| head.values(maps, rows);
            heads.iter().zip(&*kept).flat_map(of_head).collect::<Vec<f32>>()
        });
        *x = kept.pop().unwrap_or_default();
        kept.clear();
        RawFaces { boxes: boxes.as_chunks().0.to_vec(), scores }
    }
}

fn stem_of(filter: &Filter, kernel: usize, side: usize) -> Stem {
    Stem::new(&filter.weight, &filter.bias, kernel, side)
}

fn depthwise(filter: &Filter, stride: usize) -> Depthwise {
    Depthwise::new(&filter.weight, &filter.bias, stride)
}

fn pointwise(filter: &Filter) -> Pointwise {
    Pointwise::new(&filter.weight, &filter.bias)
}

impl SimdStep {
    /// From the maps `x` of `scratch` to them.
    fn run(&self, Scratch { x, y, between, kept, rows }: &mut Scratch) {
        match self {
            Self::Block(pairs) => {
                let [others @ .., (depthwise, pointwise)] = &pairs[..] else { return };
                let skip = if pairs[0].0.stride() == 2 { Skip::Pooled(x) } else { Skip::Same(x) };
                let mut input = &*x;
                if let [(depthwise, pointwise)] = others {
                    depthwise.then(input, pointwise, &Skip::None, between, rows);
                    input = between;
                }
                depthwise.then(input, pointwise, &skip, y, rows);
                std::mem::swap(x, y);
            }
            Self::Keep => kept.push(x.clone()),
            Self::Point(pointwise) => {
                pointwise.run(x, &Skip::None, y, rows);
                std::mem::swap(x, y);
            }
            Self::Merge(pointwise) => {
                let lateral = kept.pop().expect("maps were kept");
                pointwise.run(&lateral, &Skip::Upsampled(x), y, rows);
                std::mem::swap(x, y);
            }
        }
    }
}
