//! Traces, metrics and logs of a call.

use http::Request;
use opentelemetry::metrics::{Histogram, UpDownCounter};
use opentelemetry::trace::Status;
use opentelemetry::{KeyValue, global};
use tokio::time::Instant;
use tonic::Code;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::telemetry;

/// The server's instruments. The count and the status codes of `rpc.server.duration` give the rate
/// and the errors.
pub(super) struct Instruments {
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
}

impl Instruments {
    pub(super) fn new() -> Self {
        let meter = global::meter("service-host");
        Self {
            duration: meter
                .f64_histogram("rpc.server.duration")
                .with_unit("s")
                .with_description("Duration of calls; of streams until their end")
                .with_boundaries(vec![
                    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
                ])
                .build(),
            active: meter
                .i64_up_down_counter("rpc.server.active_requests")
                .with_description("Calls in flight, including open streams")
                .build(),
        }
    }
}

/// The span of a call of `name` (`artel.orders.v1.OrdersService/GetOrder`), as part of the caller's
/// trace if it sends one.
///
/// The span has few fields, because each field is formatted for the log at every call, even if no
/// line is written. The attributes that only traces need are added at the [end](Observation::end).
pub(super) fn span<B>(request: &Request<B>, name: &'static str) -> Span {
    let span = tracing::info_span!(parent: None, "call", otel.name = name, otel.kind = "server");
    telemetry::continue_call(&span, request.headers());
    span
}

/// The observation of one call. If it is dropped before its end, the call was cancelled.
pub(super) struct Observation {
    instruments: std::sync::Arc<Instruments>,
    labels: [KeyValue; 2],
    span: Span,
    began: Instant,
    ended: bool,
}

impl Observation {
    pub(super) fn begin(
        instruments: std::sync::Arc<Instruments>,
        span: Span,
        name: &'static str,
        began: Instant,
    ) -> Self {
        let (service, method) = parts(name);
        let labels = [
            KeyValue::new("rpc.service", service),
            KeyValue::new("rpc.method", method),
        ];
        instruments.active.add(1, &labels);
        Self {
            instruments,
            labels,
            span,
            began,
            ended: false,
        }
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// Records the status. Only the first call counts.
    pub(super) fn end(&mut self, code: Code) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let took = self.began.elapsed();
        self.instruments.active.add(-1, &self.labels);
        let [service, method] = self.labels.clone();
        let status = KeyValue::new("rpc.grpc.status_code", i64::from(code as i32));
        self.instruments
            .duration
            .record(took.as_secs_f64(), &[service, method, status]);
        self.span.in_scope(|| {
            if telemetry::is_recorded() {
                self.trace(code);
            }
            tracing::debug!(?code, ?took, "call ended");
        });
    }

    fn trace(&self, code: Code) {
        self.span.set_attribute("rpc.system", "grpc");
        for label in &self.labels {
            self.span.set_attribute(label.key.clone(), label.value.clone());
        }
        self.span
            .set_attribute("rpc.grpc.status_code", i64::from(code as i32));
        if is_failure(code) {
            self.span.set_status(Status::error(""));
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.end(Code::Cancelled);
    }
}

/// Splits a name into service and method.
fn parts(name: &'static str) -> (&'static str, &'static str) {
    name.split_once('/').unwrap_or((name, ""))
}

/// Whether the code means a failure of the server.
fn is_failure(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}
