//! Tests: tasks with their right answers and one time limit (rules A1, H3).

use serde::{Deserialize, Serialize};

use super::invalid::each_once;
use super::{Entry, Invalid, Kind};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    pub name: String,
    /// For the whole test.
    pub time_limit_seconds: i64,
    /// In the order in which candidates get them. Never empty.
    pub tasks: Vec<Task>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Unique in its test.
    pub id: String,
    pub question: String,
    /// For a fully right answer.
    pub points: i32,
    /// The traits that the task measures, each once.
    pub traits: Vec<TraitWeight>,
    pub kind: TaskKind,
}

/// How strongly a task measures a trait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraitWeight {
    /// Such as `patience`.
    pub name: String,
    /// 1 to 100.
    pub weight: i32,
}

/// How a task is answered, with the right answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TaskKind {
    SingleChoice {
        options: Vec<String>,
        /// The index of the right option.
        right: i32,
    },
    MultipleChoice {
        options: Vec<String>,
        /// The indexes of all right options.
        right: Vec<i32>,
    },
    Number {
        right: f64,
        /// The largest accepted distance from `right`.
        tolerance: f64,
    },
    Ordering {
        /// In the right order.
        options: Vec<String>,
    },
    ShortText {
        /// A regular expression for the whole text.
        pattern: String,
    },
    /// Graded by a manager.
    FreeText {
        /// For the grader.
        guidance: String,
    },
    /// Graded by an external service.
    Remote {
        /// The address of the service.
        grader: String,
        /// Sent to the service.
        guidance: String,
    },
}

impl Entry for Test {
    const KIND: Kind = Kind::Test;
}

impl Test {
    /// Checks what the contract's rules cannot express: right answers that exist, patterns that
    /// compile, task ids and traits that occur once.
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

/// The largest size of a compiled pattern in bytes. Onboarding, which matches answers, allows more.
const MAX_PATTERN_SIZE: usize = 1 << 17;
/// Numbers must be smaller than this. Onboarding reads answers as decimals of at most 18 digits
/// before the point.
const NUMBER_LIMIT: f64 = 1e18;

impl TaskKind {
    /// Refuses a task that onboarding cannot read, because onboarding would park the whole test
    /// set.
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
    if number.abs() < NUMBER_LIMIT {
        Ok(())
    } else {
        Err(Invalid::new(
            field,
            "must have at most 18 digits before the point",
        ))
    }
}

/// Compiles the pattern the way onboarding does: for the whole answer, ignoring case.
fn whole_text(field: &str, pattern: &str) -> Result<(), Invalid> {
    regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
        .case_insensitive(true)
        .size_limit(MAX_PATTERN_SIZE)
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
    fn h3_a_right_answer_outside_the_options_is_refused() {
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
    fn h3_a_pattern_that_does_not_compile_is_refused() {
        // The last one compiles alone, but its comment would swallow the closing parenthesis that
        // the check puts behind the pattern.
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
    fn h3_numbers_that_no_answer_can_reach_are_refused() {
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
    fn h3_two_tasks_with_one_id_are_refused() {
        let mut wrong = test(TaskKind::Ordering { options: options() });
        wrong.tasks.push(wrong.tasks[0].clone());
        assert_eq!(wrong.check().unwrap_err().field, "test.tasks[1]");
    }

    #[test]
    fn h3_every_kind_of_task_is_stored_and_read_back_unchanged() {
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
