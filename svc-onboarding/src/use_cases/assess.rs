//! Takes an application as far as its attempt allows (H4): tests over → answers graded → scored.

use chrono::{DateTime, Utc};
use conventions::Actor;
use diesel_async::AsyncPgConnection;

use crate::domain::application::{Application, State, Verdict};
use crate::domain::attempt::Attempt;
use crate::domain::rule::Best;
use crate::domain::scoring;
use crate::error::Error;
use crate::store;

/// Saves the attempt, and the application if its state changes. Returns the application's state.
///
/// The transaction must have locked the application.
pub async fn assess(
    conn: &mut AsyncPgConnection,
    mut application: Application,
    attempt: &Attempt,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<State, Error> {
    store::attempts::save(conn, attempt).await?;
    let before = application.state;
    if application.state == State::Testing && attempt.is_over() {
        application.finish()?;
    }
    if application.state == State::Grading && attempt.is_graded() {
        let verdict = verdict(conn, &application, attempt, now).await?;
        application.score(verdict, by)?;
        tracing::info!(application.id = %application.id, "application scored");
    }
    let state = application.state;
    if state != before {
        store::applications::save(conn, application).await?;
    }
    Ok(state)
}

async fn verdict(
    conn: &mut AsyncPgConnection,
    application: &Application,
    attempt: &Attempt,
    at: DateTime<Utc>,
) -> Result<Verdict, Error> {
    let window = application.rule.best.map_or(0, Best::earlier);
    let earlier = store::applications::last_scores(conn, application.vacancy, window).await?;
    let outcome = scoring::score(attempt);
    Ok(Verdict {
        recommendation: application.rule.recommend(outcome.total, &earlier),
        outcome,
        at,
    })
}
