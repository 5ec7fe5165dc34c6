//! Erases personal data whose time is over (H7): of the declined, and of those who never confirmed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use service_host::Database;
use uuid::Uuid;

use super::round::Round;
use crate::domain::application::State;
use crate::erasure;
use crate::error::Error;
use crate::store;

/// One round.
pub async fn run(db: &Database, retention: Duration, now: DateTime<Utc>) -> Result<(), Error> {
    let retention = TimeDelta::from_std(retention).unwrap_or(TimeDelta::MAX);
    let before = now
        .checked_sub_signed(retention)
        .unwrap_or(DateTime::<Utc>::MIN_UTC);
    let mut round = Round::default();
    let mut after = None;
    loop {
        let page = store::due::declined_before(&mut *db.connection().await?, before, after).await?;
        for &(_, id) in &page {
            let erase = async |conn: &mut AsyncPgConnection| declined(conn, id, now).await;
            round.note(id, db.transaction(erase).await);
        }
        after = store::due::next(&page);
        if after.is_none() {
            break;
        }
    }
    loop {
        let page = store::due::never_confirmed(&mut *db.connection().await?, now, after).await?;
        for &(_, id) in &page {
            let forget = async |conn: &mut AsyncPgConnection| never_confirmed(conn, id, now).await;
            round.note(id, db.transaction(forget).await);
        }
        after = store::due::next(&page);
        if after.is_none() {
            break;
        }
    }
    round.end()
}

async fn declined(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    let Some(mut application) = store::applications::lock(conn, id).await? else {
        return Ok(());
    };
    if application.state != State::Declined {
        return Ok(());
    }
    erasure::erase(conn, &mut application, &erasure::system(), now).await
}

async fn never_confirmed(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    let Some(application) = store::applications::lock(conn, id).await? else {
        return Ok(());
    };
    if application.state != State::Unconfirmed {
        return Ok(());
    }
    erasure::forget(conn, application, now).await
}
