//! How an attempt goes on after each step: over → graded → scored → recommended (H4).

use chrono::{DateTime, Utc};
use conventions::types::Actor;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::domain::application::{Application, State, Verdict};
use crate::domain::attempt::Attempt;
use crate::domain::happened::Happened;
use crate::domain::rule::Best;
use crate::domain::scoring;
use crate::error::Error;
use crate::store;

/// Takes an application as far as its attempt allows, and saves both. The application is locked by this transaction.
pub async fn go_on(
    conn: &mut AsyncPgConnection,
    application: &mut Application,
    attempt: &Attempt,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    store::attempts::save(conn, attempt).await?;
    if application.state == State::Testing && attempt.is_over() {
        application.finish().map_err(Error::Application)?;
        store::applications::save(conn, application, by, now, None).await?;
    }
    if application.state == State::Grading && attempt.is_graded() {
        let verdict = verdict(conn, application, attempt, now).await?;
        application.score(verdict).map_err(Error::Application)?;
        store::applications::save(conn, application, by, now, Some(&Happened::Scored)).await?;
        tracing::info!(application.id = %application.id, "an application was scored");
    }
    Ok(())
}

async fn verdict(
    conn: &mut AsyncPgConnection,
    application: &Application,
    attempt: &Attempt,
    at: DateTime<Utc>,
) -> QueryResult<Verdict> {
    let window = application.rule.best.map_or(0, Best::earlier);
    let earlier = store::applications::last_scores(conn, application.vacancy, window).await?;
    let outcome = scoring::score(attempt);
    Ok(Verdict {
        recommendation: application.rule.recommend(outcome.total, &earlier),
        outcome,
        at,
    })
}
