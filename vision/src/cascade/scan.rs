//! The window over a layer (`CascadeClassifierInvoker`, `CascadeClassifierImpl::runAt`).

use wide::f32x4;

use super::evaluate::Evaluator;
use super::integral::{Integral, Layout};
use super::lanes::{LANES, LaneStage, Verdict};
use super::model::Model;
use crate::GreyView;

/// Windows that are evaluated together: two vectors.
const BLOCK: usize = 2 * LANES;
/// The windows of a block's first vector, in a bit for each window of the block.
const FIRST_HALF: u8 = (1 << LANES) - 1;

/// A cascade, made ready for layers of some width and step.
pub(super) struct Scanner<'a> {
    model: &'a Model,
    layout: Layout,
    evaluator: Evaluator<'a>,
    /// One for each stage; `None` if its windows have to be evaluated one at a time.
    lane_stages: Vec<Option<LaneStage>>,
}

/// Windows that follow each other in a row. A bit of a mask stands for a window, the first lowest.
struct Block<'a> {
    /// Integral values from the top-left of the first window on.
    windows: &'a [i32],
    contrast_factors: [f32; BLOCK],
    /// Windows that have contrast.
    candidates: u8,
}

impl<'a> Scanner<'a> {
    /// For layers up to `max_width` wide.
    pub(super) fn new(model: &'a Model, max_width: usize, step: usize) -> Self {
        let layout = Layout::new(max_width, step);
        let evaluator = Evaluator::new(model, layout);
        let lane_stages = model.stages.iter().map(|stage| LaneStage::new(stage, &evaluator)).collect();
        Self { model, layout, evaluator, lane_stages }
    }

    /// Distance from one window to the next, pixels.
    pub(super) fn step(&self) -> usize {
        self.layout.step()
    }

    /// Tell `found` the top-left of every window of `layer` that passes all stages, row by row.
    pub(super) fn scan(&self, layer: GreyView<'_>, mut found: impl FnMut(usize, usize)) {
        let (Some(max_x), Some(max_y)) =
            (layer.width().checked_sub(self.model.width), layer.height().checked_sub(self.model.height))
        else {
            return;
        };
        let integral = Integral::new(layer, self.layout, BLOCK);
        for y in (0..=max_y).step_by(self.step()) {
            self.scan_row(&integral, y, max_x / self.step() + 1, |idx| found(idx * self.step(), y));
        }
    }

    /// Tell `found` which of the `n_windows` windows of row `y` pass.
    fn scan_row(&self, integral: &Integral, y: usize, n_windows: usize, mut found: impl FnMut(usize)) {
        let mut skips_next = false;
        for first in (0..n_windows).step_by(BLOCK) {
            let block = self.block(integral, self.layout.index(0, y) + first, BLOCK.min(n_windows - first));
            let passed = self.pass(&block, 0, block.candidates);
            let rejected = block.candidates & !passed;
            let visited = visited(rejected, &mut skips_next);
            let mut alive = passed & visited;
            for stage_idx in 1..self.model.stages.len() {
                if alive == 0 {
                    break;
                }
                alive = self.pass(&block, stage_idx, alive);
            }
            (0..BLOCK).filter(|lane| alive >> lane & 1 == 1).for_each(|lane| found(first + lane));
        }
    }

    /// The `n_windows` windows from index `start` on.
    fn block<'b>(&self, integral: &'b Integral, start: usize, n_windows: usize) -> Block<'b> {
        let mut block = Block { windows: &integral.sums[start..], contrast_factors: [1.0; BLOCK], candidates: 0 };
        for (lane, contrast_factor) in block.contrast_factors[..n_windows].iter_mut().enumerate() {
            if let Some(factor) = self.evaluator.contrast_factor(integral, start + lane) {
                *contrast_factor = factor;
                block.candidates |= 1 << lane;
            }
        }
        block
    }

    /// The windows among `alive` that pass a stage.
    fn pass(&self, block: &Block, stage_idx: usize, alive: u8) -> u8 {
        let Verdict { passed, unsure } = match &self.lane_stages[stage_idx] {
            Some(stage) => block.decide(stage, alive),
            None => Verdict { passed: 0, unsure: alive },
        };
        let is_exactly =
            |lane: usize| self.evaluator.passes(stage_idx, &block.windows[lane..], block.contrast_factors[lane]);
        let unsure_lanes = (0..BLOCK).filter(|lane| (unsure & alive) >> lane & 1 == 1);
        unsure_lanes.fold(passed & alive, |passed, lane| passed | u8::from(is_exactly(lane)) << lane)
    }
}

impl Block<'_> {
    /// The verdict on the windows `alive`; a half in which none is alive is spared.
    fn decide(&self, stage: &LaneStage, alive: u8) -> Verdict {
        let (vectors, _) = self.contrast_factors.as_chunks::<LANES>();
        let [first, second] = [f32x4::new(vectors[0]), f32x4::new(vectors[1])];
        match (alive & FIRST_HALF, alive & !FIRST_HALF) {
            (0, 0) => Verdict { passed: 0, unsure: 0 },
            (_, 0) => stage.decide(self.windows, [first]),
            (0, _) => {
                let Verdict { passed, unsure } = stage.decide(&self.windows[LANES..], [second]);
                Verdict { passed: passed << LANES, unsure: unsure << LANES }
            }
            _ => stage.decide(self.windows, [first, second]),
        }
    }
}

/// The windows of a block that OpenCV looks at: when the first stage rejects one, the next is left out. A window
/// without contrast is not rejected by a stage, so its neighbour is looked at.
fn visited(rejected: u8, skips_next: &mut bool) -> u8 {
    (0..BLOCK).fold(0, |visited, lane| {
        let is_visited = !*skips_next;
        *skips_next = is_visited && rejected >> lane & 1 == 1;
        visited | u8::from(is_visited) << lane
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_after_a_rejected_one_is_left_out() {
        // Rejected, left over from the block before; visited, left over for the next block.
        let cases = [
            (0b0000_0000, false, 0b1111_1111, false),
            (0b0000_0001, false, 0b1111_1101, false),
            (0b1111_1111, false, 0b0101_0101, false),
            (0b1111_1111, true, 0b1010_1010, true),
            (0b1000_0000, false, 0b1111_1111, true),
            (0b0000_0110, false, 0b1111_1011, false),
        ];
        for (rejected, before, expected, after) in cases {
            let mut skips_next = before;
            assert_eq!(visited(rejected, &mut skips_next), expected, "{rejected:08b}");
            assert_eq!(skips_next, after, "{rejected:08b}");
        }
    }
}
