//! The body of an answer, watched to its end.

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

use super::line::Delivery;
use super::observe::Observation;
use crate::Refusal;

/// A stream that is silent for this long while the server drains has nothing more to say in time.
const SILENCE: Duration = Duration::from_millis(500);

/// What holds while an answer is a stream, and open.
pub(super) struct Open {
    /// Among those that may be.
    _place: OwnedSemaphorePermit,
    /// Why the caller may no longer listen, once that is so.
    ends: Option<BoxFuture<'static, Refusal>>,
}

impl Open {
    /// A stream that ends when `ends` does, with that refusal.
    pub(super) fn until(
        place: OwnedSemaphorePermit,
        ends: impl Future<Output = Refusal> + Send + 'static,
    ) -> Self {
        Self {
            _place: place,
            ends: Some(Box::pin(ends)),
        }
    }

    /// A stream for whoever asks.
    pub(super) fn of_stranger(place: OwnedSemaphorePermit) -> Self {
        Self {
            _place: place,
            ends: None,
        }
    }
}

/// Passes frames on; notes the status at the end; turns a panic into INTERNAL; ends streams with the
/// token that opened them; and ends silent streams (watches) when the server drains, so that the caller goes elsewhere.
pub(super) struct Answer {
    body: Body,
    observation: Observation,
    delivery: Option<Delivery>,
    open: Option<Open>,
    draining: Pin<Box<WaitForCancellationFutureOwned>>,
    drains: bool,
    silence: Option<Pin<Box<Sleep>>>,
    over: bool,
}

impl Answer {
    pub(super) fn new(
        body: Body,
        observation: Observation,
        delivery: Option<Delivery>,
        open: Option<Open>,
        draining: &CancellationToken,
    ) -> Self {
        Self {
            body,
            observation,
            delivery,
            open,
            draining: Box::pin(draining.clone().cancelled_owned()),
            drains: false,
            silence: None,
            over: false,
        }
    }

    /// Why the caller may no longer listen.
    fn is_ended(&mut self, context: &mut Context<'_>) -> Option<Refusal> {
        match self.open.as_mut()?.ends.as_mut()?.as_mut().poll(context) {
            Poll::Ready(refusal) => Some(refusal),
            Poll::Pending => None,
        }
    }

    fn end_with(&mut self, status: &Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.over = true;
        self.body = Body::empty();
        self.open = None;
        self.observation.end(status.code());
        let mut trailers = HeaderMap::new();
        // It fails for details that are no header value; the code is there then all the same.
        let _ = status.add_header(&mut trailers);
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    /// Has it been silent for too long, while the server drains?
    fn is_cut(&mut self, context: &mut Context<'_>) -> bool {
        if !self.drains {
            self.drains = self.draining.as_mut().poll(context).is_ready();
        }
        self.drains
            && self
                .silence
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(SILENCE)))
                .as_mut()
                .poll(context)
                .is_ready()
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        if this.over {
            return Poll::Ready(None);
        }
        let span = this.observation.span().clone();
        let _entered = span.enter();
        if let Some(delivery) = &mut this.delivery {
            delivery.taken();
        }
        if let Some(refusal) = this.is_ended(context) {
            return this.end_with(&refusal.into());
        }
        let body = &mut this.body;
        let Ok(polled) = catch_unwind(AssertUnwindSafe(|| Pin::new(body).poll_frame(context))) else {
            return this.end_with(&Refusal::panicked().into());
        };
        match polled {
            Poll::Pending if this.is_cut(context) => {
                let refusal = Refusal::unavailable(
                    "DRAINING",
                    "this server is being stopped; call again",
                    Duration::ZERO,
                );
                this.end_with(&refusal.into())
            }
            Poll::Pending => Poll::Pending,
            Poll::Ready(frame) => {
                this.silence = None;
                match &frame {
                    Some(Ok(frame)) => {
                        if let Some(delivery) = &mut this.delivery {
                            delivery.handed();
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
        self.over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The status in headers or trailers.
pub(super) fn code(headers: &HeaderMap) -> Option<Code> {
    headers
        .get("grpc-status")
        .map(|value| Code::from_bytes(value.as_bytes()))
}
