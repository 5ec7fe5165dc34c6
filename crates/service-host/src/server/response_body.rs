//! The body of a response, observed to its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::body::Body;
use tonic::{Code, Status};

use super::backpressure::ResponseTracker;
use super::observe::Observation;
use crate::Refusal;

/// How long a stream may be idle while the server drains. Then the server ends it.
const IDLE_LIMIT: Duration = Duration::from_millis(500);

/// The state of an open response stream.
pub(super) struct OpenStream {
    /// Counts the stream against the limit.
    _permit: OwnedSemaphorePermit,
    /// Completes when the stream must end, with the reason.
    ends: Option<BoxFuture<'static, Refusal>>,
}

impl OpenStream {
    /// A stream that ends with the refusal of `ends` when `ends` completes.
    pub(super) fn until(
        permit: OwnedSemaphorePermit,
        ends: impl Future<Output = Refusal> + Send + 'static,
    ) -> Self {
        Self {
            _permit: permit,
            ends: Some(Box::pin(ends)),
        }
    }

    /// A stream of a caller without a token.
    pub(super) fn anonymous(permit: OwnedSemaphorePermit) -> Self {
        Self {
            _permit: permit,
            ends: None,
        }
    }
}

/// Forwards frames and records the final status. Turns a panic into INTERNAL. Ends a stream when
/// the token that opened it ends. Ends idle streams (watches) when the server drains, so that the
/// caller connects to another replica.
pub(super) struct ResponseBody {
    body: Body,
    observation: Observation,
    tracker: Option<ResponseTracker>,
    open: Option<OpenStream>,
    draining: Pin<Box<WaitForCancellationFutureOwned>>,
    is_draining: bool,
    idle: Option<Pin<Box<Sleep>>>,
    ended: bool,
}

impl ResponseBody {
    pub(super) fn new(
        body: Body,
        observation: Observation,
        tracker: Option<ResponseTracker>,
        open: Option<OpenStream>,
        draining: &CancellationToken,
    ) -> Self {
        Self {
            body,
            observation,
            tracker,
            open,
            draining: Box::pin(draining.clone().cancelled_owned()),
            is_draining: false,
            idle: None,
            ended: false,
        }
    }

    /// Why the stream must end, if it must.
    fn end_reason(&mut self, context: &mut Context<'_>) -> Option<Refusal> {
        match self.open.as_mut()?.ends.as_mut()?.as_mut().poll(context) {
            Poll::Ready(refusal) => Some(refusal),
            Poll::Pending => None,
        }
    }

    fn end_with(&mut self, status: &Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.ended = true;
        self.body = Body::empty();
        self.open = None;
        self.observation.end(status.code());
        let mut trailers = HeaderMap::new();
        // This fails if the details are not a valid header value. The code is set nevertheless.
        let _ = status.add_header(&mut trailers);
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    /// Whether the stream has been idle for too long while the server drains.
    fn is_idle(&mut self, context: &mut Context<'_>) -> bool {
        if !self.is_draining {
            self.is_draining = self.draining.as_mut().poll(context).is_ready();
        }
        self.is_draining
            && self
                .idle
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(IDLE_LIMIT)))
                .as_mut()
                .poll(context)
                .is_ready()
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let span = this.observation.span().clone();
        let _entered = span.enter();
        if let Some(tracker) = &mut this.tracker {
            tracker.read();
        }
        if let Some(refusal) = this.end_reason(context) {
            return this.end_with(&refusal.into());
        }
        let body = &mut this.body;
        let Ok(polled) = catch_unwind(AssertUnwindSafe(|| Pin::new(body).poll_frame(context))) else {
            return this.end_with(&Refusal::panicked().into());
        };
        match polled {
            Poll::Pending if this.is_idle(context) => {
                let refusal = Refusal::unavailable(
                    "DRAINING",
                    "the server is shutting down; call again",
                    Duration::ZERO,
                );
                this.end_with(&refusal.into())
            }
            Poll::Pending => Poll::Pending,
            Poll::Ready(frame) => {
                this.idle = None;
                match &frame {
                    Some(Ok(frame)) => {
                        if let Some(tracker) = &mut this.tracker {
                            tracker.sent();
                        }
                        if let Some(trailers) = frame.trailers_ref() {
                            this.observation.end(code(trailers).unwrap_or(Code::Unknown));
                        }
                    }
                    Some(Err(status)) => this.observation.end(status.code()),
                    None => this.observation.end(Code::Ok),
                }
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The status code in headers or trailers.
pub(super) fn code(headers: &HeaderMap) -> Option<Code> {
    headers
        .get("grpc-status")
        .map(|value| Code::from_bytes(value.as_bytes()))
}
