//! Taking a test set (H3): tests one after the other, tasks one at a time, by the server's clock.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{ApplicationId, TestId};
use super::score::Score;
use super::task::{Answer, Grading, Input, InvalidAnswer, Kind as _, Seed, Task};
use super::test_set::{Test, TestSet};

/// A candidate's progress through a test set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub application: ApplicationId,
    /// A copy made at the assignment. Later edits do not change it.
    pub test_set: TestSet,
    /// The tests that were begun, in order.
    pub sittings: Vec<Sitting>,
    pub answers: BTreeMap<TaskIndex, GivenAnswer>,
    /// When the attempt was ended, whatever was left of it.
    pub closed_at: Option<DateTime<Utc>>,
}

/// A test that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    pub begun_at: DateTime<Utc>,
    /// Answers are refused from this instant on.
    pub deadline: DateTime<Utc>,
    /// How many tasks were shown. The last of them is the current one.
    pub shown: usize,
    /// When the candidate finished the test, or its deadline.
    pub ended_at: Option<DateTime<Utc>>,
}

/// The position of a task: of the test in its set, and of the task in its test, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskIndex {
    pub test: usize,
    pub task: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenAnswer {
    pub answer: Answer,
    pub at: DateTime<Utc>,
    pub grading: GradingState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GradingState {
    Scored(Score),
    AwaitsManager,
    /// Waits for the remote grader at this address.
    AwaitsGrader(String),
}

/// A task as a candidate sees it. Only its id, prompt and input may be sent to the candidate. None
/// of them depends on the right answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskView<'a> {
    pub test: &'a Test,
    pub task: &'a Task,
    pub input: Input,
    /// The task's number in its test, from 1.
    pub number: usize,
}

/// The result of submitting an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    New(TaskIndex),
    /// The same answer was submitted before.
    Duplicate,
}

/// Why a step in a test is refused. The attempt is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("all tests are taken")]
    AllTaken,
    #[error("no test is running; begin one first")]
    NotBegun,
    #[error("the test's time is up")]
    TimeIsUp,
    #[error("this task is not the current one")]
    NotAsked,
    #[error("an answer cannot be changed")]
    AnswerStays,
    #[error(transparent)]
    InvalidAnswer(InvalidAnswer),
    #[error("there is no such answer that waits for a grade")]
    NothingToGrade,
}

impl Attempt {
    /// An attempt without a begun test.
    pub fn new(application: ApplicationId, test_set: TestSet) -> Self {
        Self {
            application,
            test_set,
            sittings: Vec::new(),
            answers: BTreeMap::new(),
            closed_at: None,
        }
    }

    /// Starts the clock of the next test. While a test is running, returns that test.
    pub fn begin_test(&mut self, now: DateTime<Utc>) -> Result<(&Test, &Sitting), Refused> {
        if self.running(now).is_err() {
            if self.closed_at.is_some() {
                return Err(Refused::AllTaken);
            }
            let next = self
                .test_set
                .tests
                .get(self.sittings.len())
                .ok_or(Refused::AllTaken)?;
            let deadline = now + next.time_limit;
            self.end_current(now);
            self.sittings.push(Sitting {
                begun_at: now,
                deadline,
                shown: 0,
                ended_at: None,
            });
        }
        let index = self.running(now)?;
        Ok((&self.test_set.tests[index], &self.sittings[index]))
    }

    /// The current task: the same one until it is answered, then the next one. `None` once all are
    /// answered.
    pub fn next_task(&mut self, now: DateTime<Utc>) -> Result<Option<TaskView<'_>>, Refused> {
        let test = self.running(now)?;
        let sitting = &mut self.sittings[test];
        let current = sitting.shown.checked_sub(1).map(|task| TaskIndex { test, task });
        let answered = current.is_none_or(|index| self.answers.contains_key(&index));
        if answered {
            if sitting.shown == self.test_set.tests[test].tasks.len() {
                return Ok(None);
            }
            sitting.shown += 1;
        }
        let task = sitting.shown - 1;
        Ok(self.view(TaskIndex { test, task }))
    }

    fn view(&self, index: TaskIndex) -> Option<TaskView<'_>> {
        let test = self.test_set.tests.get(index.test)?;
        let task = test.tasks.get(index.task)?;
        Some(TaskView {
            test,
            task,
            input: task.kind.input(&self.seed(index)),
            number: index.task + 1,
        })
    }

    /// Takes the answer to the current task. The same answer may be submitted again, because the
    /// first response may have been lost.
    pub fn submit(&mut self, task_id: &str, answer: Answer, now: DateTime<Utc>) -> Result<Accepted, Refused> {
        let test = self.running(now)?;
        let tasks = &self.test_set.tests[test].tasks[..self.sittings[test].shown];
        let task = tasks
            .iter()
            .position(|task| task.id == task_id)
            .ok_or(Refused::NotAsked)?;
        let index = TaskIndex { test, task };
        if let Some(given) = self.answers.get(&index) {
            return if given.answer == answer {
                Ok(Accepted::Duplicate)
            } else {
                Err(Refused::AnswerStays)
            };
        }
        let grading = tasks[task]
            .kind
            .grade(&self.seed(index), &answer)
            .map_err(Refused::InvalidAnswer)?;
        let given = GivenAnswer {
            answer,
            at: now,
            grading: match grading {
                Grading::Scored(score) => GradingState::Scored(score),
                Grading::Manager => GradingState::AwaitsManager,
                Grading::Remote(grader) => GradingState::AwaitsGrader(grader),
            },
        };
        self.answers.insert(index, given);
        Ok(Accepted::New(index))
    }

    /// Ends the current test. Missing answers score 0. Ending a test twice changes nothing.
    pub fn finish_test(&mut self, now: DateTime<Utc>) -> Result<(), Refused> {
        if self.sittings.is_empty() {
            return Err(Refused::NotBegun);
        }
        self.end_current(now);
        Ok(())
    }

    /// Ends the current test if its time is up. Returns whether it did.
    pub fn end_overdue(&mut self, now: DateTime<Utc>) -> bool {
        let overdue = self
            .sittings
            .last()
            .is_some_and(|sitting| sitting.ended_at.is_none() && now >= sitting.deadline);
        if overdue {
            self.end_current(now);
        }
        overdue
    }

    /// Ends the attempt, because the link has expired. Tests that were not begun score 0.
    pub fn close(&mut self, now: DateTime<Utc>) {
        self.end_current(now);
        self.closed_at.get_or_insert(now);
    }

    /// Scores an answer that waits for a grade.
    pub fn grade(&mut self, index: TaskIndex, score: Score) -> Result<(), Refused> {
        let given = self.answers.get_mut(&index).ok_or(Refused::NothingToGrade)?;
        if matches!(given.grading, GradingState::Scored(_)) {
            return Err(Refused::NothingToGrade);
        }
        given.grading = GradingState::Scored(score);
        Ok(())
    }

    /// Leaves an answer to the managers, because its remote grader did not grade it.
    pub fn leave_to_manager(&mut self, index: TaskIndex) -> Result<(), Refused> {
        match self.answers.get_mut(&index) {
            Some(given) if matches!(given.grading, GradingState::AwaitsGrader(_)) => {
                given.grading = GradingState::AwaitsManager;
                Ok(())
            }
            _ => Err(Refused::NothingToGrade),
        }
    }

    /// Whether the candidate can do nothing more.
    pub fn is_over(&self) -> bool {
        let all_taken = self.sittings.len() == self.test_set.tests.len()
            && self.sittings.iter().all(|sitting| sitting.ended_at.is_some());
        self.closed_at.is_some() || all_taken
    }

    /// Whether all answers are scored.
    pub fn is_graded(&self) -> bool {
        self.ungraded() == 0
    }

    /// How many answers have no score yet.
    pub fn ungraded(&self) -> usize {
        self.answers
            .values()
            .filter(|given| !matches!(given.grading, GradingState::Scored(_)))
            .count()
    }

    /// How many tests the candidate can still begin.
    pub fn tests_left(&self) -> usize {
        if self.closed_at.is_some() {
            return 0;
        }
        self.test_set.tests.len() - self.sittings.len()
    }

    /// How many tasks of the latest test have no answer.
    pub fn tasks_left(&self) -> usize {
        let Some(test) = self.sittings.len().checked_sub(1) else {
            return 0;
        };
        let answered = self.answers.keys().filter(|index| index.test == test).count();
        self.test_set.tests[test].tasks.len() - answered
    }

    /// The deadline of the running test.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        let sitting = self.sittings.last()?;
        sitting.ended_at.is_none().then_some(sitting.deadline)
    }

    /// The index of a task.
    pub fn index(&self, test_id: TestId, task_id: &str) -> Option<TaskIndex> {
        let test = self.test_set.tests.iter().position(|test| test.id == test_id)?;
        let task = self.test_set.tests[test]
            .tasks
            .iter()
            .position(|task| task.id == task_id)?;
        Some(TaskIndex { test, task })
    }

    pub fn task(&self, index: TaskIndex) -> Option<&Task> {
        self.test_set.tests.get(index.test)?.tasks.get(index.task)
    }

    /// The index of the running test.
    fn running(&self, now: DateTime<Utc>) -> Result<usize, Refused> {
        let sitting = self.sittings.last().ok_or(Refused::NotBegun)?;
        if sitting.ended_at.is_some() {
            return Err(if self.is_over() {
                Refused::AllTaken
            } else {
                Refused::NotBegun
            });
        }
        if now >= sitting.deadline {
            return Err(Refused::TimeIsUp);
        }
        Ok(self.sittings.len() - 1)
    }

    fn end_current(&mut self, now: DateTime<Utc>) {
        if let Some(sitting) = self.sittings.last_mut() {
            let ended_at = now.min(sitting.deadline);
            sitting.ended_at.get_or_insert(ended_at);
        }
    }

    pub fn seed(&self, index: TaskIndex) -> Seed {
        Seed::new(self.application, index)
    }
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
