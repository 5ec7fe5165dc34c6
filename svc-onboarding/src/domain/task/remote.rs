//! Text, graded by another team's service.

use serde::{Deserialize, Serialize};

use super::free_text::MAX_CHARS;
use super::{Answer, Grading, Input, InvalidAnswer, Kind, Malformed, Seed};

/// A task whose answers a remote grader grades by the contract `TaskGraderService`.
///
/// The service calls only addresses that its settings allow, because otherwise an author of tests
/// could make it call any address. If the address is not allowed or the grader does not answer, a
/// manager grades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remote {
    /// The grader's address, for example `http://grader:17000`.
    pub grader: String,
    /// Sent to the grader unchanged.
    pub guidance: String,
}

impl Kind for Remote {
    fn check(&self) -> Result<(), Malformed> {
        if self.grader.is_empty() {
            return Err(Malformed("the grader is missing".to_owned()));
        }
        Ok(())
    }

    fn input(&self, _: &Seed) -> Input {
        Input::Text { max_chars: MAX_CHARS }
    }

    fn grade(&self, _: &Seed, answer: &Answer) -> Result<Grading, InvalidAnswer> {
        answer
            .text(MAX_CHARS)
            .map(|_| Grading::Remote(self.grader.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{seed, text};
    use super::*;

    #[test]
    fn h3_remote_answers_wait_for_their_grader() {
        let task = Remote {
            grader: "http://code:17000".to_owned(),
            guidance: "{}".to_owned(),
        };
        assert_eq!(task.check(), Ok(()));
        assert_eq!(
            task.grade(&seed(), &text("fn main() {}")),
            Ok(Grading::Remote("http://code:17000".to_owned()))
        );
    }

    #[test]
    fn h3_remote_without_a_grader_is_malformed() {
        let task = Remote {
            grader: String::new(),
            guidance: String::new(),
        };
        assert!(task.check().is_err());
    }
}
