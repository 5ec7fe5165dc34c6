//! Ends tests whose time is over, and attempts whose link expired between two tests (H3).

use chrono::{DateTime, Utc};
use conventions::Role;
use conventions::types::Actor;
use diesel_async::AsyncPgConnection;
use service_host::Database;
use uuid::Uuid;

use super::round::Round;
use crate::assessment;
use crate::domain::application::State;
use crate::error::Error;
use crate::store;

/// One round.
pub async fn run(db: &Database, now: DateTime<Utc>) -> Result<(), Error> {
    let mut round = Round::default();
    let mut after = None;
    loop {
        let page = store::due::overdue_tests(&mut *db.connection().await?, now, after).await?;
        for &(_, id) in &page {
            let end = async |conn: &mut AsyncPgConnection| end(conn, id, now).await;
            round.note(id, db.transaction(end).await);
        }
        after = store::due::next(&page);
        if after.is_none() {
            return round.end();
        }
    }
}

async fn end(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    let Some(mut application) = store::applications::lock(conn, id).await? else {
        return Ok(());
    };
    if application.state != State::Testing {
        return Ok(());
    }
    let Some(mut attempt) = store::attempts::find(conn, id).await? else {
        return Ok(());
    };
    attempt.end_overdue(now);
    let link_expired = application
        .invitation
        .as_ref()
        .is_some_and(|invitation| now >= invitation.expires_at);
    if link_expired && attempt.deadline().is_none() {
        attempt.close(now);
    }
    let system = Actor {
        role: Role::System.into(),
        id: String::new(),
    };
    assessment::go_on(conn, &mut application, &attempt, &system, now).await
}
