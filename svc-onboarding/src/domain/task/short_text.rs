//! Short text, right if it matches a pattern.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::{Answer, Grading, Input, InvalidAnswer, Kind, Malformed, Seed};
use crate::domain::score::Score;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortText {
    /// A regular expression that the whole trimmed answer must match, ignoring case.
    pub pattern: String,
}

const MAX_CHARS: u32 = 500;
/// The largest compiled pattern in bytes. It bounds the memory that an author's pattern uses.
/// Matching is linear in the answer's length.
const PATTERN_LIMIT: usize = 1 << 18;

impl ShortText {
    fn regex(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&format!("^(?:{})$", self.pattern))
            .case_insensitive(true)
            .size_limit(PATTERN_LIMIT)
            .build()
    }
}

impl Kind for ShortText {
    fn check(&self) -> Result<(), Malformed> {
        self.regex()
            .map(|_| ())
            .map_err(|error| Malformed(format!("the pattern cannot be used: {error}")))
    }

    fn input(&self, _: &Seed) -> Input {
        Input::Text { max_chars: MAX_CHARS }
    }

    fn grade(&self, _: &Seed, answer: &Answer) -> Result<Grading, InvalidAnswer> {
        let text = answer.text(MAX_CHARS)?;
        // The listener refuses test sets with an invalid pattern. If one was stored anyway, a
        // manager grades the answer.
        let Ok(regex) = self.regex() else {
            return Ok(Grading::Manager);
        };
        Ok(Grading::Scored(if regex.is_match(text.trim()) {
            Score::FULL
        } else {
            Score::NONE
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{seed, text};
    use super::*;

    fn task(pattern: &str) -> ShortText {
        ShortText {
            pattern: pattern.to_owned(),
        }
    }

    fn right(task: &ShortText, answer: &str) -> bool {
        task.grade(&seed(), &text(answer)) == Ok(Grading::Scored(Score::FULL))
    }

    #[test]
    fn h3_short_text_matches_as_a_whole() {
        assert!(right(&task("cat|dog"), " Dog "));
        assert!(!right(&task("cat|dog"), "hotdog"));
        assert!(!right(&task("cat|dog"), "catalogue"));
        assert!(right(&task("ёлка"), "ЁЛКА"));
    }

    #[test]
    fn h3_empty_and_too_long_answers_are_refused() {
        assert!(task("a*").grade(&seed(), &text("  ")).is_err());
        assert!(task("a*").grade(&seed(), &text(&"a".repeat(501))).is_err());
    }

    #[test]
    fn h3_invalid_and_too_large_patterns_are_malformed() {
        assert!(task("(").check().is_err());
        assert!(task("(a{1000}){1000}").check().is_err());
        assert!(task("[a-z]+").check().is_ok());
    }
}
