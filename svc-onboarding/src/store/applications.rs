//! Applications. They are saved together with what happened to them, never without.

use chrono::{DateTime, Utc};
use conventions::types::Actor;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::application_row::ApplicationRow;
use super::corrupt;
use super::schema::{applications, photos};
use crate::domain::applicant::PersonKey;
use crate::domain::application::{Application, State};
use crate::domain::happened::Happened;
use crate::domain::photo::Photo;
use crate::domain::score::Score;
use crate::events;

/// What a list is ordered by: newest first.
pub type Key = (DateTime<Utc>, Uuid);

/// Which applications a manager asks for.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Of one vacancy.
    pub vacancy: Option<Uuid>,
    /// In one state.
    pub state: Option<State>,
}

/// Inserts a new application with its photo, and publishes what happened; `false` when the person has one open already.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    application: &Application,
    photo: Option<&Photo>,
    by: &Actor,
    happened: &Happened,
) -> QueryResult<bool> {
    // No target is named because the only other unique value is fresh and random: a conflict is the person's.
    let inserted = diesel::insert_into(applications::table)
        .values(ApplicationRow::of(application)?)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if inserted == 0 {
        return Ok(false);
    }
    if let Some(photo) = photo {
        diesel::insert_into(photos::table)
            .values((
                photos::application_id.eq(application.id),
                photos::media_type.eq(photo.format.media_type()),
                photos::bytes.eq(&photo.bytes),
            ))
            .execute(conn)
            .await?;
    }
    events::publish(conn, application, by, application.submitted_at, happened).await?;
    Ok(true)
}

/// Saves an application that was locked in this transaction, and publishes what happened to it.
pub async fn save(
    conn: &mut AsyncPgConnection,
    application: &Application,
    by: &Actor,
    at: DateTime<Utc>,
    happened: Option<&Happened>,
) -> QueryResult<()> {
    let saved = diesel::update(applications::table.find(application.id))
        .set(ApplicationRow::of(application)?)
        .execute(conn)
        .await?;
    if saved != 1 {
        return Err(diesel::result::Error::NotFound);
    }
    match happened {
        Some(happened) => events::publish(conn, application, by, at, happened).await,
        None => Ok(()),
    }
}

/// The application, locked until the transaction ends.
pub async fn lock(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Application>> {
    let row = applications::table
        .find(id)
        .select(ApplicationRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    row.map(ApplicationRow::into_application).transpose()
}

/// The application that stands between this person and another one, locked until the transaction ends.
pub async fn lock_open(conn: &mut AsyncPgConnection, person: PersonKey) -> QueryResult<Option<Application>> {
    let closed = [State::Declined.word(), State::Withdrawn.word()];
    let row = applications::table
        .filter(applications::person_key.eq(person.as_bytes().as_slice()))
        .filter(applications::state.ne_all(closed))
        .select(ApplicationRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    row.map(ApplicationRow::into_application).transpose()
}

/// The application, to look at.
pub async fn find(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Application>> {
    let row = applications::table
        .find(id)
        .select(ApplicationRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(ApplicationRow::into_application).transpose()
}

/// Confirmed applications, newest first, after `after`.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: Filter,
    after: Option<Key>,
    limit: i64,
) -> QueryResult<Vec<Application>> {
    let mut query = applications::table
        .filter(applications::state.ne(State::Unconfirmed.word()))
        .order((
            applications::submitted_at.desc(),
            applications::application_id.desc(),
        ))
        .limit(limit)
        .select(ApplicationRow::as_select())
        .into_boxed();
    if let Some(vacancy) = filter.vacancy {
        query = query.filter(applications::vacancy_id.eq(vacancy));
    }
    if let Some(state) = filter.state {
        query = query.filter(applications::state.eq(state.word()));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            applications::submitted_at.lt(at).or(applications::submitted_at
                .eq(at)
                .and(applications::application_id.lt(id))),
        );
    }
    let rows: Vec<ApplicationRow> = query.load(conn).await?;
    rows.into_iter().map(ApplicationRow::into_application).collect()
}

/// The scores of those who were scored last for a vacancy, the latest first.
pub async fn last_scores(
    conn: &mut AsyncPgConnection,
    vacancy: Uuid,
    limit: usize,
) -> QueryResult<Vec<Score>> {
    let scores: Vec<Option<i16>> = applications::table
        .filter(applications::vacancy_id.eq(vacancy))
        .filter(applications::scored_at.is_not_null())
        .order(applications::scored_at.desc())
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(applications::score)
        .load(conn)
        .await?;
    scores
        .into_iter()
        .flatten()
        .map(|score| Score::new(score.into()).map_err(corrupt))
        .collect()
}

/// Removes an application that nobody but its sender has ever seen.
pub async fn remove(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(applications::table.find(id)).execute(conn).await?;
    Ok(())
}
