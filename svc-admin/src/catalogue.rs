//! What is done to entries of the catalogue, the same for every kind (rule A1).

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::domain::manager::Manager;
use crate::domain::test::Test;
use crate::domain::test_set::TestSet;
use crate::domain::{Actor, Entry, Kind, Versioned};
use crate::error::Error;
use crate::events::publish::Announce;
use crate::store::entries;

/// Makes an entry.
pub async fn create<E: Announce>(
    conn: &mut AsyncPgConnection,
    body: E,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<Versioned<E>, Error> {
    let entry = Versioned::create(Uuid::new_v4(), body, by, now);
    entries::save(conn, None, &entry, "create").await?;
    Ok(entry)
}

/// Makes the next version of an entry. `expected` is the version that the editor saw.
pub async fn update<E: Announce>(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    expected: i64,
    body: E,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<Versioned<E>, Error> {
    let before = entries::lock::<E>(conn, id)
        .await?
        .ok_or(Error::NoEntry(E::KIND, id))?;
    let after = before.edit(expected, body, by, now)?;
    entries::save(conn, Some(&before), &after, "update").await?;
    Ok(after)
}

/// Archives or restores an entry; what is so already stays as it is.
pub async fn set_archived<E: Announce>(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    archived: bool,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<Versioned<E>, Error> {
    let before = entries::lock::<E>(conn, id)
        .await?
        .ok_or(Error::NoEntry(E::KIND, id))?;
    let Some(after) = before.set_archived(archived, by, now) else {
        return Ok(before);
    };
    entries::save(
        conn,
        Some(&before),
        &after,
        if archived { "archive" } else { "restore" },
    )
    .await?;
    Ok(after)
}

/// A test got a new version: so does every set that it is in.
pub async fn renew_sets(
    conn: &mut AsyncPgConnection,
    test: &Versioned<Test>,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for id in entries::sets_with_test(conn, test.id).await? {
        let Some(before) = entries::lock::<TestSet>(conn, id).await? else {
            continue;
        };
        let Some(body) = before.body.with_newer(test) else {
            continue;
        };
        let after = before.follow(body, by.clone(), now);
        entries::save(conn, Some(&before), &after, "update").await?;
    }
    Ok(())
}

/// Loads what another entry is to refer to; it must be in use, and stays as it is until the transaction ends.
pub async fn referred<E: Entry>(
    conn: &mut AsyncPgConnection,
    field: String,
    id: Uuid,
) -> Result<Versioned<E>, Error> {
    match entries::hold::<E>(conn, id).await? {
        Some(entry) if !entry.archived => Ok(entry),
        _ => Err(Error::UnknownReference {
            field,
            kind: E::KIND,
            id,
        }),
    }
}

/// [`update`] for managers: a root manager stays.
pub async fn update_manager(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    expected: i64,
    body: Manager,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<Versioned<Manager>, Error> {
    let roots = hold_managers(conn).await?;
    let after = update(conn, id, expected, body, by, now).await?;
    keep_a_root(conn, roots).await?;
    Ok(after)
}

/// [`set_archived`] for managers: a root manager stays.
pub async fn set_manager_archived(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    archived: bool,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<Versioned<Manager>, Error> {
    let roots = hold_managers(conn).await?;
    let after = set_archived(conn, id, archived, by, now).await?;
    keep_a_root(conn, roots).await?;
    Ok(after)
}

/// Locks all managers in use, and counts the roots among them. *Before* a change: two roots that archive each other at
/// once would each still see the other.
async fn hold_managers(conn: &mut AsyncPgConnection) -> QueryResult<i64> {
    entries::lock_in_use(conn, Kind::Manager).await?;
    entries::roots(conn).await
}

/// Refuses a change that leaves nobody who may manage managers.
async fn keep_a_root(conn: &mut AsyncPgConnection, before: i64) -> Result<(), Error> {
    if before > 0 && entries::roots(conn).await? == 0 {
        return Err(Error::LastRoot);
    }
    Ok(())
}

/// The id of the root manager in use who has the address of `body`; made by the system where nobody has it.
pub async fn ensure_root(
    conn: &mut AsyncPgConnection,
    body: Manager,
    now: DateTime<Utc>,
) -> Result<Uuid, Error> {
    let Some(id) = entries::id_by_unique_key(conn, &body).await? else {
        return Ok(create(conn, body, Actor::system(), now).await?.id);
    };
    match entries::find::<Manager>(conn, id, 0).await? {
        Some(manager) if manager.body.is_root() => Ok(id),
        _ => Err(Error::NotRoot(id)),
    }
}
