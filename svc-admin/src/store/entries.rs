//! The catalogue's tables. [`save`] writes entry, version, audit line and event together.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::{Change, Events};
use uuid::Uuid;

use super::audit;
use super::schema::{entries, entry_versions};
use crate::domain::ids::EntryId;
use crate::domain::manager::Manager;
use crate::domain::test_set::TestSet;
use crate::domain::{Actor, Entry, Kind, Revision, Versioned};
use crate::error::Error;
use crate::events::convert::Published;

#[derive(Queryable)]
struct EntryRow {
    entry_id: Uuid,
    version: i64,
    archived: bool,
    body: serde_json::Value,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
    actor_role: String,
    actor_id: String,
}

impl EntryRow {
    fn read<E: Entry>(self) -> Result<Versioned<E>, Error> {
        let body =
            serde_json::from_value(self.body).map_err(|source| malformed(E::KIND, self.entry_id, source))?;
        Ok(Versioned {
            id: EntryId(self.entry_id),
            version: self.version,
            archived: self.archived,
            body,
            created_at: self.created_at,
            changed_at: self.changed_at,
            changed_by: Actor::stored(&self.actor_role, self.actor_id),
        })
    }
}

fn malformed(kind: Kind, id: Uuid, source: serde_json::Error) -> Error {
    Error::Stored {
        what: kind.into(),
        id,
        source,
    }
}

/// The columns of an [`EntryRow`].
macro_rules! columns {
    () => {
        (
            entries::entry_id,
            entry_versions::version,
            entry_versions::archived,
            entry_versions::body,
            entries::created_at,
            entry_versions::changed_at,
            entry_versions::actor_role,
            entry_versions::actor_id,
        )
    };
}

/// Entries joined with all their versions.
macro_rules! joined {
    () => {
        entries::table.inner_join(
            entry_versions::table.on(entry_versions::kind
                .eq(entries::kind)
                .and(entry_versions::entry_id.eq(entries::entry_id))),
        )
    };
}

/// The entries of the kind whose body is `$body`.
macro_rules! of_kind {
    ($body:ty) => {
        entries::kind.eq(<&str>::from(<$body>::KIND))
    };
}

/// Loads the current version of an entry under a row lock.
macro_rules! locked {
    ($conn:expr, $id:expr, $lock:ident) => {{
        let version = entries::table
            .filter(of_kind!(E).and(entries::entry_id.eq($id.0)))
            .select(entries::version)
            .$lock()
            .first::<i64>($conn)
            .await
            .optional()?;
        match version {
            Some(version) => find($conn, $id, version).await,
            None => Ok(None),
        }
    }};
}

/// Loads the current version of an entry and locks the entry until the transaction ends.
pub async fn lock<E: Entry>(
    conn: &mut AsyncPgConnection,
    id: EntryId,
) -> Result<Option<Versioned<E>>, Error> {
    locked!(conn, id, for_update)
}

/// Loads the current version of an entry and keeps others from changing it until the transaction
/// ends. An entry that refers to this one is then saved before this one is archived or renewed, or
/// sees the change.
pub async fn lock_shared<E: Entry>(
    conn: &mut AsyncPgConnection,
    id: EntryId,
) -> Result<Option<Versioned<E>>, Error> {
    locked!(conn, id, for_share)
}

/// Locks all entries of a kind that are in use, in ascending order, until the transaction ends: for
/// a rule about all of them together.
pub async fn lock_in_use(conn: &mut AsyncPgConnection, kind: Kind) -> QueryResult<()> {
    entries::table
        .filter(
            entries::kind
                .eq(<&str>::from(kind))
                .and(entries::archived.eq(false)),
        )
        .select(entries::entry_id)
        .order(entries::entry_id)
        .for_update()
        .load::<Uuid>(conn)
        .await?;
    Ok(())
}

/// Loads one version of an entry; version 0 means the current one.
pub async fn find<E: Entry>(
    conn: &mut AsyncPgConnection,
    id: EntryId,
    version: i64,
) -> Result<Option<Versioned<E>>, Error> {
    let mut query = joined!()
        .filter(of_kind!(E).and(entries::entry_id.eq(id.0)))
        .select(columns!())
        .into_boxed();
    query = if version == 0 {
        query.filter(entry_versions::version.eq(entries::version))
    } else {
        query.filter(entry_versions::version.eq(version))
    };
    query
        .first::<EntryRow>(conn)
        .await
        .optional()?
        .map(EntryRow::read)
        .transpose()
}

/// The id of the entry in use that has the unique key of `body`.
pub async fn id_by_unique_key<E: Entry>(
    conn: &mut AsyncPgConnection,
    body: &E,
) -> QueryResult<Option<EntryId>> {
    let id = entries::table
        .filter(of_kind!(E).and(entries::archived.eq(false)))
        .filter(entries::unique_key.eq(body.unique_key()))
        .select(entries::entry_id)
        .first(conn)
        .await
        .optional()?;
    Ok(id.map(EntryId))
}

/// Current versions, newest entry first, starting after the key (time of creation, id).
pub async fn list<E: Entry>(
    conn: &mut AsyncPgConnection,
    include_archived: bool,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Versioned<E>>, Error> {
    let mut query = joined!()
        .filter(of_kind!(E).and(entry_versions::version.eq(entries::version)))
        .select(columns!())
        .into_boxed();
    if !include_archived {
        query = query.filter(entries::archived.eq(false));
    }
    if let Some((created_at, id)) = after {
        query = query.filter(
            entries::created_at
                .lt(created_at)
                .or(entries::created_at.eq(created_at).and(entries::entry_id.lt(id))),
        );
    }
    let rows: Vec<EntryRow> = query
        .order((entries::created_at.desc(), entries::entry_id.desc()))
        .limit(limit)
        .load(conn)
        .await?;
    rows.into_iter().map(EntryRow::read).collect()
}

/// Ids of the test sets that contain a test now. Ascending, so that all callers lock them in one
/// order.
pub async fn sets_with_test(conn: &mut AsyncPgConnection, test_id: EntryId) -> QueryResult<Vec<EntryId>> {
    let contains = serde_json::json!({ "tests": [{ "test_id": test_id }] });
    let ids: Vec<Uuid> = joined!()
        .filter(of_kind!(TestSet))
        .filter(entry_versions::version.eq(entries::version))
        .filter(entry_versions::body.contains(contains))
        .select(entries::entry_id)
        .order(entries::entry_id)
        .load(conn)
        .await?;
    Ok(ids.into_iter().map(EntryId).collect())
}

/// The number of root managers in use.
pub async fn roots(conn: &mut AsyncPgConnection) -> QueryResult<i64> {
    joined!()
        .filter(of_kind!(Manager).and(entries::archived.eq(false)))
        .filter(entry_versions::version.eq(entries::version))
        .filter(entry_versions::body.contains(serde_json::json!({ "roles": ["root"] })))
        .count()
        .get_result(conn)
        .await
}

/// Saves a revision with its audit line and its event.
///
/// # Errors
/// [`Error::Taken`] if another entry in use has the unique key, and [`Error::TooLarge`] if the
/// event cannot be published.
pub async fn save<E: Published>(conn: &mut AsyncPgConnection, revision: &Revision<E>) -> Result<(), Error> {
    messaging::save(conn, revision)
        .await
        .map_err(|error| match error {
            // The outbox refuses events of more than 900 000 bytes before it sends a statement.
            Error::Database(diesel::result::Error::QueryBuilderError(_)) => Error::TooLarge(E::KIND),
            other => other,
        })
}

impl<E: Published> Change for Revision<E> {
    type Written = ();
    type Error = Error;

    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        write(conn, &self.after).await?;
        let line = audit::Line {
            at: self.after.changed_at,
            by: &self.after.changed_by,
            what: &format!("{}.{}", E::KIND, self.action),
            subject_id: self.after.id.0,
            before: self.before.as_ref().map(logged).transpose()?,
            after: logged(&self.after)?,
        };
        Ok(audit::write(conn, line).await?)
    }

    fn events(&self, (): &()) -> Result<Events, Error> {
        Ok(E::events(&self.after))
    }
}

/// A version as the audit log shows it.
fn logged<E: Entry>(entry: &Versioned<E>) -> Result<serde_json::Value, Error> {
    Ok(serde_json::json!({
        "version": entry.version,
        "archived": entry.archived,
        "body": body(entry)?,
    }))
}

fn body<E: Entry>(entry: &Versioned<E>) -> Result<serde_json::Value, Error> {
    serde_json::to_value(&entry.body).map_err(|source| malformed(E::KIND, entry.id.0, source))
}

async fn write<E: Entry>(conn: &mut AsyncPgConnection, after: &Versioned<E>) -> Result<(), Error> {
    let kind: &str = E::KIND.into();
    diesel::insert_into(entries::table)
        .values((
            entries::kind.eq(kind),
            entries::entry_id.eq(after.id.0),
            entries::version.eq(after.version),
            entries::archived.eq(after.archived),
            entries::unique_key.eq(after.body.unique_key()),
            entries::created_at.eq(after.created_at),
        ))
        .on_conflict((entries::kind, entries::entry_id))
        .do_update()
        .set((
            entries::version.eq(after.version),
            entries::archived.eq(after.archived),
            entries::unique_key.eq(after.body.unique_key()),
        ))
        .execute(conn)
        .await
        .map_err(|error| taken(error, E::KIND))?;
    diesel::insert_into(entry_versions::table)
        .values((
            entry_versions::kind.eq(kind),
            entry_versions::entry_id.eq(after.id.0),
            entry_versions::version.eq(after.version),
            entry_versions::archived.eq(after.archived),
            entry_versions::body.eq(body(after)?),
            entry_versions::changed_at.eq(after.changed_at),
            entry_versions::actor_role.eq(after.changed_by.role.claim()),
            entry_versions::actor_id.eq(&after.changed_by.id),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// `unique_key` is the only unique column here that a caller's input can violate.
fn taken(error: diesel::result::Error, kind: Kind) -> Error {
    use diesel::result::{DatabaseErrorKind, Error as Diesel};
    match error {
        Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Error::Taken(kind),
        other => Error::Database(other),
    }
}
