//! Test sets, as the admin context keeps them. An attempt keeps a copy of the version that it was assigned with.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::task::{Malformed, Task};

/// Tests taken one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestSet {
    /// The admin context's id of it.
    pub id: Uuid,
    /// Ascending with every edit.
    pub version: i64,
    /// For managers.
    pub name: String,
    /// In the order in which they are taken.
    pub tests: Vec<Test>,
    /// Archived sets are not assigned any more.
    pub archived: bool,
}

/// Tasks under one clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// The admin context's id of it.
    pub id: Uuid,
    /// Ascending with every edit.
    pub version: i64,
    /// For candidates and managers.
    pub name: String,
    /// For the whole test, from its beginning, by the server's clock.
    pub time_limit: Duration,
    /// In the order in which they are set.
    pub tasks: Vec<Task>,
}

impl TestSet {
    /// Refuses a set that nobody could take.
    pub fn check(&self) -> Result<(), Malformed> {
        if self.tests.is_empty() {
            return Err(Malformed("the set has no tests".to_owned()));
        }
        self.tests.iter().try_for_each(Test::check)
    }
}

impl Test {
    fn check(&self) -> Result<(), Malformed> {
        if self.tasks.is_empty() {
            return Err(Malformed(format!("test {} has no tasks", self.name)));
        }
        if self.time_limit.is_zero() || self.time_limit > LONGEST {
            return Err(Malformed(format!(
                "test {} takes no time, or more than a day",
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

const LONGEST: Duration = Duration::from_hours(24);
