//! Ends overdue tests, and attempts whose link expired between two tests (H3).

use chrono::{DateTime, Utc};
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::Database;

use super::run::for_each_due;
use crate::domain::application::{Application, State};
use crate::error::Error;
use crate::store;
use crate::store::due::{self, Due};
use crate::use_cases::assess::assess;

pub async fn run(db: &Database, now: DateTime<Utc>) -> Result<(), Error> {
    let page = async |(conn, after): (&mut AsyncPgConnection, Option<Due>)| {
        due::overdue_tests(conn, now, after).await
    };
    let end = async |(conn, application): (&mut AsyncPgConnection, Application)| -> Result<(), Error> {
        let Some(mut attempt) = store::attempts::find(conn, application.id).await? else {
            return Ok(());
        };
        attempt.end_overdue(now);
        if application.link_expired(now) && attempt.deadline().is_none() {
            attempt.close(now);
        }
        assess(conn, application, &attempt, Actor::system(), now).await?;
        Ok(())
    };
    for_each_due(db, State::Testing, page, end).await
}
