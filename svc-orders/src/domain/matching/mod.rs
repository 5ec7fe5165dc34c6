//! Matching: which worker performs an order, and why (M1–M5).
//!
//! In this module alone a client is a *reference sample* and a worker a *regular sample*. A [`Pipeline`] is a list of
//! steps; each step filters, scores or selects. A [`Run`] takes an order through it. A run does no input or output:
//! when it comes to a step that others own it asks, and goes on with the answer.
//!
//! O4 stands above every pipeline: as long as one active worker is free in the slot, somebody is chosen. A filter that
//! would leave nobody is therefore waived; only the steps that mean "can't come at all" are not.

mod draw;
mod pipeline;
mod run;
mod sample;
mod score;
mod step;
mod steps;

#[cfg(test)]
mod properties;

pub use pipeline::{Action, Invalid, LONGEST_PIPELINE, Pipeline, PipelineStep, Remote, RemoteFailure};
pub use run::{Outcome, Progress, Question, Reason, Run, StepReport, Unanswered};
pub use sample::{ReferenceSample, RegularSample, Task};
pub use score::{Score, Weight};
pub use step::{BuiltIn, Candidate, Context, Kind, Verdict};
pub use steps::{BUILT_IN, built_in};
