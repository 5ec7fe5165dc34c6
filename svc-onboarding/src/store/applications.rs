//! Applications. Saving an application publishes the events of its steps.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::{Change, Events};

use super::application_row::ApplicationRow;
use super::corrupt;
use super::schema::{applications, photos};
use crate::domain::applicant::PersonKey;
use crate::domain::application::{Application, State};
use crate::domain::ids::{ApplicationId, VacancyId};
use crate::domain::photo::Photo;
use crate::domain::score::Score;
use crate::events::convert;

/// The sort key of the list of applications.
pub type Key = (DateTime<Utc>, ApplicationId);

/// Selects the applications in a list. `None` selects all.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    pub vacancy: Option<VacancyId>,
    pub state: Option<State>,
}

struct New<'a> {
    application: &'a Application,
    photo: Option<&'a Photo>,
}

impl Change for New<'_> {
    /// Whether the application was inserted.
    type Written = bool;
    type Error = diesel::result::Error;

    async fn write(&self, conn: &mut AsyncPgConnection) -> QueryResult<bool> {
        // Only the index of open applications can conflict: the id is new.
        let inserted = diesel::insert_into(applications::table)
            .values(ApplicationRow::of(self.application)?)
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        if inserted == 0 {
            return Ok(false);
        }
        if let Some(photo) = self.photo {
            diesel::insert_into(photos::table)
                .values((
                    photos::application_id.eq(self.application.id.0),
                    photos::media_type.eq(photo.format.as_ref()),
                    photos::bytes.eq(&photo.bytes),
                ))
                .execute(conn)
                .await?;
        }
        Ok(true)
    }

    fn events(&self, inserted: &bool) -> QueryResult<Events> {
        Ok(if *inserted {
            convert::events(&self.application.unpublished)
        } else {
            Events::none()
        })
    }
}

/// Inserts a new application with its photo. Returns `false`, and publishes nothing, if the person
/// has an open application.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    application: &Application,
    photo: Option<&Photo>,
) -> QueryResult<bool> {
    messaging::save(conn, &New { application, photo }).await
}

struct Changed(Application);

impl Change for Changed {
    type Written = ();
    type Error = diesel::result::Error;

    async fn write(&self, conn: &mut AsyncPgConnection) -> QueryResult<()> {
        let saved = diesel::update(applications::table.find(self.0.id.0))
            .set(ApplicationRow::of(&self.0)?)
            .execute(conn)
            .await?;
        (saved == 1).then_some(()).ok_or(diesel::result::Error::NotFound)
    }

    fn events(&self, (): &()) -> QueryResult<Events> {
        Ok(convert::events(&self.0.unpublished))
    }
}

/// Saves an application that this transaction has locked. Takes it by value, because its events
/// must not be published twice.
pub async fn save(conn: &mut AsyncPgConnection, application: Application) -> QueryResult<()> {
    messaging::save(conn, &Changed(application)).await
}

/// Loads an application and locks it until the transaction ends.
pub async fn lock(conn: &mut AsyncPgConnection, id: ApplicationId) -> QueryResult<Option<Application>> {
    let row = applications::table
        .find(id.0)
        .select(ApplicationRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    row.map(ApplicationRow::into_application).transpose()
}

/// Loads the person's open application and locks it until the transaction ends.
pub async fn lock_open(conn: &mut AsyncPgConnection, person: PersonKey) -> QueryResult<Option<Application>> {
    let closed = [State::Declined.as_ref(), State::Withdrawn.as_ref()];
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

/// Loads an application without a lock.
pub async fn find(conn: &mut AsyncPgConnection, id: ApplicationId) -> QueryResult<Option<Application>> {
    let row = applications::table
        .find(id.0)
        .select(ApplicationRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(ApplicationRow::into_application).transpose()
}

/// Confirmed applications after `after`, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: Filter,
    after: Option<Key>,
    limit: i64,
) -> QueryResult<Vec<Application>> {
    let mut query = applications::table
        .filter(applications::state.ne(State::Unconfirmed.as_ref()))
        .order((
            applications::submitted_at.desc(),
            applications::application_id.desc(),
        ))
        .limit(limit)
        .select(ApplicationRow::as_select())
        .into_boxed();
    if let Some(vacancy) = filter.vacancy {
        query = query.filter(applications::vacancy_id.eq(vacancy.0));
    }
    if let Some(state) = filter.state {
        query = query.filter(applications::state.eq(state.to_string()));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            applications::submitted_at.lt(at).or(applications::submitted_at
                .eq(at)
                .and(applications::application_id.lt(id.0))),
        );
    }
    let rows: Vec<ApplicationRow> = query.load(conn).await?;
    rows.into_iter().map(ApplicationRow::into_application).collect()
}

/// The scores of a vacancy's candidates who were scored last, the latest first.
pub async fn last_scores(
    conn: &mut AsyncPgConnection,
    vacancy: VacancyId,
    limit: usize,
) -> QueryResult<Vec<Score>> {
    let scores: Vec<Option<i16>> = applications::table
        .filter(applications::vacancy_id.eq(vacancy.0))
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

/// Deletes an unconfirmed application.
pub async fn remove(conn: &mut AsyncPgConnection, id: ApplicationId) -> QueryResult<()> {
    diesel::delete(applications::table.find(id.0))
        .execute(conn)
        .await?;
    Ok(())
}
