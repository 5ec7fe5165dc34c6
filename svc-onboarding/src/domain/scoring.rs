//! From answers to scores per test and per trait (H4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::attempt::{Attempt, Mark, Place};
use super::score::Score;

/// How a candidate did. What was not answered counts nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Over all tasks, by their points.
    pub total: Score,
    /// Each test over its tasks, by their points.
    pub tests: Vec<TestScore>,
    /// Each trait over the tasks that measure it, by how strongly they do. Ordered by name.
    pub traits: BTreeMap<String, Score>,
}

/// How a candidate did in one test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestScore {
    /// The test.
    pub test: Uuid,
    /// Its score.
    pub score: Score,
}

/// A weighted sum of scores on its way.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    earned: u64,
    possible: u64,
}

impl Tally {
    fn add(&mut self, weight: u32, score: Score) {
        self.earned += u64::from(weight) * u64::from(score.value());
        self.possible += u64::from(weight) * 100;
    }

    fn score(self) -> Score {
        Score::share(self.earned, self.possible)
    }
}

/// The outcome of an attempt, as far as it is graded.
pub fn score(attempt: &Attempt) -> Outcome {
    let mut total = Tally::default();
    let mut traits: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut tests = Vec::new();
    for (test_index, test) in attempt.test_set.tests.iter().enumerate() {
        let mut of_test = Tally::default();
        for (task_index, task) in test.tasks.iter().enumerate() {
            let place = Place {
                test: test_index,
                task: task_index,
            };
            let score = match attempt.answers.get(&place).map(|given| &given.mark) {
                Some(Mark::Scored(score)) => *score,
                _ => Score::NONE,
            };
            total.add(task.points, score);
            of_test.add(task.points, score);
            for measured in &task.traits {
                traits
                    .entry(&measured.name)
                    .or_default()
                    .add(measured.weight, score);
            }
        }
        tests.push(TestScore {
            test: test.id,
            score: of_test.score(),
        });
    }
    Outcome {
        total: total.score(),
        tests,
        traits: traits
            .into_iter()
            .map(|(name, tally)| (name.to_owned(), tally.score()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::attempt::Given;
    use crate::domain::task::{Answer, AnyKind, FreeText, Task, TraitWeight};
    use crate::domain::test_set::{Test, TestSet};

    fn task(points: u32, traits: &[(&str, u32)]) -> Task {
        Task {
            id: "t".to_owned(),
            prompt: "?".to_owned(),
            points,
            traits: traits
                .iter()
                .map(|(name, weight)| TraitWeight {
                    name: (*name).to_owned(),
                    weight: *weight,
                })
                .collect(),
            kind: AnyKind::FreeText(FreeText {
                guidance: String::new(),
            }),
        }
    }

    fn attempt(tests: Vec<Vec<Task>>, scores: &[(usize, usize, i64)]) -> Attempt {
        let tests = tests
            .into_iter()
            .zip(1..)
            .map(|(tasks, id)| Test {
                id: Uuid::from_u128(id),
                version: 1,
                name: "test".to_owned(),
                time_limit: Duration::from_mins(1),
                tasks,
            })
            .collect();
        let mut attempt = Attempt::new(
            Uuid::nil(),
            TestSet {
                id: Uuid::nil(),
                version: 1,
                name: "set".to_owned(),
                tests,
                archived: false,
            },
        );
        for (test, task, score) in scores {
            let given = Given {
                answer: Answer::Text("a".to_owned()),
                at: DateTime::<Utc>::UNIX_EPOCH,
                mark: Mark::Scored(Score::new(*score).unwrap()),
            };
            attempt.answers.insert(
                Place {
                    test: *test,
                    task: *task,
                },
                given,
            );
        }
        attempt
    }

    #[test]
    fn h4_points_weigh_tasks_within_a_test_and_over_all() {
        let tests = vec![vec![task(1, &[]), task(3, &[])], vec![task(4, &[])]];
        let outcome = score(&attempt(tests, &[(0, 0, 100), (0, 1, 50), (1, 0, 0)]));
        assert_eq!(
            outcome
                .tests
                .iter()
                .map(|test| test.score.value())
                .collect::<Vec<_>>(),
            [63, 0]
        );
        assert_eq!(outcome.total.value(), 31);
    }

    #[test]
    fn h4_traits_are_weighed_by_how_strongly_they_are_measured() {
        let tasks = vec![
            task(100, &[("patience", 1), ("english", 2)]),
            task(1, &[("patience", 3)]),
        ];
        let outcome = score(&attempt(vec![tasks], &[(0, 0, 100), (0, 1, 20)]));
        assert_eq!(outcome.traits["patience"].value(), 40);
        assert_eq!(outcome.traits["english"].value(), 100);
    }

    #[test]
    fn h4_what_was_not_answered_counts_nothing() {
        let outcome = score(&attempt(
            vec![vec![task(1, &[("english", 1)]), task(1, &[])]],
            &[(0, 1, 100)],
        ));
        assert_eq!(outcome.total.value(), 50);
        assert_eq!(outcome.traits["english"], Score::NONE);
    }

    proptest! {
        #[test]
        fn h4_a_total_lies_between_its_worst_and_its_best_task(
            tasks in proptest::collection::vec((1_u32..=1000, 0_i64..=100), 1..50),
        ) {
            let set = vec![tasks.iter().map(|(points, _)| task(*points, &[])).collect()];
            let scores: Vec<_> = tasks.iter().enumerate().map(|(index, (_, score))| (0, index, *score)).collect();
            let total = i64::from(score(&attempt(set, &scores)).total.value());
            prop_assert!(tasks.iter().any(|(_, score)| *score <= total));
            prop_assert!(tasks.iter().any(|(_, score)| *score >= total));
        }
    }
}
