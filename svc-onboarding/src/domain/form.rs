//! The questions of a vacancy's form, besides name, age and address.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::applicant::Invalid;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Identifies the answer.
    pub name: String,
    /// Shown to the applicant.
    pub text: String,
    pub required: bool,
}

/// Answers by question name.
pub type Answers = BTreeMap<String, String>;

/// The longest answer, in characters.
pub const MAX_ANSWER: usize = 2_000;

/// The answers to the form's questions, trimmed and without empty ones.
///
/// Refuses answers to other questions, and answers that are missing or too long.
pub fn fill(questions: &[Question], given: &Answers) -> Result<Answers, Invalid> {
    for name in given.keys() {
        if !questions.iter().any(|question| question.name == *name) {
            return Err(Invalid::new(
                path(name),
                "the vacancy's form has no such question",
            ));
        }
    }
    let mut answers = Answers::new();
    for question in questions {
        let answer = given.get(&question.name).map_or("", |answer| answer.trim());
        if answer.chars().count() > MAX_ANSWER {
            return Err(Invalid::new(
                path(&question.name),
                "an answer has at most 2000 characters",
            ));
        }
        if !answer.is_empty() {
            answers.insert(question.name.clone(), answer.to_owned());
        } else if question.required {
            return Err(Invalid::new(path(&question.name), "an answer is required"));
        }
    }
    Ok(answers)
}

fn path(name: &str) -> String {
    format!("form_answers[{name:?}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions() -> Vec<Question> {
        [("experience", true), ("hobby", false)]
            .map(|(name, required)| Question {
                name: name.to_owned(),
                text: format!("{name}?"),
                required,
            })
            .into()
    }

    fn answers(pairs: &[(&str, &str)]) -> Answers {
        pairs
            .iter()
            .map(|(name, answer)| ((*name).to_owned(), (*answer).to_owned()))
            .collect()
    }

    #[test]
    fn h1_a_filled_form_keeps_the_answers_to_its_questions() {
        let given = answers(&[("experience", " two years "), ("hobby", "  ")]);
        assert_eq!(
            fill(&questions(), &given),
            Ok(answers(&[("experience", "two years")]))
        );
    }

    #[test]
    fn h1_a_missing_answer_is_named() {
        let refused = fill(&questions(), &answers(&[("experience", " ")])).unwrap_err();
        assert_eq!(refused.field, "form_answers[\"experience\"]");
    }

    #[test]
    fn h1_answers_to_other_questions_are_refused() {
        assert!(fill(&questions(), &answers(&[("experience", "a"), ("salary", "b")])).is_err());
    }

    #[test]
    fn h1_too_long_answers_are_refused() {
        let long = "ж".repeat(MAX_ANSWER + 1);
        assert!(fill(&questions(), &answers(&[("experience", &long)])).is_err());
        assert!(fill(&questions(), &answers(&[("experience", &long[2..])])).is_ok());
    }
}
