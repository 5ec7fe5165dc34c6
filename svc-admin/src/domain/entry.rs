//! Entries of the catalogue: whatever managers edit lives in versions (rule A1).

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::Actor;

/// The kinds of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What clients can order.
    ServiceType,
    /// What candidates can apply for.
    Vacancy,
    /// Tasks under one clock.
    Test,
    /// Tests that a candidate takes.
    TestSet,
    /// People who configure, hire and review.
    Manager,
}

impl Kind {
    /// The kind's name in the database and in the audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceType => "service_type",
            Self::Vacancy => "vacancy",
            Self::Test => "test",
            Self::TestSet => "test_set",
            Self::Manager => "manager",
        }
    }
}

/// The body of an entry: what a manager says about it.
pub trait Entry: Serialize + DeserializeOwned + Clone + PartialEq + Send + Sync + 'static {
    /// Which kind of entry it is the body of.
    const KIND: Kind;

    /// What no two entries in use may share, if there is such a thing.
    fn unique_key(&self) -> Option<String> {
        None
    }
}

/// One version of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<E> {
    /// The entry's id, the same in all versions.
    pub id: Uuid,
    /// Ascending from 1.
    pub version: i64,
    /// Archived entries take no new work.
    pub archived: bool,
    /// What the manager said.
    pub body: E,
    /// When the entry was made: of version 1.
    pub created_at: DateTime<Utc>,
    /// When this version was made.
    pub changed_at: DateTime<Utc>,
    /// Who made this version.
    pub changed_by: Actor,
}

/// Why an entry can't be changed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Somebody edited it in between.
    #[error("the current version is {current}; read it, and edit that one")]
    VersionMismatch {
        /// The version that it has now.
        current: i64,
    },
    /// Archived entries aren't edited.
    #[error("it is archived; restore it first")]
    Archived,
}

impl<E: Entry> Versioned<E> {
    /// A new entry, version 1.
    pub fn create(id: Uuid, body: E, by: Actor, now: DateTime<Utc>) -> Self {
        Self {
            id,
            version: 1,
            archived: false,
            body,
            created_at: now,
            changed_at: now,
            changed_by: by,
        }
    }

    /// The next version, with another body. `expected` is the version that the editor saw.
    pub fn edit(&self, expected: i64, body: E, by: Actor, now: DateTime<Utc>) -> Result<Self, Refused> {
        if self.version != expected {
            return Err(Refused::VersionMismatch {
                current: self.version,
            });
        }
        if self.archived {
            return Err(Refused::Archived);
        }
        Ok(self.follow(body, by, now))
    }

    /// The next version, archived or in use again. `None`: it is so already.
    pub fn set_archived(&self, archived: bool, by: Actor, now: DateTime<Utc>) -> Option<Self> {
        (self.archived != archived).then(|| Self {
            archived,
            ..self.next(by, now)
        })
    }

    /// The next version, with a body that follows from something else having changed. Archived entries follow, too:
    /// restored, they must not bring back what is no more.
    pub fn follow(&self, body: E, by: Actor, now: DateTime<Utc>) -> Self {
        Self {
            body,
            ..self.next(by, now)
        }
    }

    fn next(&self, by: Actor, now: DateTime<Utc>) -> Self {
        Self {
            version: self.version.saturating_add(1),
            changed_at: now,
            changed_by: by,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Body(u8);

    impl Entry for Body {
        const KIND: Kind = Kind::ServiceType;
    }

    fn entry() -> Versioned<Body> {
        Versioned::create(Uuid::nil(), Body(1), Actor::system(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a1_editing_makes_a_new_version_and_leaves_the_old_one_as_it_was() {
        let old = entry();
        let later = DateTime::UNIX_EPOCH + chrono::Duration::hours(1);
        let new = old.edit(1, Body(2), Actor::system(), later).unwrap();
        assert_eq!((old.version, &old.body), (1, &Body(1)));
        assert_eq!(
            (new.version, &new.body, new.created_at, new.changed_at),
            (2, &Body(2), old.created_at, later)
        );
    }

    #[test]
    fn a1_an_edit_of_an_older_version_is_refused_with_the_current_one_named() {
        let entry = entry()
            .edit(1, Body(2), Actor::system(), DateTime::UNIX_EPOCH)
            .unwrap();
        let refused = entry.edit(1, Body(3), Actor::system(), DateTime::UNIX_EPOCH);
        assert_eq!(refused, Err(Refused::VersionMismatch { current: 2 }));
    }

    #[test]
    fn a1_an_archived_entry_is_not_edited_but_can_be_restored() {
        let archived = entry()
            .set_archived(true, Actor::system(), DateTime::UNIX_EPOCH)
            .unwrap();
        assert_eq!(
            archived.edit(2, Body(3), Actor::system(), DateTime::UNIX_EPOCH),
            Err(Refused::Archived)
        );
        let restored = archived
            .set_archived(false, Actor::system(), DateTime::UNIX_EPOCH)
            .unwrap();
        assert_eq!((restored.version, restored.archived), (3, false));
    }

    #[test]
    fn a1_archiving_what_is_archived_changes_nothing() {
        assert_eq!(
            entry().set_archived(false, Actor::system(), DateTime::UNIX_EPOCH),
            None
        );
    }
}
