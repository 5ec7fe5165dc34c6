use std::collections::BTreeMap;

use super::pipeline::{Action, Pipeline, PipelineStep, Remote, RemoteFailure};
use super::sample::{ReferenceSample, RegularSample, Task};
use super::score::{Score, Weight};
use super::step::{Candidate, Context, Kind, Verdict};
use crate::domain::ids::WorkerId;

const WAIVED: &str = "waived: it rejects every remaining worker";
const SKIPPED: &str = "skipped: no answer";
const HELD: &str = "no answer: the order waits for this step";

/// One order on its way through a pipeline. [`Self::advance`] runs the built-in steps up to the
/// next remote step; the caller asks that step and passes its answer to [`Self::answer`].
#[derive(Debug)]
pub struct Run<'a> {
    pipeline: &'a Pipeline,
    context: Context<'a>,
    remaining: Vec<Candidate<'a>>,
    next: usize,
    held: bool,
    reports: Vec<StepReport>,
}

#[derive(Debug)]
pub enum Progress<'a> {
    /// A remote step has to be asked.
    Ask(Question<'a>),
    Done(Outcome),
}

/// The question to a remote step.
#[derive(Debug)]
pub struct Question<'a> {
    pub step: &'a str,
    pub remote: &'a Remote,
    pub task: &'a Task,
    pub reference: &'a ReferenceSample,
    /// The workers that no earlier step rejected.
    pub samples: Vec<&'a RegularSample>,
}

/// A remote step failed, missed its deadline or gave an invalid answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unanswered;

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Chosen {
        worker: WorkerId,
        /// One per step.
        reasons: Vec<Reason>,
    },
    /// No active worker is free in the slot (O4).
    NoWorkerAvailable,
    /// A step that must not be skipped did not answer.
    Held { step: String },
}

/// One step's verdict on the chosen worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub step: String,
    /// May be empty.
    pub why: String,
    /// `None` if the step does not score.
    pub score: Option<Score>,
}

/// One step's verdicts on all candidates (M4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepReport {
    pub step: String,
    pub weight: Weight,
    /// Why the step was waived, skipped or is waited for; empty if its verdicts count.
    pub note: &'static str,
    pub verdicts: BTreeMap<WorkerId, Verdict>,
}

impl<'a> Run<'a> {
    /// The order of `samples` does not matter.
    pub fn new(
        pipeline: &'a Pipeline,
        task: &'a Task,
        reference: &'a ReferenceSample,
        samples: &'a [RegularSample],
    ) -> Self {
        let mut remaining: Vec<_> = samples
            .iter()
            .map(|sample| Candidate { sample, total: 0 })
            .collect();
        remaining.sort_by_key(|candidate| candidate.sample.id);
        let context = Context { task, reference };
        Self {
            pipeline,
            context,
            remaining,
            next: 0,
            held: false,
            reports: Vec::new(),
        }
    }

    /// Runs to the next remote step, or to the end.
    pub fn advance(&mut self) -> Progress<'a> {
        while let Some(step) = self.current() {
            match &step.action {
                Action::BuiltIn(built_in) => {
                    let verdicts = (built_in.judge)(&self.context, &self.remaining);
                    self.apply(step, built_in.kind, verdicts);
                }
                Action::Remote(remote) => return Progress::Ask(self.question(step, remote)),
            }
        }
        Progress::Done(self.outcome())
    }

    /// Continues with the answer to the last [`Question`]. A sample without a verdict stays,
    /// without a score.
    pub fn answer(&mut self, answer: Result<&BTreeMap<WorkerId, Verdict>, Unanswered>) {
        let Some(step) = self.current() else { return };
        let Action::Remote(remote) = &step.action else {
            return;
        };
        match (answer, remote.on_failure) {
            (Ok(verdicts), _) => {
                let verdicts = self
                    .remaining
                    .iter()
                    .map(|candidate| verdicts.get(&candidate.sample.id).cloned())
                    .map(|verdict| verdict.unwrap_or(Verdict::Pass("no verdict".into())))
                    .collect();
                self.apply(step, Kind::Filter, verdicts);
            }
            (Err(Unanswered), RemoteFailure::Skip) => self.report(step, SKIPPED, BTreeMap::new()),
            (Err(Unanswered), RemoteFailure::Hold) => {
                self.report(step, HELD, BTreeMap::new());
                self.held = true;
            }
        }
    }

    /// The reports of all steps so far (M4).
    pub fn reports(&self) -> &[StepReport] {
        &self.reports
    }

    /// The next step; `None` at the end of the run.
    fn current(&self) -> Option<&'a PipelineStep> {
        if self.held || self.remaining.is_empty() {
            return None;
        }
        self.pipeline.steps().get(self.next)
    }

    fn question(&self, step: &'a PipelineStep, remote: &'a Remote) -> Question<'a> {
        let Context { task, reference } = self.context;
        let samples = self.remaining.iter().map(|candidate| candidate.sample).collect();
        Question {
            step: &step.name,
            remote,
            task,
            reference,
            samples,
        }
    }

    fn apply(&mut self, step: &PipelineStep, kind: Kind, verdicts: Vec<Verdict>) {
        let waived = kind == Kind::Filter && verdicts.iter().all(Verdict::is_rejection);
        let mut staying = Vec::with_capacity(self.remaining.len());
        let mut by_worker = BTreeMap::new();
        for (mut candidate, verdict) in std::mem::take(&mut self.remaining).into_iter().zip(verdicts) {
            candidate.total += verdict.score().map_or(0, |score| step.weight.times(score));
            if waived || !verdict.is_rejection() {
                staying.push(candidate);
            }
            by_worker.insert(candidate.sample.id, verdict);
        }
        self.remaining = staying;
        self.report(step, if waived { WAIVED } else { "" }, by_worker);
    }

    fn report(&mut self, step: &PipelineStep, note: &'static str, verdicts: BTreeMap<WorkerId, Verdict>) {
        self.reports.push(StepReport {
            step: step.name.clone(),
            weight: step.weight,
            note,
            verdicts,
        });
        self.next += 1;
    }

    fn outcome(&self) -> Outcome {
        if self.held {
            let step = self
                .reports
                .last()
                .map(|report| report.step.clone())
                .unwrap_or_default();
            return Outcome::Held { step };
        }
        match self.remaining.first() {
            None => Outcome::NoWorkerAvailable,
            Some(chosen) => {
                let worker = chosen.sample.id;
                Outcome::Chosen {
                    worker,
                    reasons: self.reasons(worker),
                }
            }
        }
    }

    fn reasons(&self, worker: WorkerId) -> Vec<Reason> {
        self.reports
            .iter()
            .map(|report| {
                let verdict = report.verdicts.get(&worker);
                let why = verdict.map_or("", Verdict::why);
                let separator = if report.note.is_empty() || why.is_empty() {
                    ""
                } else {
                    "; "
                };
                Reason {
                    step: report.step.clone(),
                    why: format!("{}{separator}{why}", report.note),
                    score: verdict.and_then(Verdict::score),
                }
            })
            .collect()
    }
}
