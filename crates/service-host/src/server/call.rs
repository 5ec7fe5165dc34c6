//! What happens to a call before its handler runs, and after.

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

use super::answer::{Answer, Open, code};
use super::deadline;
use super::limits::Limits;
use super::line::{Delivery, Line};
use super::observe::{self, Instruments, Observation};
use super::size::Measured;
use crate::Refusal;
use crate::access::{Access, Policies, Target};
use crate::config::GrpcOptions;

/// What all calls of a server share.
pub(super) struct Shared {
    pub access: Access,
    pub policies: Policies,
    pub limits: Limits,
    pub options: GrpcOptions,
    pub instruments: Arc<Instruments>,
    pub draining: CancellationToken,
}

/// Puts [`Call`] before the services.
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

/// Trace, metrics, deadline, load shedding, access, the size of messages and the net for panics, around the services.
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
        // Tonic starts a timer of its own for the same deadline after this; the earlier start makes ours the first,
        // and the caller gets DEADLINE_EXCEEDED instead of tonic's CANCELLED.
        let arrived = Instant::now();
        let shared = Arc::clone(&self.shared);
        let delivery = delivery(&mut request);
        let fresh = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, fresh);

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
                    Status::from(Refusal::deadline("it took too long")).into_http(),
                    None,
                ),
            };
            if let Some(code) = code(response.headers()) {
                observation.end(code);
            }
            Ok(response
                .map(|body| Body::new(Answer::new(body, observation, delivery, open, &shared.draining))))
        };
        Box::pin(answering.instrument(span))
    }
}

impl Shared {
    /// The handler's answer, and for a stream what holds while it is open.
    async fn answer<S>(
        &self,
        target: Target,
        mut request: Request<Body>,
        mut inner: S,
    ) -> Result<(Response<Body>, Option<Open>), Refusal>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    {
        let (place, open) = match &target {
            Target::Declared(method) => {
                let place = self.limits.admit(method)?;
                let caller = self.access.admit(method, request.headers()).await?;
                request.extensions_mut().insert(caller.clone());
                if method.server_streaming {
                    (None, Some(Open::until(place, self.access.clone().ends(caller))))
                } else {
                    (Some(place), None)
                }
            }
            Target::Open(method) if method.server_streaming => {
                (None, Some(Open::of_stranger(self.limits.admit_stranger()?)))
            }
            Target::Open(_) => (None, None),
            Target::Unknown => return Err(Refusal::unknown_method()),
        };
        let may_be_empty = target
            .declared()
            .is_none_or(|method| method.policy.client_streaming);
        let request =
            request.map(|body| Body::new(Measured::new(body, self.options.max_message, may_be_empty)));
        let handled = AssertUnwindSafe(async { inner.call(request).await })
            .catch_unwind()
            .await;
        let Ok(Ok(response)) = handled else {
            return Err(Refusal::panicked());
        };
        // A unary answer is complete now; a reader who takes it slowly must not keep others out.
        drop(place);
        Ok((response, open))
    }
}

/// The answer's way back to the caller. Handlers find there what tonic itself would have put there: who is calling from
/// where.
fn delivery(request: &mut Request<Body>) -> Option<Delivery> {
    let line = request.extensions_mut().remove::<Line>()?;
    let delivery = line.delivery();
    request.extensions_mut().insert(line.peer);
    Some(delivery)
}
