//! Erases personal data after its retention (H7), and applications that were never confirmed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use service_host::Database;

use super::run::for_each_due;
use crate::domain::application::{Application, State};
use crate::error::Error;
use crate::store::due::{self, Due};
use crate::use_cases::erase::{erase, forget};

pub async fn run(db: &Database, retention: Duration, now: DateTime<Utc>) -> Result<(), Error> {
    let retention = TimeDelta::from_std(retention).unwrap_or(TimeDelta::MAX);
    let before = now
        .checked_sub_signed(retention)
        .unwrap_or(DateTime::<Utc>::MIN_UTC);
    let declined = async |(conn, after): (&mut AsyncPgConnection, Option<Due>)| {
        due::declined_before(conn, before, after).await
    };
    let erase = async |(conn, application): (&mut AsyncPgConnection, Application)| {
        erase(conn, application, now).await.map(drop)
    };
    let unconfirmed = async |(conn, after): (&mut AsyncPgConnection, Option<Due>)| {
        due::never_confirmed(conn, now, after).await
    };
    let forget = async |(conn, application): (&mut AsyncPgConnection, Application)| {
        forget(conn, application, now).await
    };
    let erased = for_each_due(db, State::Declined, declined, erase).await;
    let forgotten = for_each_due(db, State::Unconfirmed, unconfirmed, forget).await;
    erased.and(forgotten)
}
