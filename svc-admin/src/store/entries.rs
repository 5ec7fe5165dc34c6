//! The catalogue's tables. [`save`] is the only way in: entry, version, audit line and event are one thing.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::audit;
use super::schema::{entries, entry_versions};
use crate::domain::{Actor, Entry, Kind, Versioned};
use crate::error::Error;
use crate::events::publish::Announce;

#[derive(Queryable)]
struct EntryRow {
    entry_id: Uuid,
    version: i64,
    archived: bool,
    body: serde_json::Value,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
    changed_by_role: String,
    changed_by_id: String,
}

impl EntryRow {
    fn read<E: Entry>(self) -> Result<Versioned<E>, Error> {
        let body = serde_json::from_value(self.body).map_err(|source| Error::Stored {
            kind: E::KIND,
            id: self.entry_id,
            source,
        })?;
        Ok(Versioned {
            id: self.entry_id,
            version: self.version,
            archived: self.archived,
            body,
            created_at: self.created_at,
            changed_at: self.changed_at,
            changed_by: Actor {
                role: self.changed_by_role,
                id: self.changed_by_id,
            },
        })
    }
}

/// The columns of an [`EntryRow`], of an entry joined with one of its versions.
macro_rules! columns {
    () => {
        (
            entries::entry_id,
            entry_versions::version,
            entry_versions::archived,
            entry_versions::body,
            entries::created_at,
            entry_versions::changed_at,
            entry_versions::changed_by_role,
            entry_versions::changed_by_id,
        )
    };
}

/// Entries joined with their versions: with the current one, or with all.
macro_rules! joined {
    () => {
        entries::table.inner_join(
            entry_versions::table.on(entry_versions::kind
                .eq(entries::kind)
                .and(entry_versions::entry_id.eq(entries::entry_id))),
        )
    };
}

/// Loads the current version of an entry and locks the entry until the transaction ends.
pub async fn lock<E: Entry>(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Option<Versioned<E>>, Error> {
    let known = entries::table
        .filter(entries::kind.eq(E::KIND.name()).and(entries::entry_id.eq(id)))
        .select(entries::version)
        .for_update()
        .first::<i64>(conn)
        .await
        .optional()?;
    match known {
        Some(version) => find(conn, id, version).await,
        None => Ok(None),
    }
}

/// Loads the current version of an entry and keeps others from changing it until the transaction ends: what refers to it
/// is then saved before the entry is archived or renewed, or sees that it was.
pub async fn hold<E: Entry>(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Option<Versioned<E>>, Error> {
    let known = entries::table
        .filter(entries::kind.eq(E::KIND.name()).and(entries::entry_id.eq(id)))
        .select(entries::version)
        .for_share()
        .first::<i64>(conn)
        .await
        .optional()?;
    match known {
        Some(version) => find(conn, id, version).await,
        None => Ok(None),
    }
}

/// Locks all entries of a kind that are in use, in one order, until the transaction ends: for what must hold of all of
/// them together.
pub async fn lock_in_use(conn: &mut AsyncPgConnection, kind: Kind) -> QueryResult<()> {
    entries::table
        .filter(entries::kind.eq(kind.name()).and(entries::archived.eq(false)))
        .select(entries::entry_id)
        .order(entries::entry_id)
        .for_update()
        .load::<Uuid>(conn)
        .await?;
    Ok(())
}

/// Loads one version of an entry; 0 is the current one.
pub async fn find<E: Entry>(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    version: i64,
) -> Result<Option<Versioned<E>>, Error> {
    let mut query = joined!()
        .filter(entries::kind.eq(E::KIND.name()).and(entries::entry_id.eq(id)))
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
pub async fn id_by_unique_key<E: Entry>(conn: &mut AsyncPgConnection, body: &E) -> QueryResult<Option<Uuid>> {
    entries::table
        .filter(entries::kind.eq(E::KIND.name()).and(entries::archived.eq(false)))
        .filter(entries::unique_key.eq(body.unique_key()))
        .select(entries::entry_id)
        .first(conn)
        .await
        .optional()
}

/// Current versions, newest entry first, those after the key (when it was made, id).
pub async fn list<E: Entry>(
    conn: &mut AsyncPgConnection,
    include_archived: bool,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Versioned<E>>, Error> {
    let mut query = joined!()
        .filter(
            entries::kind
                .eq(E::KIND.name())
                .and(entry_versions::version.eq(entries::version)),
        )
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

/// Ids of the test sets in which a test is now, ascending, so that whoever locks them locks in one order.
pub async fn sets_with_test(conn: &mut AsyncPgConnection, test_id: Uuid) -> QueryResult<Vec<Uuid>> {
    let contains = serde_json::json!({ "tests": [{ "test_id": test_id }] });
    joined!()
        .filter(entries::kind.eq(Kind::TestSet.name()))
        .filter(entry_versions::version.eq(entries::version))
        .filter(entry_versions::body.contains(contains))
        .select(entries::entry_id)
        .order(entries::entry_id)
        .load(conn)
        .await
}

/// How many root managers are in use.
pub async fn roots(conn: &mut AsyncPgConnection) -> QueryResult<i64> {
    joined!()
        .filter(
            entries::kind
                .eq(Kind::Manager.name())
                .and(entries::archived.eq(false)),
        )
        .filter(entry_versions::version.eq(entries::version))
        .filter(entry_versions::body.contains(serde_json::json!({ "roles": ["root"] })))
        .count()
        .get_result(conn)
        .await
}

/// Saves the next version of an entry, with its audit line and its event. `before` is the version that was locked;
/// `None` for a new entry. `what` was done: `create`, `update`, `archive`, `restore`.
pub async fn save<E: Announce>(
    conn: &mut AsyncPgConnection,
    before: Option<&Versioned<E>>,
    after: &Versioned<E>,
    what: &str,
) -> Result<(), Error> {
    write(conn, after).await?;
    let change = audit::Change {
        at: after.changed_at,
        by: &after.changed_by,
        what: &format!("{}.{what}", E::KIND.name()),
        subject_id: after.id,
        before: before.map(in_words).transpose()?,
        after: in_words(after)?,
    };
    audit::write(conn, change).await?;
    E::publish(conn, after).await.map_err(|error| match error {
        // So messaging refuses an event of more than 900 000 bytes, before the database hears of it.
        diesel::result::Error::QueryBuilderError(_) => Error::TooLarge(E::KIND),
        other => Error::Database(other),
    })
}

/// A version as the audit log shows it.
fn in_words<E: Entry>(entry: &Versioned<E>) -> Result<serde_json::Value, Error> {
    Ok(serde_json::json!({
        "version": entry.version,
        "archived": entry.archived,
        "body": body(entry)?,
    }))
}

fn body<E: Entry>(entry: &Versioned<E>) -> Result<serde_json::Value, Error> {
    serde_json::to_value(&entry.body).map_err(|source| Error::Stored {
        kind: E::KIND,
        id: entry.id,
        source,
    })
}

/// Writes an entry's next version.
async fn write<E: Entry>(conn: &mut AsyncPgConnection, after: &Versioned<E>) -> Result<(), Error> {
    let kind = E::KIND.name();
    diesel::insert_into(entries::table)
        .values((
            entries::kind.eq(kind),
            entries::entry_id.eq(after.id),
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
            entry_versions::entry_id.eq(after.id),
            entry_versions::version.eq(after.version),
            entry_versions::archived.eq(after.archived),
            entry_versions::body.eq(body(after)?),
            entry_versions::changed_at.eq(after.changed_at),
            entry_versions::changed_by_role.eq(&after.changed_by.role),
            entry_versions::changed_by_id.eq(&after.changed_by.id),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The only unique thing that a caller can offend here is `unique_key`.
fn taken(error: diesel::result::Error, kind: Kind) -> Error {
    use diesel::result::{DatabaseErrorKind, Error as Diesel};
    match error {
        Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Error::Taken(kind),
        other => Error::Database(other),
    }
}
