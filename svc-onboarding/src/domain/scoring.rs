//! Scores per test and per trait, computed from the answers (H4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, GradingState, TaskIndex};
use super::ids::TestId;
use super::score::Score;

/// The scores of an attempt. A missing answer scores 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The mean over all tasks, weighted by points.
    pub total: Score,
    pub tests: Vec<TestScore>,
    /// For each trait the mean over the tasks that measure it, by the weight with which they do.
    pub traits: BTreeMap<String, Score>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestScore {
    pub test: TestId,
    /// The mean over the test's tasks, weighted by points.
    pub score: Score,
}

/// A weighted sum of scores.
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

/// The scores of an attempt. An answer that is not graded counts as 0.
pub fn score(attempt: &Attempt) -> Outcome {
    let mut total = Tally::default();
    let mut traits: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut tests = Vec::new();
    for (test_index, test) in attempt.test_set.tests.iter().enumerate() {
        let mut of_test = Tally::default();
        for (task_index, task) in test.tasks.iter().enumerate() {
            let index = TaskIndex {
                test: test_index,
                task: task_index,
            };
            let score = match attempt.answers.get(&index).map(|given| &given.grading) {
                Some(GradingState::Scored(score)) => *score,
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
    use uuid::Uuid;

    use super::*;
    use crate::domain::attempt::GivenAnswer;
    use crate::domain::ids::{ApplicationId, TestSetId};
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
                id: TestId(Uuid::from_u128(id)),
                version: 1,
                name: "test".to_owned(),
                time_limit: Duration::from_mins(1),
                tasks,
            })
            .collect();
        let mut attempt = Attempt::new(
            ApplicationId(Uuid::nil()),
            TestSet {
                id: TestSetId(Uuid::nil()),
                version: 1,
                name: "set".to_owned(),
                tests,
                archived: false,
            },
        );
        for (test, task, score) in scores {
            let given = GivenAnswer {
                answer: Answer::Text("a".to_owned()),
                at: DateTime::<Utc>::UNIX_EPOCH,
                grading: GradingState::Scored(Score::new(*score).unwrap()),
            };
            attempt.answers.insert(
                TaskIndex {
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
    fn h4_traits_are_weighed_by_the_weight_of_their_tasks() {
        let tasks = vec![
            task(100, &[("patience", 1), ("english", 2)]),
            task(1, &[("patience", 3)]),
        ];
        let outcome = score(&attempt(vec![tasks], &[(0, 0, 100), (0, 1, 20)]));
        assert_eq!(outcome.traits["patience"].value(), 40);
        assert_eq!(outcome.traits["english"].value(), 100);
    }

    #[test]
    fn h4_a_missing_answer_scores_0() {
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
