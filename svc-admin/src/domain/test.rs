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

/// What a pattern may cost whoever matches it: the compiled form, in bytes. Onboarding allows more.
const PATTERN_SIZE: usize = 1 << 17;
/// Numbers have fewer digits before the point than this one. Onboarding reads answers as decimals, and no further.
const NUMBERS_END: f64 = 1e18;

impl TaskKind {
    /// What passes here, onboarding can take: it would park a set that it can't.
    fn check(&self, field: &str) -> Result<(), Invalid> {
        match self {
            Self::SingleChoice { options, right } => {
                indexes(&format!("{field}.single_choice.right"), &[*right], options)
            }
            Self::MultipleChoice { options, right } => {
                indexes(&format!("{field}.multiple_choice.right"), right, options)
            }
            Self::Number { right, tolerance } => {
                number(&format!("{field}.number.right"), *right)?;
                number(&format!("{field}.number.tolerance"), *tolerance)
            }
            Self::ShortText { pattern } => whole_text(&format!("{field}.short_text.pattern"), pattern),
            Self::Ordering { .. } | Self::FreeText { .. } | Self::Remote { .. } => Ok(()),
        }
    }
}

fn indexes(field: &str, right: &[i32], options: &[String]) -> Result<(), Invalid> {
    let known = |index: &i32| usize::try_from(*index).is_ok_and(|index| index < options.len());
    if right.iter().all(known) {
        return Ok(());
    }
    let last = options.len().saturating_sub(1);
    Err(Invalid::new(
        field,
        format!("must be indexes of options, from 0 to {last}"),
    ))
}

fn number(field: &str, number: f64) -> Result<(), Invalid> {
    if number.abs() < NUMBERS_END {
        Ok(())
    } else {
        Err(Invalid::new(
            field,
            "must have at most 18 digits before the point",
        ))
    }
}

/// The pattern as onboarding compiles it: for the whole answer, without regard to case.
fn whole_text(field: &str, pattern: &str) -> Result<(), Invalid> {
    regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
        .case_insensitive(true)
        .size_limit(PATTERN_SIZE)
        .build()
        .map(|_| ())
        .map_err(|error| Invalid::new(field, error.to_string()))
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
        // The last one is whole by itself, and swallows the end of what it is put into.
        for pattern in ["(", "a{1000}{1000}", "(?x)a # a comment"] {
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
    fn h3_numbers_beyond_what_answers_can_say_are_refused() {
        let number = |right, tolerance| test(TaskKind::Number { right, tolerance }).check();
        assert_eq!(
            number(-1e18, 0.0).unwrap_err().field,
            "test.tasks[0].number.right"
        );
        assert_eq!(
            number(1.0, f64::INFINITY).unwrap_err().field,
            "test.tasks[0].number.tolerance"
        );
        assert!(number(999_999_999_999_999.5, 0.5).is_ok());
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
