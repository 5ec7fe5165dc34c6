//! Tests: tasks under one clock, with their right answers (rules A1, H3).

use serde::{Deserialize, Serialize};

use super::invalid::each_once;
use super::{Entry, Invalid, Kind};

/// What a manager says about a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// As managers see it.
    pub name: String,
    /// For the whole test, by the server's clock.
    pub time_limit_seconds: i64,
    /// In the order in which they are given. Never empty.
    pub tasks: Vec<Task>,
}

/// A task with its right answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Unique in its test.
    pub id: String,
    /// What is asked.
    pub question: String,
    /// What a full answer is worth.
    pub points: i32,
    /// The traits that it measures, each once.
    pub traits: Vec<TraitWeight>,
    /// How it is answered.
    pub kind: TaskKind,
}

/// How strongly a task measures a trait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraitWeight {
    /// Such as `patience`.
    pub name: String,
    /// 1..100.
    pub weight: i32,
}

/// How a task is answered, and what is right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TaskKind {
    /// Choose one.
    SingleChoice {
        /// What can be chosen.
        options: Vec<String>,
        /// Index of the right one.
        right: i32,
    },
    /// Choose all that are right.
    MultipleChoice {
        /// What can be chosen.
        options: Vec<String>,
        /// Indexes of the right ones.
        right: Vec<i32>,
    },
    /// A number.
    Number {
        /// The right one.
        right: f64,
        /// How far from it is still right.
        tolerance: f64,
    },
    /// Put into order.
    Ordering {
        /// In the right order.
        options: Vec<String>,
    },
    /// A text that matches a pattern.
    ShortText {
        /// A regular expression for the whole text.
        pattern: String,
    },
    /// A text that a manager grades.
    FreeText {
        /// What the grader should look for.
        guidance: String,
    },
    /// A text that somebody else's service grades.
    Remote {
        /// The service's address.
        grader: String,
        /// Handed to it.
        guidance: String,
    },
}

impl Entry for Test {
    const KIND: Kind = Kind::Test;
}

impl Test {
    /// Checks what the contract's rules can't: right answers that are there, patterns that can be matched, ids that differ.
    pub fn check(self) -> Result<Self, Invalid> {
        each_once("test.tasks", self.tasks.iter().map(|task| task.id.as_str()))?;
        for (index, task) in self.tasks.iter().enumerate() {
            let field = format!("test.tasks[{index}]");
            each_once(
                &format!("{field}.traits"),
                task.traits.iter().map(|weight| weight.name.as_str()),
            )?;
            task.kind.check(&field)?;
        }
        Ok(self)
    }
}

impl TaskKind {
    fn check(&self, field: &str) -> Result<(), Invalid> {
        let indexes = |name: &str, right: &[i32], options: &[String]| {
            let known = |index: &i32| usize::try_from(*index).is_ok_and(|index| index < options.len());
            if right.iter().all(known) {
                return Ok(());
            }
            let text = format!(
                "must be indexes of options, from 0 to {}",
                options.len().saturating_sub(1)
            );
            Err(Invalid::new(format!("{field}.{name}.right"), text))
        };
        match self {
            Self::SingleChoice { options, right } => indexes("single_choice", &[*right], options),
            Self::MultipleChoice { options, right } => indexes("multiple_choice", right, options),
            Self::ShortText { pattern } => regex::RegexBuilder::new(pattern)
                .size_limit(100_000)
                .build()
                .map(|_| ())
                .map_err(|error| Invalid::new(format!("{field}.short_text.pattern"), error.to_string())),
            Self::Number { .. } | Self::Ordering { .. } | Self::FreeText { .. } | Self::Remote { .. } => {
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(kind: TaskKind) -> Test {
        let task = Task {
            id: "t1".into(),
            question: "?".into(),
            points: 1,
            traits: vec![],
            kind,
        };
        Test {
            name: "A test".into(),
            time_limit_seconds: 60,
            tasks: vec![task],
        }
    }

    fn options() -> Vec<String> {
        vec!["a".into(), "b".into()]
    }

    #[test]
    fn h3_a_right_answer_that_is_no_option_is_refused() {
        let single = test(TaskKind::SingleChoice {
            options: options(),
            right: 2,
        });
        assert_eq!(
            single.check().unwrap_err().field,
            "test.tasks[0].single_choice.right"
        );
        let multiple = test(TaskKind::MultipleChoice {
            options: options(),
            right: vec![0, -1],
        });
        assert_eq!(
            multiple.check().unwrap_err().field,
            "test.tasks[0].multiple_choice.right"
        );
    }

    #[test]
    fn h3_a_pattern_that_can_not_be_matched_is_refused() {
        for pattern in ["(", "a{1000}{1000}"] {
            let wrong = test(TaskKind::ShortText {
                pattern: pattern.into(),
            });
            assert_eq!(
                wrong.check().unwrap_err().field,
                "test.tasks[0].short_text.pattern"
            );
        }
    }

    #[test]
    fn h3_two_tasks_of_one_id_are_refused() {
        let mut wrong = test(TaskKind::Ordering { options: options() });
        wrong.tasks.push(wrong.tasks[0].clone());
        assert_eq!(wrong.check().unwrap_err().field, "test.tasks[1]");
    }

    #[test]
    fn h3_every_kind_is_stored_and_read_back_the_same() {
        for kind in [
            TaskKind::SingleChoice {
                options: options(),
                right: 1,
            },
            TaskKind::MultipleChoice {
                options: options(),
                right: vec![0, 1],
            },
            TaskKind::Number {
                right: 3.5,
                tolerance: 0.25,
            },
            TaskKind::Ordering { options: options() },
            TaskKind::ShortText {
                pattern: "moscow|москва".into(),
            },
            TaskKind::FreeText {
                guidance: "kindness".into(),
            },
            TaskKind::Remote {
                grader: "http://grader:1".into(),
                guidance: String::new(),
            },
        ] {
            let test = test(kind).check().unwrap();
            let json = serde_json::to_value(&test).unwrap();
            assert_eq!(serde_json::from_value::<Test>(json).unwrap(), test);
        }
    }
}
