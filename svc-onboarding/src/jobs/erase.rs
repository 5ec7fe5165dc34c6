//! Erases personal data whose time is over (H7): of the declined, and of those who never confirmed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use conventions::Role;
use conventions::types::Actor;
use diesel_async::AsyncPgConnection;
use service_host::Database;
use uuid::Uuid;

use crate::domain::application::State;
use crate::erasure;
use crate::error::Error;
use crate::store;

/// One round.
pub async fn run(db: &Database, retention: Duration, now: DateTime<Utc>) -> Result<(), Error> {
    let retention = TimeDelta::from_std(retention).unwrap_or(TimeDelta::MAX);
    let mut conn = db.connection().await?;
    let declined = store::due::declined_before(&mut conn, now - retention).await?;
    let never_confirmed = store::due::never_confirmed(&mut conn, now).await?;
    drop(conn);
    for id in declined {
        db.transaction(async |conn: &mut AsyncPgConnection| erase(conn, id, State::Declined, now).await)
            .await?;
    }
    for id in never_confirmed {
        db.transaction(async |conn: &mut AsyncPgConnection| erase(conn, id, State::Unconfirmed, now).await)
            .await?;
    }
    Ok(())
}

async fn erase(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    state: State,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(mut application) = store::applications::lock(conn, id).await? else {
        return Ok(());
    };
    if application.state != state {
        return Ok(());
    }
    let system = Actor {
        role: Role::System.into(),
        id: String::new(),
    };
    erasure::erase(conn, &mut application, &system, now).await?;
    if state == State::Unconfirmed {
        // Nobody but its sender ever saw it, and it is in no statistics: nothing of it is worth a row.
        store::applications::remove(conn, id).await?;
    }
    Ok(())
}
