//! Matching: which worker performs an order, and why (M1–M5).
//!
//! In this module alone a client is a *reference sample* and a worker a *regular sample*. A
//! [`Pipeline`] is a list of steps; each step filters, scores or selects. A [`Run`] takes an order
//! through it. A run does no input or output: for a remote step it returns a [`Question`] and
//! continues with the answer.
//!
//! O4 stands above every pipeline: as long as one active worker is free in the slot, a worker is
//! chosen. A filter that would reject all remaining workers is therefore waived. Only requirements
//! (suspended, busy in the slot) are never waived.

mod pipeline;
mod random_score;
mod run;
mod sample;
mod score;
mod step;
mod steps;

#[cfg(test)]
mod properties;

pub use pipeline::{Action, Invalid, MAX_STEPS, Pipeline, PipelineStep, Remote, RemoteFailure};
pub use run::{Outcome, Progress, Question, Reason, Run, StepReport, Unanswered};
pub use sample::{ReferenceSample, RegularSample, Task};
pub use score::{Score, Weight};
pub use step::{BuiltIn, Candidate, Context, Kind, Verdict};
pub use steps::{BUILT_IN, built_in};
