//! Editing entries of the catalogue (rule A1): the same steps for every kind, and the steps that
//! one kind adds.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use crate::domain::entry::Action;
use crate::domain::ids::EntryId;
use crate::domain::manager::Manager;
use crate::domain::service_type::ServiceType;
use crate::domain::test::Test;
use crate::domain::test_set::{PlacedTest, TestSet};
use crate::domain::vacancy::Vacancy;
use crate::domain::{Actor, Entry, Invalid, Kind, Revision, Versioned};
use crate::error::Error;
use crate::events::convert::Published;
use crate::store::{entries, hypotheses};

/// The steps of an edit that differ from kind to kind.
pub trait Editable: Published {
    /// What a manager submits: the body, or what the body is made of.
    type Draft: Clone + Send + Sync;

    /// Makes the body. Entries that the body refers to must be in use; they are locked until the
    /// transaction ends.
    fn body(
        conn: &mut AsyncPgConnection,
        draft: Self::Draft,
    ) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Takes the locks that an update needs before it locks the entry itself.
    fn lock_before(_: &mut AsyncPgConnection) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }

    /// Follows up on an update that was saved.
    fn follow_up(
        _: &mut AsyncPgConnection,
        _: &Revision<Self>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }
}

/// Makes an entry.
pub async fn create<E: Editable>(
    conn: &mut AsyncPgConnection,
    draft: E::Draft,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<Versioned<E>, Error> {
    let revision = Revision::create(E::body(conn, draft).await?, by, now);
    entries::save(conn, &revision).await?;
    Ok(revision.after)
}

/// Makes the next version of an entry. `expected` is the version that the editor has read.
pub async fn update<E: Editable>(
    conn: &mut AsyncPgConnection,
    id: EntryId,
    expected: i64,
    draft: E::Draft,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<Versioned<E>, Error> {
    let body = E::body(conn, draft).await?;
    let before = lock::<E>(conn, id).await?;
    save_update(conn, before.edit(expected, body, by, now)?).await
}

/// Archives or restores an entry. Does nothing if the entry is archived, or in use, already.
pub async fn set_archived<E: Editable>(
    conn: &mut AsyncPgConnection,
    id: EntryId,
    archived: bool,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<Versioned<E>, Error> {
    match lock::<E>(conn, id).await?.set_archived(archived, by, now) {
        Ok(revision) => save_update(conn, revision).await,
        Err(unchanged) => Ok(unchanged),
    }
}

async fn lock<E: Editable>(conn: &mut AsyncPgConnection, id: EntryId) -> Result<Versioned<E>, Error> {
    E::lock_before(conn).await?;
    entries::lock(conn, id).await?.ok_or(Error::NoEntry(E::KIND, id))
}

async fn save_update<E: Editable>(
    conn: &mut AsyncPgConnection,
    revision: Revision<E>,
) -> Result<Versioned<E>, Error> {
    entries::save(conn, &revision).await?;
    E::follow_up(conn, &revision).await?;
    Ok(revision.after)
}

/// Loads an entry that another one refers to. It must be in use, and stays unchanged until the
/// transaction ends.
async fn load_referenced<E: Entry>(
    conn: &mut AsyncPgConnection,
    field: String,
    id: EntryId,
) -> Result<Versioned<E>, Error> {
    match entries::lock_shared::<E>(conn, id).await? {
        Some(entry) if !entry.archived => Ok(entry),
        _ => Err(Error::UnknownReference {
            field,
            kind: E::KIND,
            id,
        }),
    }
}

impl Editable for ServiceType {
    type Draft = Self;

    async fn body(_: &mut AsyncPgConnection, draft: Self) -> Result<Self, Error> {
        Ok(draft)
    }
}

impl Editable for Vacancy {
    type Draft = Self;

    async fn body(conn: &mut AsyncPgConnection, draft: Self) -> Result<Self, Error> {
        for (index, variant) in draft.variants.iter().enumerate() {
            let field = format!("vacancy.variants[{index}]");
            load_referenced::<TestSet>(conn, format!("{field}.test_set_id"), variant.test_set_id).await?;
            if let Some(id) = hypotheses::unknown(conn, variant.hypothesis_id.as_slice()).await? {
                let field = format!("{field}.hypothesis_id");
                return Err(Invalid::new(field, format!("there is no hypothesis {id}")).into());
            }
        }
        Ok(draft)
    }
}

impl Editable for Test {
    type Draft = Self;

    async fn body(_: &mut AsyncPgConnection, draft: Self) -> Result<Self, Error> {
        Ok(draft)
    }

    /// Makes a new version of every set that contains an edited test.
    async fn follow_up(conn: &mut AsyncPgConnection, revision: &Revision<Self>) -> Result<(), Error> {
        if revision.action != Action::Update {
            return Ok(());
        }
        let test = &revision.after;
        for id in entries::sets_with_test(conn, test.id).await? {
            let Some(before) = entries::lock::<TestSet>(conn, id).await? else {
                continue;
            };
            if let Some(body) = before.body.with_newer(test) {
                let revision = before.follow(body, test.changed_by.clone(), test.changed_at);
                entries::save(conn, &revision).await?;
            }
        }
        Ok(())
    }
}

/// The name of a test set and the ids of its tests.
#[derive(Clone)]
pub struct TestSetDraft {
    pub name: String,
    pub test_ids: Vec<EntryId>,
}

impl Editable for TestSet {
    type Draft = TestSetDraft;

    async fn body(conn: &mut AsyncPgConnection, draft: TestSetDraft) -> Result<Self, Error> {
        let mut tests = Vec::with_capacity(draft.test_ids.len());
        for (index, id) in draft.test_ids.into_iter().enumerate() {
            let test = load_referenced::<Test>(conn, format!("test_set.test_ids[{index}]"), id).await?;
            tests.push(PlacedTest::new(&test));
        }
        Ok(Self {
            name: draft.name,
            tests,
        })
    }
}

impl Editable for Manager {
    type Draft = Self;

    async fn body(_: &mut AsyncPgConnection, draft: Self) -> Result<Self, Error> {
        Ok(draft)
    }

    /// Locks all managers in use, because two root managers who archive each other at the same time
    /// would each still see the other one.
    async fn lock_before(conn: &mut AsyncPgConnection) -> Result<(), Error> {
        Ok(entries::lock_in_use(conn, Kind::Manager).await?)
    }

    /// Refuses a change after which no root manager is in use.
    async fn follow_up(conn: &mut AsyncPgConnection, revision: &Revision<Self>) -> Result<(), Error> {
        let was_root = |before: &Versioned<Self>| !before.archived && before.body.is_root();
        if revision.before.as_ref().is_some_and(was_root) && entries::roots(conn).await? == 0 {
            return Err(Error::LastRoot);
        }
        Ok(())
    }
}

/// The id of the root manager in use with the address of `body`. Makes one if no manager has it.
pub async fn ensure_root(
    conn: &mut AsyncPgConnection,
    body: Manager,
    now: DateTime<Utc>,
) -> Result<EntryId, Error> {
    let Some(id) = entries::id_by_unique_key(conn, &body).await? else {
        return Ok(create::<Manager>(conn, body, Actor::system(), now).await?.id);
    };
    match entries::find::<Manager>(conn, id, 0).await? {
        Some(manager) if manager.body.is_root() => Ok(id),
        _ => Err(Error::NotRoot(id)),
    }
}
