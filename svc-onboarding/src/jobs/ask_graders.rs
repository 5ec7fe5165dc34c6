//! Calls remote graders for the answers that wait for them (H3). No transaction is open during a
//! call.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use conventions::{Actor, Role};
use diesel_async::AsyncPgConnection;
use futures::{StreamExt as _, stream};
use onboarding_contract::v1 as pb;
use onboarding_contract::v1::task_grader_service_client::TaskGraderServiceClient;
use service_host::Database;
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

use super::run::Run;
use crate::config::HiringOptions;
use crate::domain::attempt::GradingState;
use crate::domain::score::Score;
use crate::domain::task::{Answer, AnyKind};
use crate::error::Error;
use crate::store;
use crate::store::answers::ForGrader;
use crate::use_cases::assess::assess;

const BATCH: i64 = 50;
const CONCURRENT_CALLS: usize = 8;
const MAX_PAUSE: Duration = Duration::from_hours(1);
/// The longest comment of a grader, in characters. The rest is cut off.
const MAX_COMMENT: usize = 2_000;

#[derive(Debug, thiserror::Error)]
enum NoGrade {
    #[error("the settings do not allow the grader's address")]
    NotAllowed,
    #[error("the grader's address is malformed")]
    Address(#[source] tonic::transport::Error),
    #[error("the call of the grader failed")]
    Call(#[source] Box<tonic::Status>),
    #[error("the grader's score is not from 0 to 100")]
    Score,
}

/// Calls the grader of each due answer once.
pub async fn run(db: &Database, options: &HiringOptions, now: DateTime<Utc>) -> Result<(), Error> {
    let due = store::answers::for_graders(&mut *db.connection().await?, now, BATCH).await?;
    // Concurrently, so that neither a slow grader nor a failing answer delays the others.
    let outcomes: Vec<_> = stream::iter(due)
        .map(|answer| async move { (answer.application, grade(db, options, &answer, now).await) })
        .buffer_unordered(CONCURRENT_CALLS)
        .collect()
        .await;
    let mut run = Run::default();
    for (application, outcome) in outcomes {
        run.record(application, outcome);
    }
    run.finish()
}

/// Calls the grader once. After an error of this service, the answer moves to the end of the queue:
/// otherwise it would always be first.
async fn grade(
    db: &Database,
    options: &HiringOptions,
    answer: &ForGrader,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let outcome = call_once(db, options, answer, now).await;
    if outcome.is_err() {
        retry_later(db, options, answer, now).await?;
    }
    outcome
}

async fn call_once(
    db: &Database,
    options: &HiringOptions,
    answer: &ForGrader,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(question) = question(db, answer).await? else {
        return Ok(());
    };
    match ask(options, &answer.grader, question).await {
        Ok((score, comment)) => {
            let grading = GradingState::Scored(score);
            let save = async |conn: &mut AsyncPgConnection| save(conn, answer, &grading, &comment, now).await;
            db.transaction(save).await
        }
        Err(error) => not_graded(db, options, answer, &error, now).await,
    }
}

/// The grader's request. `None` if the answer was erased meanwhile.
async fn question(db: &Database, answer: &ForGrader) -> Result<Option<pb::GradeTextRequest>, Error> {
    let attempt = store::attempts::find(&mut *db.connection().await?, answer.application).await?;
    Ok(attempt.and_then(|attempt| {
        let task = attempt.task(answer.index)?;
        let given = attempt.answers.get(&answer.index)?;
        let (AnyKind::Remote(remote), Answer::Text(text)) = (&task.kind, &given.answer) else {
            return None;
        };
        let name = format!("{}/{}", answer.index.test, answer.index.task);
        Some(pb::GradeTextRequest {
            grading_id: Uuid::new_v5(&answer.application.0, name.as_bytes()).to_string(),
            question: task.prompt.clone(),
            guidance: remote.guidance.clone(),
            answer: text.clone(),
        })
    }))
}

async fn ask(
    options: &HiringOptions,
    grader: &str,
    question: pb::GradeTextRequest,
) -> Result<(Score, String), NoGrade> {
    let channel = channel(options, grader)?;
    let response = TaskGraderServiceClient::new(channel)
        .grade_text(question)
        .await
        .map_err(|status| NoGrade::Call(Box::new(status)))?
        .into_inner();
    let score = Score::new(response.score.into()).map_err(|_| NoGrade::Score)?;
    Ok((score, response.comment.chars().take(MAX_COMMENT).collect()))
}

fn channel(options: &HiringOptions, grader: &str) -> Result<Channel, NoGrade> {
    if !options.graders.iter().any(|allowed| allowed == grader) {
        return Err(NoGrade::NotAllowed);
    }
    let endpoint = Endpoint::from_shared(grader.to_owned()).map_err(NoGrade::Address)?;
    Ok(endpoint
        .connect_timeout(options.grader_deadline)
        .timeout(options.grader_deadline)
        .connect_lazy())
}

/// Schedules a retry. After the last try, or without a usable address, leaves the answer to the
/// managers.
async fn not_graded(
    db: &Database,
    options: &HiringOptions,
    answer: &ForGrader,
    error: &NoGrade,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    tracing::warn!(
        application.id = %answer.application,
        grader = answer.grader,
        tries = answer.tries + 1,
        error = error as &dyn std::error::Error,
        "the grader did not grade an answer"
    );
    let last = answer.tries + 1 >= options.grader_tries;
    if last || matches!(error, NoGrade::NotAllowed | NoGrade::Address(_)) {
        let grading = GradingState::AwaitsManager;
        let save = async |conn: &mut AsyncPgConnection| save(conn, answer, &grading, "", now).await;
        return db.transaction(save).await;
    }
    retry_later(db, options, answer, now).await
}

/// Schedules the next call after a pause that doubles with each try.
async fn retry_later(
    db: &Database,
    options: &HiringOptions,
    answer: &ForGrader,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let pause = options
        .grader_pause
        .saturating_mul(2_u32.saturating_pow(answer.tries))
        .min(MAX_PAUSE);
    let next = now + TimeDelta::from_std(pause).unwrap_or(TimeDelta::MAX);
    store::answers::retry(&mut *db.connection().await?, answer, next).await?;
    Ok(())
}

/// Saves the grade, unless a manager has graded the answer or the application was deleted
/// meanwhile.
async fn save(
    conn: &mut AsyncPgConnection,
    answer: &ForGrader,
    grading: &GradingState,
    comment: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(application) = store::applications::lock(conn, answer.application).await? else {
        return Ok(());
    };
    let Some(mut attempt) = store::attempts::find(conn, answer.application).await? else {
        return Ok(());
    };
    let outcome = match grading {
        GradingState::Scored(score) => attempt.grade(answer.index, *score),
        _ => attempt.leave_to_manager(answer.index),
    };
    if outcome.is_err() {
        return Ok(());
    }
    store::answers::grade(conn, answer.application, answer.index, grading, comment).await?;
    let grader = Actor {
        role: Role::Service,
        id: answer.grader.chars().take(100).collect(),
    };
    assess(conn, application, &attempt, grader, now).await?;
    Ok(())
}
