//! Vacancies: what candidates can apply for, and who is recommended (rules A1, H4, H6).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::invalid::each_once;
use super::{Entry, Invalid, Kind};

/// What a manager says about a vacancy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vacancy {
    /// As candidates see it.
    pub title: String,
    /// As candidates see it.
    pub description: String,
    /// What the form asks besides name, age and contact; each name once.
    pub questions: Vec<Question>,
    /// The test sets that run side by side, each once. Never empty.
    pub variants: Vec<Variant>,
    /// Who is recommended.
    pub rule: Rule,
}

/// One question of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Names the answer.
    pub name: String,
    /// What is asked.
    pub text: String,
    /// Whether it must be answered.
    pub required: bool,
}

/// A test set with the weight of its choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The test set.
    pub test_set_id: Uuid,
    /// 1..1000.
    pub weight: i32,
    /// The hypothesis that it tests.
    pub hypothesis_id: Option<Uuid>,
}

/// Who is recommended for admission: every condition that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// 0..100; 0 does not ask.
    pub minimum_score: i32,
    /// 0..100; 0 does not ask.
    pub best_percent: i32,
    /// How many finished candidates `best_percent` looks at.
    pub window: i32,
}

impl Entry for Vacancy {
    const KIND: Kind = Kind::Vacancy;
}

impl Vacancy {
    /// Checks what the contract's rules can't.
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
                "must be at least 1 where best_percent is set",
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
            test_set_id: Uuid::from_u128(1),
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
    fn h4_the_best_share_needs_a_window_to_look_at() {
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
