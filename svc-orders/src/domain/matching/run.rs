use std::collections::BTreeMap;

use super::pipeline::{Action, Pipeline, PipelineStep, Remote, RemoteFailure};
use super::sample::{ReferenceSample, RegularSample, Task};
use super::score::{Score, Weight};
use super::step::{Candidate, Context, Kind, Verdict};
use crate::domain::id::WorkerId;

const WAIVED: &str = "waived: nobody would be left";
const SKIPPED: &str = "skipped: no answer";
const HELD: &str = "no answer: the order waits";

/// One order on its way through a pipeline. [`Self::advance`] goes as far as it can; a step that others own has to be
/// asked outside, and its answer given to [`Self::answer`].
#[derive(Debug)]
pub struct Run<'a> {
    pipeline: &'a Pipeline,
    context: Context<'a>,
    left: Vec<Candidate<'a>>,
    next: usize,
    held: bool,
    reports: Vec<StepReport>,
}

/// How far a run has come.
#[derive(Debug)]
pub enum Progress<'a> {
    /// Somebody else's step has to be asked.
    Ask(Question<'a>),
    /// The end.
    Done(Outcome),
}

/// What somebody else's step is asked.
#[derive(Debug)]
pub struct Question<'a> {
    /// The step's name in the pipeline.
    pub step: &'a str,
    /// Whom to ask, and how long to wait.
    pub remote: &'a Remote,
    /// The order.
    pub task: &'a Task,
    /// The client.
    pub reference: &'a ReferenceSample,
    /// Those who are still in the run.
    pub samples: Vec<&'a RegularSample>,
}

/// Somebody else's step failed, was late, or spoke nonsense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unanswered;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A worker, and why.
    Chosen {
        /// Who.
        worker: WorkerId,
        /// What each step had to say for the worker.
        reasons: Vec<Reason>,
    },
    /// No active worker is free in the slot (O4).
    NobodyFree,
    /// A step that must not be skipped didn't answer.
    Held {
        /// Its name.
        step: String,
    },
}

/// What one step had to say for the worker who was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The step's name.
    pub step: String,
    /// Why, in words; may be empty.
    pub why: String,
    /// The score, where the step scores.
    pub score: Option<Score>,
}

/// What one step had to say of everybody who came to it (M4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepReport {
    /// The step's name.
    pub step: String,
    /// How much its scores count.
    pub weight: Weight,
    /// Whether the step was waived or skipped, and why; empty where it counted.
    pub note: &'static str,
    /// Its verdicts, by worker.
    pub verdicts: BTreeMap<WorkerId, Verdict>,
}

impl<'a> Run<'a> {
    /// A run over these samples. Their order doesn't matter.
    pub fn new(
        pipeline: &'a Pipeline,
        task: &'a Task,
        reference: &'a ReferenceSample,
        samples: &'a [RegularSample],
    ) -> Self {
        let mut left: Vec<_> = samples
            .iter()
            .map(|sample| Candidate { sample, total: 0 })
            .collect();
        left.sort_by_key(|candidate| candidate.sample.id);
        let context = Context { task, reference };
        Self {
            pipeline,
            context,
            left,
            next: 0,
            held: false,
            reports: Vec::new(),
        }
    }

    /// Goes on until somebody else has to be asked, or to the end.
    pub fn advance(&mut self) -> Progress<'a> {
        while let Some(step) = self.current() {
            match &step.action {
                Action::BuiltIn(built_in) => {
                    let verdicts = (built_in.judge)(&self.context, &self.left);
                    self.apply(step, built_in.kind, verdicts);
                }
                Action::Remote(remote) => return Progress::Ask(self.question(step, remote)),
            }
        }
        Progress::Done(self.outcome())
    }

    /// The answer to the question that [`Self::advance`] asked. A sample without a verdict stays, without a score.
    pub fn answer(&mut self, answer: Result<&BTreeMap<WorkerId, Verdict>, Unanswered>) {
        let Some(step) = self.current() else { return };
        let Action::Remote(remote) = &step.action else {
            return;
        };
        match (answer, remote.on_failure) {
            (Ok(verdicts), _) => {
                let verdicts = self
                    .left
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

    /// What each step had to say so far (M4).
    pub fn reports(&self) -> &[StepReport] {
        &self.reports
    }

    /// The step that is next, unless the run is at its end.
    fn current(&self) -> Option<&'a PipelineStep> {
        if self.held || self.left.is_empty() {
            return None;
        }
        self.pipeline.steps().get(self.next)
    }

    fn question(&self, step: &'a PipelineStep, remote: &'a Remote) -> Question<'a> {
        let Context { task, reference } = self.context;
        let samples = self.left.iter().map(|candidate| candidate.sample).collect();
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
        let mut staying = Vec::with_capacity(self.left.len());
        let mut by_worker = BTreeMap::new();
        for (mut candidate, verdict) in std::mem::take(&mut self.left).into_iter().zip(verdicts) {
            candidate.total += verdict.score().map_or(0, |score| step.weight.times(score));
            if waived || !verdict.is_rejection() {
                staying.push(candidate);
            }
            by_worker.insert(candidate.sample.id, verdict);
        }
        self.left = staying;
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
        match self.left.first() {
            None => Outcome::NobodyFree,
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
