//! What the supervisor wants done: data, so that its decisions are tested without a browser.

use std::rc::Rc;

use model_core::{Architecture, DeviceKind, ModelCard};

use super::{Checked, paces::Paces};
use crate::{
    detector::{Detecting, DetectorKind},
    part::Part,
    problem::Problem,
    protocol::{Levels, Question},
    web::fetch::Freshness,
};

/// One thing to do. `P` is a photo, `F` a frame.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect<P, F> {
    /// Fetch something; the supervisor hears of it by `fetched`.
    Fetch(Part, Freshness),
    /// Find a graphics adapter; the supervisor hears of it by `found_adapter`.
    FindAdapter,
    /// Start the worker, whose program is here.
    Launch(DeviceKind),
    /// End the worker.
    Stop(DeviceKind),
    /// Ask the worker.
    Ask(DeviceKind, Ask<P, F>),
    /// Keep for the next visit.
    Remember(Paces),
    /// Tell the page.
    Say(Word),
}

/// A request with what it needs.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ask<P, F> {
    Open,
    Detector(DetectorKind),
    FullRange,
    Load(Architecture),
    Photo(P),
    Frame(F),
    Hold(Architecture),
    Look(Question),
    Test(Rc<[Levels]>),
}

/// What the page is told; the variants are those of [`super::EngineEvent`].
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    Ready { device: DeviceKind, why: Option<String>, card: Box<ModelCard> },
    Notice(String),
    Stopped,
    Wished(Architecture),
    WishedDetector(DetectorKind),
    Detecting(Detecting),
    Held(Architecture),
    NotHeld(Architecture, Problem),
    Failed(Problem),
    PhotoFailed(Problem),
    Checked(Result<Checked, Problem>),
}
