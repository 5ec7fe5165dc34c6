use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use service_host::Database;

use super::Remotes;
use crate::domain::id::{OrderId, WorkerId};
use crate::domain::matching::{Outcome, Pipeline, Progress, Reason, RegularSample, Run, StepReport};
use crate::domain::order::{Assignment, Stage};
use crate::domain::pricing::Formula;
use crate::error::{Error, Thing};
use crate::store::match_queue::Wish;
use crate::store::pool::Matchable;
use crate::{clock, store};

/// How often a choice that somebody else was faster with is made anew before the order waits for the next pass.
const RACES: usize = 5;

/// What the settings say about matching.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The pipeline whose newest version matches orders.
    pub pipeline: String,
    /// What an order costs (O6).
    pub formula: Formula,
    /// How far back assignments count for fairness.
    pub load_window: TimeDelta,
    /// After how long a waiting order is tried again, though nothing is known to have changed.
    pub retry: TimeDelta,
    /// After how long a step that held an order is asked again.
    pub hold: TimeDelta,
}

/// Finds workers for orders.
pub struct Matcher {
    db: Database,
    remotes: Remotes,
    rules: Rules,
}

/// What a pipeline says about an order (M4).
#[derive(Debug)]
pub struct Explanation {
    /// What it comes to.
    pub outcome: Outcome,
    /// What each step had to say of everybody who came to it.
    pub reports: Vec<StepReport>,
    /// Everybody.
    pub samples: Vec<RegularSample>,
    /// The pipeline.
    pub pipeline: Pipeline,
}

impl Matcher {
    /// A matcher by these rules.
    pub fn new(db: Database, rules: Rules) -> Self {
        Self {
            db,
            remotes: Remotes::default(),
            rules,
        }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Runs the order through a pipeline and changes nothing (M4). No name: the one that matching uses; no version: the
    /// newest.
    pub async fn explain(
        &self,
        order: OrderId,
        name: Option<&str>,
        version: Option<i64>,
    ) -> Result<Explanation, Error> {
        let name = name.unwrap_or(&self.rules.pipeline);
        let mut conn = self.db.connection().await?;
        let pipeline = store::pipelines::find(&mut conn, name, version).await?.pipeline;
        let matchable = store::pool::matchable(&mut conn, order)
            .await?
            .ok_or(Error::NotFound(Thing::Order))?;
        drop(conn);
        self.run(&matchable, pipeline, clock::now(), true).await
    }

    /// Answers a wish: assigns a worker (O4), or lets the order wait.
    pub async fn attempt(&self, wish: Wish, pipeline: &Pipeline) -> Result<(), Error> {
        for _ in 0..RACES {
            let mut conn = self.db.connection().await?;
            let Some(matchable) = store::pool::matchable(&mut conn, wish.order).await? else {
                return Ok(());
            };
            drop(conn);
            if matchable.order.stage() != Stage::Placed {
                return Ok(());
            }
            let now = clock::now();
            let explanation = self.run(&matchable, pipeline.clone(), now, false).await?;
            match explanation.outcome {
                Outcome::Chosen { worker, ref reasons } => {
                    match self.assign(&matchable, &explanation, worker, reasons, now).await {
                        // Somebody else was faster with this worker. The pool is read again.
                        Err(Error::Overlap | Error::WorkerGone) => {}
                        other => return other,
                    }
                }
                Outcome::NobodyFree => return self.wait(wish, now).await,
                Outcome::Held { step } => {
                    tracing::info!(order.id = %wish.order, matching.step = step, "held");
                    return self.tried(wish, now + self.rules.hold).await;
                }
            }
        }
        self.tried(wish, clock::now() + self.rules.hold).await
    }

    async fn run(
        &self,
        matchable: &Matchable,
        pipeline: Pipeline,
        now: DateTime<Utc>,
        everybody: bool,
    ) -> Result<Explanation, Error> {
        let mut conn = self.db.connection().await?;
        let since = now - self.rules.load_window;
        let task = &matchable.task;
        let samples = store::pool::samples(&mut conn, task.slot, Some(task.order), since, everybody).await?;
        // Others are asked without holding a connection, let alone a transaction.
        drop(conn);
        let mut run = Run::new(&pipeline, task, &matchable.reference, &samples);
        let outcome = loop {
            match run.advance() {
                Progress::Done(outcome) => break outcome,
                Progress::Ask(question) => {
                    let answer = self.remotes.ask(&question).await;
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
            let Some(order) = store::orders::lock(conn, id).await? else {
                return Ok(());
            };
            if order.stage() != Stage::Placed {
                return Ok(());
            }
            store::workers::hold_active(conn, worker).await?;
            let change = order.assign(assignment.clone(), now)?;
            store::orders::save(conn, &change).await
        };
        self.db.transaction(assign).await?;
        tracing::info!(order.id = %id, worker.id = %worker, "assigned");
        Ok(())
    }

    async fn wait(&self, wish: Wish, now: DateTime<Utc>) -> Result<(), Error> {
        let retry_at = now + self.rules.retry;
        let wait = async |conn: &mut AsyncPgConnection| -> Result<(), Error> {
            let Some(order) = store::orders::lock(conn, wish.order).await? else {
                return Ok(());
            };
            if order.stage() != Stage::Placed {
                return Ok(());
            }
            if let Some(change) = order.wait(now)? {
                store::orders::save(conn, &change).await?;
            }
            store::match_queue::tried(conn, wish, retry_at).await
        };
        self.db.transaction(wait).await
    }

    async fn tried(&self, wish: Wish, retry_at: DateTime<Utc>) -> Result<(), Error> {
        let mut conn = self.db.connection().await?;
        store::match_queue::tried(&mut conn, wish, retry_at).await
    }
}
