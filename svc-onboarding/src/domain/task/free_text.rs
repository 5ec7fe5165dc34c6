//! Free text, graded by a manager.

use serde::{Deserialize, Serialize};

use super::{Answer, Grading, Input, InvalidAnswer, Kind, Malformed, Seed};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeText {
    /// Advice for the grading manager. Not shown to candidates.
    pub guidance: String,
}

/// The longest answer, in characters.
pub(super) const MAX_CHARS: u32 = 10_000;

impl Kind for FreeText {
    fn check(&self) -> Result<(), Malformed> {
        Ok(())
    }

    fn input(&self, _: &Seed) -> Input {
        Input::Text { max_chars: MAX_CHARS }
    }

    fn grade(&self, _: &Seed, answer: &Answer) -> Result<Grading, InvalidAnswer> {
        answer.text(MAX_CHARS).map(|_| Grading::Manager)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{seed, text};
    use super::*;

    #[test]
    fn h3_free_text_waits_for_a_manager() {
        let task = FreeText {
            guidance: "kindness".to_owned(),
        };
        assert_eq!(task.check(), Ok(()));
        assert_eq!(task.grade(&seed(), &text("я ёж")), Ok(Grading::Manager));
        assert!(task.grade(&seed(), &text(&"ё".repeat(10_001))).is_err());
        assert!(task.grade(&seed(), &Answer::Number("5".to_owned())).is_err());
    }

    #[test]
    fn h3_free_text_does_not_show_its_guidance() {
        let task = FreeText {
            guidance: "kindness".to_owned(),
        };
        assert_eq!(task.input(&seed()), Input::Text { max_chars: MAX_CHARS });
    }
}
