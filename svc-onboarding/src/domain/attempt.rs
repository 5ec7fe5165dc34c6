//! Taking a test set (H3): tests one after the other, tasks one at a time, all against the server's clock.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::score::Score;
use super::task::{Answer, Grading, Input, Kind as _, Seed, Task, Unfit};
use super::test_set::{Test, TestSet};

/// A candidate's way through a test set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Whose it is.
    pub application: Uuid,
    /// As it was when it was assigned; later edits don't reach it.
    pub test_set: TestSet,
    /// The tests begun so far, in their order.
    pub sittings: Vec<Sitting>,
    /// The answers given so far.
    pub answers: BTreeMap<Place, Given>,
    /// When nothing more is taken, whatever is left.
    pub closed_at: Option<DateTime<Utc>>,
}

/// One test being taken, or taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    /// When the clock started.
    pub begun_at: DateTime<Utc>,
    /// From this instant on, answers are late.
    pub deadline: DateTime<Utc>,
    /// How many of its tasks were shown. The last of them is the current one.
    pub shown: usize,
    /// When it was finished, or its time was over.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Where a task stands: indexes of its test and of itself, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Of the test in its set.
    pub test: usize,
    /// Of the task in its test.
    pub task: usize,
}

/// An answer. It stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// As it was given.
    pub answer: Answer,
    /// When.
    pub at: DateTime<Utc>,
    /// Its score, or who is to say.
    pub mark: Mark,
}

/// How an answer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Scored.
    Scored(Score),
    /// A manager has to grade it.
    AwaitsManager,
    /// The grader at this address is asked.
    AwaitsGrader(String),
}

/// What a candidate is shown of a task. Nothing of it depends on the right answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown<'a> {
    /// The test.
    pub test: &'a Test,
    /// The task; of it only id and prompt are for the candidate.
    pub task: &'a Task,
    /// What to answer with.
    pub input: Input,
    /// From 1.
    pub number: usize,
    /// When the test's time is over.
    pub deadline: DateTime<Utc>,
}

/// What came of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is the task's answer now.
    Now(Place),
    /// The same answer was given before.
    Before,
}

/// Why a step in a test is refused. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Every test is over.
    #[error("all tests are taken")]
    AllTaken,
    /// No clock is running.
    #[error("no test is under way; begin it first")]
    NotBegun,
    /// The clock has run out.
    #[error("the test's time is up")]
    TimeIsUp,
    /// Not the task that was asked last.
    #[error("this task is not being asked")]
    NotAsked,
    /// Another answer was given before.
    #[error("an answer once given stays")]
    AnswerStays,
    /// The answer doesn't fit the task.
    #[error("{0}")]
    Unfit(Unfit),
    /// There is no such answer, or it has its score already.
    #[error("this answer doesn't wait to be graded")]
    NothingToGrade,
}

impl Attempt {
    /// Nothing is begun yet.
    pub fn new(application: Uuid, test_set: TestSet) -> Self {
        Self {
            application,
            test_set,
            sittings: Vec::new(),
            answers: BTreeMap::new(),
            closed_at: None,
        }
    }

    /// Starts the clock of the next test; with one under way, gives that one.
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

    /// The current task: the same one until it is answered, then the next; none when all were answered.
    pub fn next_task(&mut self, now: DateTime<Utc>) -> Result<Option<Shown<'_>>, Refused> {
        let test = self.running(now)?;
        let sitting = &mut self.sittings[test];
        let current = sitting.shown.checked_sub(1).map(|task| Place { test, task });
        let answered = current.is_none_or(|place| self.answers.contains_key(&place));
        if answered {
            if sitting.shown == self.test_set.tests[test].tasks.len() {
                return Ok(None);
            }
            sitting.shown += 1;
        }
        let place = Place {
            test,
            task: sitting.shown - 1,
        };
        Ok(self.show(place))
    }

    fn show(&self, place: Place) -> Option<Shown<'_>> {
        let test = self.test_set.tests.get(place.test)?;
        let task = test.tasks.get(place.task)?;
        Some(Shown {
            test,
            task,
            input: task.kind.input(&self.seed(place)),
            number: place.task + 1,
            deadline: self.sittings.get(place.test)?.deadline,
        })
    }

    /// Takes the answer to the current task. Giving the same answer again is no fault: an acknowledgement may be lost.
    pub fn submit(&mut self, task_id: &str, answer: Answer, now: DateTime<Utc>) -> Result<Taken, Refused> {
        let test = self.running(now)?;
        let tasks = &self.test_set.tests[test].tasks[..self.sittings[test].shown];
        let task = tasks
            .iter()
            .position(|task| task.id == task_id)
            .ok_or(Refused::NotAsked)?;
        let place = Place { test, task };
        if let Some(given) = self.answers.get(&place) {
            return if given.answer == answer {
                Ok(Taken::Before)
            } else {
                Err(Refused::AnswerStays)
            };
        }
        let grading = tasks[task]
            .kind
            .grade(&self.seed(place), &answer)
            .map_err(Refused::Unfit)?;
        let mark = match grading {
            Grading::Scored(score) => Mark::Scored(score),
            Grading::Manager => Mark::AwaitsManager,
            Grading::Remote(grader) => Mark::AwaitsGrader(grader),
        };
        self.answers.insert(
            place,
            Given {
                answer,
                at: now,
                mark,
            },
        );
        Ok(Taken::Now(place))
    }

    /// Ends the current test; what wasn't answered counts nothing. Ending it again is no fault.
    pub fn finish_test(&mut self, now: DateTime<Utc>) -> Result<(), Refused> {
        if self.sittings.is_empty() {
            return Err(Refused::NotBegun);
        }
        self.end_current(now);
        Ok(())
    }

    /// Ends the current test if its time is over. Says whether that changed something.
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

    /// Ends everything: the link has expired. Tests not begun count nothing.
    pub fn close(&mut self, now: DateTime<Utc>) {
        self.end_current(now);
        self.closed_at.get_or_insert(now);
    }

    /// Gives a waiting answer its score.
    pub fn grade(&mut self, place: Place, score: Score) -> Result<(), Refused> {
        let given = self.answers.get_mut(&place).ok_or(Refused::NothingToGrade)?;
        if matches!(given.mark, Mark::Scored(_)) {
            return Err(Refused::NothingToGrade);
        }
        given.mark = Mark::Scored(score);
        Ok(())
    }

    /// Hands an answer that no grader would grade to the managers.
    pub fn leave_to_manager(&mut self, place: Place) -> Result<(), Refused> {
        match self.answers.get_mut(&place) {
            Some(given) if matches!(given.mark, Mark::AwaitsGrader(_)) => {
                given.mark = Mark::AwaitsManager;
                Ok(())
            }
            _ => Err(Refused::NothingToGrade),
        }
    }

    /// Whether nothing more is taken.
    pub fn is_over(&self) -> bool {
        let all_taken = self.sittings.len() == self.test_set.tests.len()
            && self.sittings.iter().all(|sitting| sitting.ended_at.is_some());
        self.closed_at.is_some() || all_taken
    }

    /// Whether every answer has its score.
    pub fn is_graded(&self) -> bool {
        self.ungraded() == 0
    }

    /// How many answers still wait for a score.
    pub fn ungraded(&self) -> usize {
        let marks = self.answers.values().map(|given| &given.mark);
        marks.filter(|mark| !matches!(mark, Mark::Scored(_))).count()
    }

    /// How many tests can still be begun.
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
        let answered = self.answers.keys().filter(|place| place.test == test).count();
        self.test_set.tests[test].tasks.len() - answered
    }

    /// When the clock that runs now will have run out.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        let sitting = self.sittings.last()?;
        sitting.ended_at.is_none().then_some(sitting.deadline)
    }

    /// Where a task stands.
    pub fn place(&self, test_id: Uuid, task_id: &str) -> Option<Place> {
        let test = self.test_set.tests.iter().position(|test| test.id == test_id)?;
        let task = self.test_set.tests[test]
            .tasks
            .iter()
            .position(|task| task.id == task_id)?;
        Some(Place { test, task })
    }

    /// The task at a place.
    pub fn task(&self, place: Place) -> Option<&Task> {
        self.test_set.tests.get(place.test)?.tasks.get(place.task)
    }

    /// The index of the test whose clock runs.
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

    /// What makes the candidate's view of a task.
    pub fn seed(&self, place: Place) -> Seed {
        Seed::new(self.application, place.test, place.task)
    }
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
