//! The lives of the two workers: fetch, start, serve, and begin anew or fall back.

use std::{
    cell::RefCell,
    convert::Infallible,
    future::poll_fn,
    mem,
    pin::pin,
    rc::Rc,
    task::{Poll, Waker},
};

use futures_util::future::{Either, select};
use model_core::DeviceKind;

use super::{
    Callbacks, EngineEvent, Loading,
    client::{WorkerClient, WorkerGone},
    gpu::GpuStep,
    host::Host,
    jobs::WorkerDriver,
    state::{Event, State},
};
use crate::{asset::Asset, web::fetch::Freshness};

/// The state, and those who wait for it to change.
pub(super) struct Core<H: Host> {
    pub(super) host: Rc<H>,
    pub(super) callbacks: Callbacks<H::Pixels, H::Frame>,
    pub(super) state: RefCell<State<H>>,
    wakers: RefCell<Vec<Waker>>,
}

impl<H: Host> Core<H> {
    pub(super) fn new(host: Rc<H>, state: State<H>, callbacks: Callbacks<H::Pixels, H::Frame>) -> Self {
        Self { host, callbacks, state: RefCell::new(state), wakers: RefCell::default() }
    }

    /// Change the state, and do what follows.
    pub(super) fn update(self: &Rc<Self>, change: impl FnOnce(&mut State<H>)) {
        let (events, fetches) = {
            let mut state = self.state.borrow_mut();
            change(&mut state);
            let fetches = state.settle();
            (mem::take(&mut state.events), fetches)
        };
        // Not borrowed any more: the page may change something when it is told an event.
        for event in events {
            self.emit(event);
        }
        for (asset, freshness) in fetches {
            self.fetch(asset, freshness);
        }
        self.wakers.take().into_iter().for_each(Waker::wake);
    }

    pub(super) fn emit(&self, event: Event<H>) {
        (self.callbacks.on_event)(event);
    }

    fn fetch(self: &Rc<Self>, asset: Asset, freshness: Freshness) {
        // Nobody is told of it once the engine is dropped.
        let (core, host) = (Rc::downgrade(self), Rc::clone(&self.host));
        self.host.spawn(async move {
            let on_progress = |loaded, total| {
                if let Some(core) = core.upgrade() {
                    core.emit(EngineEvent::Loading(Loading { asset, loaded, total }));
                }
            };
            let files = host.fetch(asset, freshness, on_progress).await;
            if let Some(core) = core.upgrade() {
                core.update(|state| state.on_fetched(asset, files));
            }
        });
    }

    /// Wait until `next` finds something in the state.
    pub(super) async fn until<T>(&self, mut next: impl FnMut(&mut State<H>) -> Option<T>) -> T {
        poll_fn(|context| {
            if let Some(found) = next(&mut self.state.borrow_mut()) {
                return Poll::Ready(found);
            }
            let mut wakers = self.wakers.borrow_mut();
            if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    /// The CPU worker always runs.
    pub(super) async fn run_cpu(self: &Rc<Self>) -> Infallible {
        loop {
            self.until(|state| state.has_program(DeviceKind::Cpu).then_some(())).await;
            let gone = self.live(DeviceKind::Cpu).await;
            self.update(|state| state.on_gone(DeviceKind::Cpu, &gone));
        }
    }

    /// The WebGPU worker runs while it is wanted.
    pub(super) async fn run_gpu(self: &Rc<Self>) -> Infallible {
        loop {
            match self.until(|state| state.gpu_step()).await {
                GpuStep::FindAdapter => {
                    let found = self.host.find_adapter().await;
                    self.update(|state| state.on_adapter(found));
                }
                GpuStep::Start => {
                    let gone = self.live_while_wanted().await;
                    self.update(|state| match &gone {
                        Some(gone) => state.on_gone(DeviceKind::WebGpu, gone),
                        None => state.on_gpu_ended(),
                    });
                }
            }
        }
    }

    async fn live_while_wanted(self: &Rc<Self>) -> Option<WorkerGone> {
        let superfluous = self.until(|state| state.is_gpu_superfluous().then_some(()));
        match select(pin!(self.live(DeviceKind::WebGpu)), pin!(superfluous)).await {
            Either::Left((gone, _)) => Some(gone),
            Either::Right(_) => None,
        }
    }

    /// One life of a worker. Dropping the future ends it.
    async fn live(self: &Rc<Self>, device: DeviceKind) -> WorkerGone {
        match WorkerClient::start(&self.host, device.into()).await {
            Ok(client) => {
                self.update(|state| state.worker_mut(device).has_started = true);
                let Err(gone) = WorkerDriver { core: Rc::clone(self), client, device }.run().await;
                gone
            }
            Err(gone) => gone,
        }
    }
}
