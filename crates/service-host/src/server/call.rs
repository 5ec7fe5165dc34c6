//! The processing of a call before and after its handler.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use http::{Request, Response};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};
use tracing::Instrument as _;

use super::backpressure::{ConnectionInfo, ResponseTracker};
use super::deadline;
use super::limits::Limits;
use super::messages::CheckedBody;
use super::observe::{self, Instruments, Observation};
use super::response_body::{OpenStream, ResponseBody, code};
use crate::Refusal;
use crate::access::{Access, Policies, Target};
use crate::config::GrpcOptions;

/// The state that all calls of a server share.
pub(super) struct Shared {
    pub access: Access,
    pub policies: Policies,
    pub limits: Limits,
    pub options: GrpcOptions,
    pub instruments: Arc<Instruments>,
    pub draining: CancellationToken,
}

/// Wraps the services in [`Call`].
#[derive(Clone)]
pub(super) struct CallLayer(pub Arc<Shared>);

impl<S> Layer<S> for CallLayer {
    type Service = Call<S>;

    fn layer(&self, inner: S) -> Call<S> {
        Call {
            inner,
            shared: Arc::clone(&self.0),
        }
    }
}

/// Applies trace, metrics, deadline, load shedding, access, the checks of messages and the handling
/// of panics to every call.
#[derive(Clone)]
pub(super) struct Call<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Service<Request<Body>> for Call<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        // Tonic later starts its own timer for the same deadline. This timer starts earlier and
        // expires first, so that the caller gets DEADLINE_EXCEEDED instead of tonic's CANCELLED.
        let arrived = Instant::now();
        let shared = Arc::clone(&self.shared);
        let tracker = track(&mut request);
        let clone = self.inner.clone();
        // `self.inner` is ready; its clone may not be.
        let inner = std::mem::replace(&mut self.inner, clone);

        let target = shared.policies.target(request.uri().path());
        let span = observe::span(&request, target.name());
        let instruments = Arc::clone(&shared.instruments);
        let mut observation = Observation::begin(instruments, span.clone(), target.name(), arrived);
        let answering = async move {
            let deadline = arrived + deadline::of(&shared.options, target.declared(), request.headers());
            let answered = timeout_at(deadline, shared.answer(target, request, inner)).await;
            let (response, open) = match answered {
                Ok(Ok(answered)) => answered,
                Ok(Err(refusal)) => (Status::from(refusal).into_http(), None),
                Err(_) => (
                    Status::from(Refusal::deadline("the call took too long")).into_http(),
                    None,
                ),
            };
            if let Some(code) = code(response.headers()) {
                observation.end(code);
            }
            Ok(response.map(|body| {
                Body::new(ResponseBody::new(
                    body,
                    observation,
                    tracker,
                    open,
                    &shared.draining,
                ))
            }))
        };
        Box::pin(answering.instrument(span))
    }
}

impl Shared {
    /// The handler's response, and the state of the stream if it is one.
    async fn answer<S>(
        &self,
        target: Target,
        mut request: Request<Body>,
        mut inner: S,
    ) -> Result<(Response<Body>, Option<OpenStream>), Refusal>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    {
        let (permit, open) = match &target {
            Target::Declared(method) => {
                let permit = self.limits.admit(method)?;
                let caller = self.access.admit(method, request.headers()).await?;
                request.extensions_mut().insert(caller.clone());
                if method.server_streaming {
                    (
                        None,
                        Some(OpenStream::until(permit, self.access.clone().ends(caller))),
                    )
                } else {
                    (Some(permit), None)
                }
            }
            Target::Open(method) if method.server_streaming => {
                (None, Some(OpenStream::anonymous(self.limits.admit_anonymous()?)))
            }
            Target::Open(_) => (None, None),
            Target::Unknown => return Err(Refusal::unknown_method()),
        };
        let may_be_empty = target
            .declared()
            .is_none_or(|method| method.policy.client_streaming);
        let request =
            request.map(|body| Body::new(CheckedBody::new(body, self.options.max_message, may_be_empty)));
        let handled = AssertUnwindSafe(async { inner.call(request).await })
            .catch_unwind()
            .await;
        let Ok(Ok(response)) = handled else {
            return Err(Refusal::panicked());
        };
        // A unary response is complete now. A slow reader must not count against the limit.
        drop(permit);
        Ok((response, open))
    }
}

/// Tracks the response of this call. Also replaces the connection's info with tonic's own type, so
/// that handlers find the peer's address.
fn track(request: &mut Request<Body>) -> Option<ResponseTracker> {
    let connection = request.extensions_mut().remove::<ConnectionInfo>()?;
    let tracker = connection.track();
    request.extensions_mut().insert(connection.peer);
    Some(tracker)
}
