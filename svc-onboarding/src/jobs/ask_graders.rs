//! Asks remote graders about the answers that wait for them (H3), outside any transaction.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use conventions::Role;
use conventions::types::Actor;
use diesel_async::AsyncPgConnection;
use futures::{StreamExt as _, stream};
use onboarding_contract::v1 as pb;
use onboarding_contract::v1::task_grader_service_client::TaskGraderServiceClient;
use service_host::Database;
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

use super::round::Round;
use crate::assessment;
use crate::config::HiringOptions;
use crate::domain::attempt::Mark;
use crate::domain::score::Score;
use crate::domain::task::{Answer, AnyKind};
use crate::error::Error;
use crate::store;
use crate::store::answers::ForGrader;

const BATCH: i64 = 50;
const AT_ONCE: usize = 8;
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// What a grader may write into a comment, in characters.
const LONGEST_COMMENT: usize = 2_000;

/// Why a grader gave no grade.
#[derive(Debug, thiserror::Error)]
enum NoGrade {
    #[error("this address is not among those that the settings allow")]
    NotAllowed,
    #[error("the address is none")]
    Address(#[source] tonic::transport::Error),
    #[error("the call failed")]
    Call(#[source] Box<tonic::Status>),
    #[error("the score is not from 0 to 100")]
    Score,
}

/// One round: one try for each answer that is due.
pub async fn run(db: &Database, options: &HiringOptions, now: DateTime<Utc>) -> Result<(), Error> {
    let due = store::answers::for_graders(&mut *db.connection().await?, now, BATCH).await?;
    // Side by side: a slow grader keeps nobody else's waiting, and neither does an answer that can't be worked on.
    let outcomes: Vec<_> = stream::iter(due)
        .map(|answer| async move { (answer.application, in_turn(db, options, &answer, now).await) })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut round = Round::default();
    for (application, outcome) in outcomes {
        round.note(application, outcome);
    }
    round.end()
}

/// One try; where it fails on our side, the answer goes to the end of the queue, or it would stand before the others for ever.
async fn in_turn(
    db: &Database,
    options: &HiringOptions,
    answer: &ForGrader,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let outcome = try_once(db, options, answer, now).await;
    if outcome.is_err() {
        later(db, options, answer, now).await?;
    }
    outcome
}

async fn try_once(
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
            let mark = Mark::Scored(score);
            let settle =
                async |conn: &mut AsyncPgConnection| settle(conn, answer, &mark, &comment, now).await;
            db.transaction(settle).await
        }
        Err(error) => unanswered(db, options, answer, &error, now).await,
    }
}

/// What the grader is asked; nothing where the answer has been erased meanwhile.
async fn question(db: &Database, answer: &ForGrader) -> Result<Option<pb::GradeTextRequest>, Error> {
    let attempt = store::attempts::find(&mut *db.connection().await?, answer.application).await?;
    Ok(attempt.and_then(|attempt| {
        let task = attempt.task(answer.place)?;
        let given = attempt.answers.get(&answer.place)?;
        let (AnyKind::Remote(remote), Answer::Text(text)) = (&task.kind, &given.answer) else {
            return None;
        };
        let place = format!("{}/{}", answer.place.test, answer.place.task);
        Some(pb::GradeTextRequest {
            grading_id: Uuid::new_v5(&answer.application, place.as_bytes()).to_string(),
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
    Ok((score, response.comment.chars().take(LONGEST_COMMENT).collect()))
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

/// Asks again later, or leaves the answer to the managers.
async fn unanswered(
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
        "a grader gave no grade"
    );
    let last = answer.tries + 1 >= options.grader_tries;
    if last || matches!(error, NoGrade::NotAllowed | NoGrade::Address(_)) {
        let to_manager =
            async |conn: &mut AsyncPgConnection| settle(conn, answer, &Mark::AwaitsManager, "", now).await;
        return db.transaction(to_manager).await;
    }
    later(db, options, answer, now).await
}

/// Asks again after a pause.
async fn later(
    db: &Database,
    options: &HiringOptions,
    answer: &ForGrader,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let pause = options
        .grader_pause
        .saturating_mul(2_u32.saturating_pow(answer.tries))
        .min(LONGEST_PAUSE);
    let next = now + TimeDelta::from_std(pause).unwrap_or(TimeDelta::MAX);
    store::answers::ask_again(&mut *db.connection().await?, answer, next).await?;
    Ok(())
}

/// Marks the answer, unless a manager was faster or the application is gone.
async fn settle(
    conn: &mut AsyncPgConnection,
    answer: &ForGrader,
    mark: &Mark,
    comment: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(mut application) = store::applications::lock(conn, answer.application).await? else {
        return Ok(());
    };
    let Some(mut attempt) = store::attempts::find(conn, answer.application).await? else {
        return Ok(());
    };
    let taken = match mark {
        Mark::Scored(score) => attempt.grade(answer.place, *score),
        _ => attempt.leave_to_manager(answer.place),
    };
    if taken.is_err() {
        return Ok(());
    }
    store::answers::mark(conn, answer.application, answer.place, mark, comment).await?;
    let grader = Actor {
        role: Role::Service.into(),
        id: answer.grader.chars().take(100).collect(),
    };
    assessment::go_on(conn, &mut application, &attempt, &grader, now).await
}
