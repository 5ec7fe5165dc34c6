//! What is done to entries of the catalogue, the same for every kind (rule A1).

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::domain::manager::Manager;
use crate::domain::test::Test;
use crate::domain::test_set::TestSet;
use crate::domain::{Actor, Entry, Versioned};
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
        let after = Versioned {
            body,
            version: before.version + 1,
            changed_at: now,
            changed_by: by.clone(),
            ..before.clone()
        };
        entries::save(conn, Some(&before), &after, "update").await?;
    }
    Ok(())
}

/// Loads what a new entry refers to; it must be in use.
pub async fn referred<E: Entry>(
    conn: &mut AsyncPgConnection,
    field: String,
    id: Uuid,
) -> Result<Versioned<E>, Error> {
    match entries::find::<E>(conn, id, 0).await? {
        Some(entry) if !entry.archived => Ok(entry),
        _ => Err(Error::UnknownReference {
            field,
            kind: E::KIND,
            id,
        }),
    }
}

/// Refuses to go on where `after` would leave nobody who may manage managers.
pub async fn keep_a_root(conn: &mut AsyncPgConnection, after: &Versioned<Manager>) -> Result<(), Error> {
    let stays = after.body.is_root() && !after.archived;
    if !stays && entries::other_roots(conn, after.id).await? == 0 {
        Err(Error::LastRoot)
    } else {
        Ok(())
    }
}

/// The id of the manager in use who has the address of `body`; made by the system where there is none.
pub async fn ensure_manager(
    conn: &mut AsyncPgConnection,
    body: Manager,
    now: DateTime<Utc>,
) -> Result<Uuid, Error> {
    if let Some(id) = entries::id_by_unique_key(conn, &body).await? {
        return Ok(id);
    }
    Ok(create(conn, body, Actor::system(), now).await?.id)
}
