//! Vacancies: what candidates can apply for, and which of them are recommended (rules A1, H4, H6).

use serde::{Deserialize, Serialize};

use super::ids::{EntryId, HypothesisId};
use super::invalid::each_once;
use super::{Entry, Invalid, Kind};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vacancy {
    pub title: String,
    pub description: String,
    /// Questions of the form besides name, age and contact; each name once.
    pub questions: Vec<Question>,
    /// The test sets that are tried side by side, each once. Never empty.
    pub variants: Vec<Variant>,
    pub rule: Rule,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The name of the answer.
    pub name: String,
    pub text: String,
    pub required: bool,
}

/// A test set and how often it is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub test_set_id: EntryId,
    /// Relative to the other variants, 1 to 1000.
    pub weight: i32,
    /// The hypothesis that the variant tests.
    pub hypothesis_id: Option<HypothesisId>,
}

/// Which candidates are recommended for admission: every condition that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// 0 to 100; 0 means no condition.
    pub minimum_score: i32,
    /// 0 to 100; 0 means no condition.
    pub best_percent: i32,
    /// The number of finished candidates that `best_percent` refers to.
    pub window: i32,
}

impl Entry for Vacancy {
    const KIND: Kind = Kind::Vacancy;
}

impl Vacancy {
    /// Checks what the contract's rules cannot express.
    pub fn check(self) -> Result<Self, Invalid> {
        each_once(
            "vacancy.questions",
            self.questions.iter().map(|question| question.name.as_str()),
        )?;
        let sets: Vec<String> = self
            .variants
            .iter()
            .map(|variant| variant.test_set_id.to_string())
            .collect();
        each_once("vacancy.variants", sets.iter().map(String::as_str))?;
        if self.rule.best_percent > 0 && self.rule.window == 0 {
            return Err(Invalid::new(
                "vacancy.rule.window",
                "must be at least 1 if best_percent is set",
            ));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vacancy() -> Vacancy {
        let variant = Variant {
            test_set_id: EntryId::generate(),
            weight: 1,
            hypothesis_id: None,
        };
        Vacancy {
            title: "Window washer".into(),
            description: String::new(),
            questions: vec![],
            variants: vec![variant],
            rule: Rule {
                minimum_score: 60,
                best_percent: 0,
                window: 0,
            },
        }
    }

    #[test]
    fn h6_a_test_set_is_a_variant_only_once() {
        let mut wrong = vacancy();
        wrong.variants.push(wrong.variants[0].clone());
        assert_eq!(wrong.check().unwrap_err().field, "vacancy.variants[1]");
    }

    #[test]
    fn h4_best_percent_needs_a_window() {
        let wrong = Vacancy {
            rule: Rule {
                minimum_score: 0,
                best_percent: 3,
                window: 0,
            },
            ..vacancy()
        };
        assert_eq!(wrong.check().unwrap_err().field, "vacancy.rule.window");
        assert!(vacancy().check().is_ok());
    }
}
