//! A request to a worker as an async call.

use std::{cell::RefCell, collections::VecDeque, pin::pin, rc::Rc};

use super::host::{Host, Payload, WorkerKind};
use crate::{
    protocol::{Request, Response},
    web::worker::WorkerMessage,
};
use futures_channel::oneshot;
use futures_util::{
    FutureExt,
    future::{Either, Shared, select},
};

/// Time for a worker until it listens, seconds.
const START_SECS: u32 = 60;

/// The worker has ended or is to be ended, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WorkerGone(pub String);

impl WorkerGone {
    /// The response belongs to another request.
    pub(super) fn unexpected() -> Self {
        Self("expected the response to its request, got another one".into())
    }
}

/// A response with its payload.
type Answer<H> = (Response, Payload<H>);

/// Senders for the awaited responses, in the order of the requests.
type Waiting<H> = Rc<RefCell<VecDeque<oneshot::Sender<Answer<H>>>>>;

/// A worker that listens. Dropping it ends it.
pub(super) struct WorkerClient<H: Host> {
    host: Rc<H>,
    worker: H::Worker,
    waiting: Waiting<H>,
    gone: Shared<oneshot::Receiver<WorkerGone>>,
}

impl<H: Host> WorkerClient<H> {
    /// Start a worker, and wait until it listens.
    pub(super) async fn start(host: &Rc<H>, kind: WorkerKind) -> Result<Self, WorkerGone> {
        let (listens, first) = oneshot::channel();
        let (died, gone) = oneshot::channel();
        let waiting = Rc::new(RefCell::new(VecDeque::from([listens])));
        let worker = host.start(kind, on_message(Rc::clone(&waiting), died)).map_err(WorkerGone)?;
        let client = Self { host: Rc::clone(host), worker, waiting, gone: gone.shared() };
        match client.wait(first, START_SECS).await? {
            (Response::Up, _) => Ok(client),
            _ => Err(WorkerGone::unexpected()),
        }
    }

    /// Send `request` and wait for the response. A worker answers in the order it was asked, so the order tells which
    /// response belongs to which call; one to a call that was dropped is dropped, too. A worker that takes too long is
    /// taken for gone.
    pub(super) async fn call(&self, request: Request, payload: Payload<H>) -> Result<Answer<H>, WorkerGone> {
        let (sender, response) = oneshot::channel();
        self.waiting.borrow_mut().push_back(sender);
        self.host.post(&self.worker, &request, payload).map_err(WorkerGone)?;
        self.wait(response, limit_secs(&request)).await
    }

    /// Wait until it is gone.
    pub(super) async fn gone(&self) -> WorkerGone {
        self.gone.clone().await.unwrap_or_else(|_| WorkerGone("it was ended".into()))
    }

    async fn wait(&self, response: oneshot::Receiver<Answer<H>>, limit_secs: u32) -> Result<Answer<H>, WorkerGone> {
        match select(response, pin!(self.seconds(limit_secs))).await {
            Either::Left((Ok(answer), _)) => Ok(answer),
            Either::Left((Err(oneshot::Canceled), _)) => Err(self.gone().await),
            Either::Right(_) => Err(WorkerGone(format!("no answer within {limit_secs} seconds"))),
        }
    }

    /// Second by second, so that those do not count in which the whole page sleeps.
    async fn seconds(&self, n_secs: u32) {
        for _ in 0..n_secs {
            self.host.second().await;
        }
    }
}

/// Time for a worker to answer, seconds: many times as long as a slow phone needs, as ending a worker in vain is dear.
/// The first run of a network on WebGPU compiles its shaders; a photo may have 200 megapixels; some videos are looked
/// through to the end to be opened.
fn limit_secs(request: &Request) -> u32 {
    match request {
        Request::Photo(_)
        | Request::ContinueSearch
        | Request::ListArchive
        | Request::OpenVideo
        | Request::SeekVideo(_) => 120,
        Request::Frame { .. } | Request::VideoFrame { .. } | Request::Inspect(_) => 30,
        _ => 60,
    }
}

/// Hands each response to the call that waits for it, and the end of the worker to all of them.
fn on_message<H: Host>(
    waiting: Waiting<H>,
    died: oneshot::Sender<WorkerGone>,
) -> impl FnMut(WorkerMessage<Response, Payload<H>>) {
    let mut died = Some(died);
    move |message| {
        let gone = match message {
            WorkerMessage::Died(reason) | WorkerMessage::Arrived(Response::Broken(reason), _) => WorkerGone(reason),
            WorkerMessage::Arrived(response, payload) => match waiting.borrow_mut().pop_front() {
                // Fails if the call was dropped.
                Some(call) => return drop(call.send((response, payload))),
                None => WorkerGone::unexpected(),
            },
        };
        if let Some(died) = died.take() {
            let _ = died.send(gone); // fails if the client was dropped
        }
        waiting.borrow_mut().clear();
    }
}
