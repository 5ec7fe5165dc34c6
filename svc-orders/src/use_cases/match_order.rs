//! Finds a worker for an order (O4), or explains what a pipeline would choose (M4).
//!
//! The matcher takes its own connections instead of working in the caller's transaction: remote
//! steps are asked between two transactions, because a slow step would hold a connection and locks.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::{Clock, Database};

use crate::domain::ids::{OrderId, WorkerId};
use crate::domain::matching::{Outcome, Pipeline, Progress, Reason, RegularSample, Run, StepReport};
use crate::domain::order::{Assignment, Stage};
use crate::domain::pricing::Formula;
use crate::error::Error;
use crate::remote_steps::RemoteSteps;
use crate::store;
use crate::store::match_requests::MatchRequest;
use crate::store::pool::Matchable;

/// How often an attempt chooses again after losing a race for a worker. Then it is repeated after
/// [`Rules::hold`].
const MAX_RACES: usize = 5;

/// The settings of matching.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The name of the pipeline whose newest version matches orders.
    pub pipeline: String,
    /// The price of an order (O6).
    pub formula: Formula,
    /// How far back assignments count as load.
    pub load_window: Duration,
    /// The interval between attempts for a waiting order when no other change requests one.
    pub retry: Duration,
    /// The interval between attempts for an order that a remote step holds.
    pub hold: Duration,
}

pub struct Matcher {
    db: Database,
    remote_steps: RemoteSteps,
    rules: Rules,
    clock: Clock,
}

/// The result of a pipeline for an order, with the verdicts that led to it (M4).
#[derive(Debug)]
pub struct Explanation {
    pub outcome: Outcome,
    pub reports: Vec<StepReport>,
    /// The workers that the run started with.
    pub samples: Vec<RegularSample>,
    pub pipeline: Pipeline,
}

impl Matcher {
    pub fn new(db: Database, rules: Rules, clock: Clock) -> Self {
        Self {
            db,
            remote_steps: RemoteSteps::default(),
            rules,
            clock,
        }
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Runs the order through a pipeline and changes nothing (M4). Defaults to the pipeline that
    /// matches orders, and to its newest version. Suspended workers are included.
    pub async fn explain(
        &self,
        order: OrderId,
        name: Option<&str>,
        version: Option<i64>,
    ) -> Result<Explanation, Error> {
        let name = name.unwrap_or(&self.rules.pipeline);
        let mut conn = self.db.connection().await?;
        let pipeline = store::pipelines::get(&mut conn, name, version).await?.pipeline;
        let matchable = store::pool::matchable(&mut conn, order).await?;
        drop(conn);
        self.run(&matchable, pipeline, self.clock.now(), true).await
    }

    /// Assigns a worker, or lets the order wait (O4). After losing a race for a worker, it reloads
    /// the pool and retries.
    pub async fn attempt(&self, request: MatchRequest, pipeline: &Pipeline) -> Result<(), Error> {
        for _ in 0..MAX_RACES {
            let mut conn = self.db.connection().await?;
            let matchable = store::pool::matchable(&mut conn, request.order).await?;
            drop(conn);
            if matchable.order.stage() != Stage::Placed {
                return Ok(());
            }
            let now = self.clock.now();
            let explanation = self.run(&matchable, pipeline.clone(), now, false).await?;
            match explanation.outcome {
                Outcome::Chosen { worker, ref reasons } => {
                    match self.assign(&matchable, &explanation, worker, reasons, now).await {
                        Err(Error::Overlap | Error::WorkerSuspended) => {}
                        other => return other,
                    }
                }
                Outcome::NoWorkerAvailable => return self.wait(request, now).await,
                Outcome::Held { step } => {
                    tracing::info!(order.id = %request.order, matching.step = step, "held");
                    return self.retry_at(request, now + self.rules.hold).await;
                }
            }
        }
        self.retry_at(request, self.clock.now() + self.rules.hold).await
    }

    async fn run(
        &self,
        matchable: &Matchable,
        pipeline: Pipeline,
        now: DateTime<Utc>,
        include_suspended: bool,
    ) -> Result<Explanation, Error> {
        let mut conn = self.db.connection().await?;
        let since = now - self.rules.load_window;
        let task = &matchable.task;
        let samples =
            store::pool::samples(&mut conn, task.slot, task.order, since, include_suspended).await?;
        drop(conn);
        let mut run = Run::new(&pipeline, task, &matchable.reference, &samples);
        let outcome = loop {
            match run.advance() {
                Progress::Done(outcome) => break outcome,
                Progress::Ask(question) => {
                    let answer = self.remote_steps.ask(&question).await;
                    run.answer(answer.as_ref().map_err(|unanswered| *unanswered));
                }
            }
        };
        let reports = run.reports().to_vec();
        Ok(Explanation {
            outcome,
            reports,
            samples,
            pipeline,
        })
    }

    async fn assign(
        &self,
        matchable: &Matchable,
        explanation: &Explanation,
        worker: WorkerId,
        reasons: &[Reason],
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let name = explanation
            .samples
            .iter()
            .find(|sample| sample.id == worker)
            .map(|sample| &sample.name);
        let assignment = Assignment {
            worker,
            worker_name: name.cloned().unwrap_or_default(),
            price: (self.rules.formula)(matchable.base, matchable.paid)?,
            pipeline: explanation.pipeline.name().to_owned(),
            pipeline_version: explanation.pipeline.version(),
            reasons: reasons.to_vec(),
            at: now,
        };
        let id = matchable.order.id;
        let assign = async |conn: &mut AsyncPgConnection| -> Result<(), Error> {
            let order = store::orders::lock(conn, id).await?;
            if order.stage() != Stage::Placed {
                return Ok(());
            }
            store::workers::lock_active(conn, worker).await?;
            messaging::save(conn, &order.assign(assignment.clone(), now)?).await
        };
        self.db.transaction(assign).await?;
        tracing::info!(order.id = %id, worker.id = %worker, "assigned");
        Ok(())
    }

    async fn wait(&self, request: MatchRequest, now: DateTime<Utc>) -> Result<(), Error> {
        let retry_at = now + self.rules.retry;
        let wait = async |conn: &mut AsyncPgConnection| -> Result<(), Error> {
            let order = store::orders::lock(conn, request.order).await?;
            if order.stage() != Stage::Placed {
                return Ok(());
            }
            if let Some(change) = order.wait(now)? {
                messaging::save(conn, &change).await?;
            }
            store::match_requests::record_attempt(conn, request, retry_at).await
        };
        self.db.transaction(wait).await
    }

    async fn retry_at(&self, request: MatchRequest, at: DateTime<Utc>) -> Result<(), Error> {
        let mut conn = self.db.connection().await?;
        store::match_requests::record_attempt(&mut conn, request, at).await
    }
}
