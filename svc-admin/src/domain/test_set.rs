//! Test sets: the tests that a candidate takes, each in one version (rule A1).

use serde::{Deserialize, Serialize};

use super::ids::EntryId;
use super::test::Test;
use super::{Entry, Kind, Versioned};

/// A test set with a copy of its tests: a version of a set stays unchanged when its tests change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestSet {
    pub name: String,
    /// In the order in which candidates take them. Never empty, each test once.
    pub tests: Vec<PlacedTest>,
}

/// One version of a test in a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlacedTest {
    pub test_id: EntryId,
    pub version: i64,
    pub test: Test,
}

impl Entry for TestSet {
    const KIND: Kind = Kind::TestSet;
}

impl PlacedTest {
    pub fn new(test: &Versioned<Test>) -> Self {
        Self {
            test_id: test.id,
            version: test.version,
            test: test.body.clone(),
        }
    }
}

impl TestSet {
    /// The set with one of its tests replaced by a newer version. `None` if the set does not
    /// contain the test, or contains this version or a newer one.
    pub fn with_newer(&self, test: &Versioned<Test>) -> Option<Self> {
        let mut set = self.clone();
        let place = set
            .tests
            .iter_mut()
            .find(|placed| placed.test_id == test.id && placed.version < test.version)?;
        *place = PlacedTest::new(test);
        Some(set)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::test::{Task, TaskKind};
    use crate::domain::{Actor, Revision};

    fn versioned(id: u128, version: i64) -> Versioned<Test> {
        let kind = TaskKind::FreeText {
            guidance: String::new(),
        };
        let task = Task {
            id: "t".into(),
            question: "?".into(),
            points: 1,
            traits: vec![],
            kind,
        };
        let body = Test {
            name: format!("v{version}"),
            time_limit_seconds: 60,
            tasks: vec![task],
        };
        Versioned {
            version,
            id: EntryId(uuid::Uuid::from_u128(id)),
            ..Revision::create(body, Actor::system(), DateTime::UNIX_EPOCH).after
        }
    }

    #[test]
    fn a1_a_newer_version_of_a_test_takes_the_place_of_the_older_one() {
        let set = TestSet {
            name: "Set".into(),
            tests: vec![
                PlacedTest::new(&versioned(1, 1)),
                PlacedTest::new(&versioned(2, 1)),
            ],
        };
        let newer = set.with_newer(&versioned(2, 2)).unwrap();
        assert_eq!(
            newer
                .tests
                .iter()
                .map(|placed| placed.version)
                .collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!(newer.tests[1].test.name, "v2");
        assert_eq!(
            newer.with_newer(&versioned(2, 2)),
            None,
            "the set has that version already"
        );
        assert_eq!(
            set.with_newer(&versioned(3, 2)),
            None,
            "the set does not contain the test"
        );
    }
}
