//! Test sets: the tests that a candidate takes, as they were when the set was made or last edited (rule A1).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::test::Test;
use super::{Entry, Kind, Versioned};

/// A test set with its tests, whole: a version of a set never changes, even where its tests do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestSet {
    /// As managers see it.
    pub name: String,
    /// In the order in which they are taken. Never empty, each test once.
    pub tests: Vec<PlacedTest>,
}

/// One version of a test in a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlacedTest {
    /// The test's id.
    pub test_id: Uuid,
    /// The test's version.
    pub version: i64,
    /// The test itself.
    pub test: Test,
}

impl Entry for TestSet {
    const KIND: Kind = Kind::TestSet;
}

impl PlacedTest {
    /// This version of the test.
    pub fn new(test: &Versioned<Test>) -> Self {
        Self {
            test_id: test.id,
            version: test.version,
            test: test.body.clone(),
        }
    }
}

impl TestSet {
    /// The set with one of its tests in a newer version. `None`: the test isn't in it, or not older.
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
    use crate::domain::Actor;
    use crate::domain::test::{Task, TaskKind};

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
            ..Versioned::create(Uuid::from_u128(id), body, Actor::system(), DateTime::UNIX_EPOCH)
        }
    }

    #[test]
    fn a1_a_set_takes_the_newer_version_of_its_test_in_the_same_place() {
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
            "it has that version already"
        );
        assert_eq!(
            set.with_newer(&versioned(3, 2)),
            None,
            "the test isn't in the set"
        );
    }
}
