//! Test sets, as the admin context publishes them. An attempt keeps a copy of its version.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::{TestId, TestSetId};
use super::task::{Malformed, Task};

const MAX_TIME_LIMIT: Duration = Duration::from_hours(24);

/// Tests that a candidate takes one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestSet {
    pub id: TestSetId,
    /// Grows with every edit.
    pub version: i64,
    /// Shown to managers.
    pub name: String,
    /// In the order in which candidates take them.
    pub tests: Vec<Test>,
    /// An archived test set cannot be assigned.
    pub archived: bool,
}

/// Tasks with a common time limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    pub id: TestId,
    /// Grows with every edit.
    pub version: i64,
    /// Shown to candidates and managers.
    pub name: String,
    /// For the whole test, by the server's clock.
    pub time_limit: Duration,
    /// In the order in which candidates see them.
    pub tasks: Vec<Task>,
}

impl TestSet {
    /// Refuses a test set that no candidate could take.
    pub fn check(&self) -> Result<(), Malformed> {
        if self.tests.is_empty() {
            return Err(Malformed("the test set has no tests".to_owned()));
        }
        self.tests.iter().try_for_each(Test::check)
    }
}

impl Test {
    fn check(&self) -> Result<(), Malformed> {
        if self.tasks.is_empty() {
            return Err(Malformed(format!("test {} has no tasks", self.name)));
        }
        if self.time_limit.is_zero() || self.time_limit > MAX_TIME_LIMIT {
            return Err(Malformed(format!(
                "the time limit of test {} must be positive and at most 24 hours",
                self.name
            )));
        }
        let ids: BTreeSet<&str> = self.tasks.iter().map(|task| task.id.as_str()).collect();
        if ids.len() != self.tasks.len() {
            return Err(Malformed(format!(
                "two tasks of test {} have the same id",
                self.name
            )));
        }
        self.tasks.iter().try_for_each(Task::check)
    }
}
