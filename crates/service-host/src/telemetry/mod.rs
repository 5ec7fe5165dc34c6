//! Logs, traces and metrics of a process.
//!
//! A log line that is written inside a call or an event has a `trace_id`; its OTLP record also has
//! the id of the span. Create metrics with `opentelemetry::global::meter` *after* [`init`]:
//! instruments that were created before count nothing. Without [`init`], as in tests, the process
//! writes no telemetry.

mod lines;
mod listener;
mod propagation;
mod records;
mod setup;

pub(crate) use propagation::{continue_call, is_recorded};
pub use propagation::{continue_trace, resumed, trace_context, trace_id};
pub use setup::{Error, Telemetry, init};
