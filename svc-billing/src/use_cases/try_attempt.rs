//! B5–B7: what charging and paying out have in common: a request is stored before it is sent, and
//! its outcome is stored once.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use crate::Error;
use crate::domain::{
    Attempt, AttemptId, AttemptKind, Finished, Invoice, Means, Settings, unknown_outcome_pause,
};
use crate::store::{attempts, details};

/// What an attempt came to before a request was sent.
pub enum Begun {
    /// Another replica has finished the attempt.
    Finished,
    /// No means were chosen, so the attempt failed.
    NoMeans(Box<Finished>),
    /// The provider is not to be asked in this run.
    PutOff,
    /// The request can be sent.
    Send(Box<Attempt>, Box<Invoice>, Means),
}

/// Stores the means of an attempt and the time of its next request. A repeated request must be the
/// same request, so the means are stored before the first one is sent.
pub async fn begin(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    id: AttemptId,
    may_ask: impl Fn(&Means) -> bool,
    now: DateTime<Utc>,
) -> Result<Begun, Error> {
    let (attempt, invoice) = attempts::lock(conn, id).await?;
    if attempt.status.is_final() {
        return Ok(Begun::Finished);
    }
    let means = match attempt.means.clone() {
        Some(means) => Some(means),
        None => details::find(conn, attempt.account).await?,
    };
    let Some(means) = means else {
        let reason = match attempt.kind {
            AttemptKind::Charge => "no payment method was chosen",
            AttemptKind::Payout => "no payout beneficiary was named",
        };
        let finished = attempt.fail(invoice, reason, &settings.charge_retries, now);
        attempts::finish(conn, settings, &finished).await?;
        return Ok(Begun::NoMeans(Box::new(finished)));
    };
    if !may_ask(&means) {
        return Ok(Begun::PutOff);
    }
    let pause = unknown_outcome_pause(settings.first_pause, attempt.tries.saturating_add(1));
    attempts::begin_try(conn, id, &means, now + pause).await?;
    Ok(Begun::Send(Box::new(attempt), Box::new(invoice), means))
}
