//! Entries of the catalogue: what managers edit. Every edit makes a new version (rule A1).

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Actor;
use super::ids::EntryId;

/// The kinds of entry, with their names in the database and in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    ServiceType,
    Vacancy,
    Test,
    TestSet,
    Manager,
}

/// The body of an entry: the part that managers edit.
pub trait Entry: Serialize + DeserializeOwned + Clone + PartialEq + Send + Sync + 'static {
    const KIND: Kind;

    /// A value that no two entries in use may share.
    fn unique_key(&self) -> Option<String> {
        None
    }
}

/// One version of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<E> {
    /// The same in all versions.
    pub id: EntryId,
    /// Counts from 1.
    pub version: i64,
    /// Nothing new may refer to an archived entry.
    pub archived: bool,
    pub body: E,
    /// When version 1 was made.
    pub created_at: DateTime<Utc>,
    /// When this version was made.
    pub changed_at: DateTime<Utc>,
    /// Who made this version.
    pub changed_by: Actor,
}

/// What a revision does to an entry, as the audit log names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    Create,
    Update,
    Archive,
    Restore,
}

/// The next version of an entry, not saved yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision<E> {
    pub action: Action,
    /// `None` for a new entry.
    pub before: Option<Versioned<E>>,
    pub after: Versioned<E>,
}

/// Why an entry cannot be edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The entry was edited after the editor had read it.
    #[error("the current version is {current}; read it and edit that version")]
    VersionMismatch { current: i64 },
    #[error("the entry is archived; restore it first")]
    Archived,
}

impl<E: Entry> Revision<E> {
    /// A new entry, version 1.
    pub fn create(body: E, by: Actor, now: DateTime<Utc>) -> Self {
        let after = Versioned {
            id: EntryId::generate(),
            version: 1,
            archived: false,
            body,
            created_at: now,
            changed_at: now,
            changed_by: by,
        };
        Self {
            action: Action::Create,
            before: None,
            after,
        }
    }
}

impl<E: Entry> Versioned<E> {
    /// The next version, with another body. `expected` is the version that the editor has read.
    pub fn edit(self, expected: i64, body: E, by: Actor, now: DateTime<Utc>) -> Result<Revision<E>, Refused> {
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

    /// The next version, archived or back in use. `Err` with the entry itself if nothing changes.
    pub fn set_archived(self, archived: bool, by: Actor, now: DateTime<Utc>) -> Result<Revision<E>, Self> {
        if self.archived == archived {
            return Err(self);
        }
        let action = if archived {
            Action::Archive
        } else {
            Action::Restore
        };
        let body = self.body.clone();
        Ok(self.next(action, body, archived, by, now))
    }

    /// The next version, with a body that follows from a change of another entry. Archived entries
    /// follow too, because otherwise restoring one would bring an outdated body back.
    pub fn follow(self, body: E, by: Actor, now: DateTime<Utc>) -> Revision<E> {
        let archived = self.archived;
        self.next(Action::Update, body, archived, by, now)
    }

    fn next(self, action: Action, body: E, archived: bool, by: Actor, now: DateTime<Utc>) -> Revision<E> {
        let after = Self {
            id: self.id,
            version: self.version.saturating_add(1),
            archived,
            body,
            created_at: self.created_at,
            changed_at: now,
            changed_by: by,
        };
        Revision {
            action,
            before: Some(self),
            after,
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

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn entry() -> Versioned<Body> {
        Revision::create(Body(1), Actor::system(), NOW).after
    }

    #[test]
    fn a1_an_edit_makes_a_new_version_and_keeps_the_old_one() {
        let old = entry();
        let later = NOW + chrono::Duration::hours(1);
        let revision = old.clone().edit(1, Body(2), Actor::system(), later).unwrap();
        let new = revision.after;
        assert_eq!(revision.before, Some(old.clone()));
        assert_eq!(
            (new.version, &new.body, new.created_at, new.changed_at),
            (2, &Body(2), old.created_at, later)
        );
    }

    #[test]
    fn a1_an_edit_of_an_older_version_is_refused_and_names_the_current_one() {
        let entry = entry().edit(1, Body(2), Actor::system(), NOW).unwrap().after;
        let refused = entry.edit(1, Body(3), Actor::system(), NOW);
        assert_eq!(refused, Err(Refused::VersionMismatch { current: 2 }));
    }

    #[test]
    fn a1_an_archived_entry_cannot_be_edited_but_can_be_restored() {
        let archived = entry().set_archived(true, Actor::system(), NOW).unwrap();
        assert_eq!(archived.action, Action::Archive);
        let archived = archived.after;
        assert_eq!(
            archived.clone().edit(2, Body(3), Actor::system(), NOW),
            Err(Refused::Archived)
        );
        let restored = archived.set_archived(false, Actor::system(), NOW).unwrap();
        assert_eq!(restored.action, Action::Restore);
        assert_eq!((restored.after.version, restored.after.archived), (3, false));
    }

    #[test]
    fn a1_restoring_an_entry_in_use_changes_nothing() {
        let entry = entry();
        assert_eq!(
            entry.clone().set_archived(false, Actor::system(), NOW),
            Err(entry)
        );
    }
}
