//! Logs, traces and metrics of a process.
//!
//! A log line inside a call or an event carries its `trace_id`, and the record of it that goes by OTLP the span's id
//! too. Metrics are made with `opentelemetry::global::meter`
//! *after* [`init`]; instruments made before it count nothing. Without [`init`] (in tests) everything is silent.

mod lines;
mod listener;
mod propagation;
mod records;
mod setup;

pub(crate) use propagation::{continue_call, is_recorded};
pub use propagation::{continue_trace, resumed, trace_context, trace_id};
pub use setup::{Error, Telemetry, init};
