//! What the supervisor wants done: data, so that its decisions are tested without a browser.

use std::rc::Rc;

use model_core::{Architecture, DeviceKind, ModelCard};

use super::{Checked, paces::Benchmarks};
use crate::{
    asset::Asset,
    detector::{DetectorKind, DetectorStatus},
    problem::Problem,
    protocol::{GreyBytes, InspectRequest},
    web::fetch::Freshness,
};

/// One thing to do. `P` is a photo, `F` a frame.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect<P, F> {
    /// Fetch something; the supervisor hears of it by `fetched`.
    Fetch(Asset, Freshness),
    /// Find a graphics adapter; the supervisor hears of it by `found_adapter`.
    FindAdapter,
    /// Start the worker, whose program is here.
    Launch(DeviceKind),
    /// End the worker.
    Stop(DeviceKind),
    /// Ask the worker.
    Ask(DeviceKind, Ask<P, F>),
    /// Keep for the next visit.
    Remember(Benchmarks),
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
    Look(InspectRequest),
    Test(Rc<[GreyBytes]>),
}

/// What the page is told; the variants are those of [`super::EngineEvent`].
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    Ready { device: DeviceKind, why: Option<String>, card: Box<ModelCard> },
    Notice(String),
    Stopped,
    Wished(Architecture),
    WishedDetector(DetectorKind),
    DetectorStatus(DetectorStatus),
    Held(Architecture),
    NotHeld(Architecture, Problem),
    Failed(Problem),
    PhotoFailed(Problem),
    Checked(Result<Checked, Problem>),
}
