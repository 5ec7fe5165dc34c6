//! Text, graded by another team's service.

use serde::{Deserialize, Serialize};

use super::free_text::LONGEST;
use super::{Answer, Grading, Input, Kind, Malformed, Seed, Unfit};

/// A task whose answers are graded elsewhere, by the contract `TaskGraderService`.
///
/// Only addresses that this service's settings allow are called: an author of tests cannot make it call an address of
/// their choice. What is not allowed, or does not answer, is graded by a manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remote {
    /// The grader's address, such as `http://grader:17000`.
    pub grader: String,
    /// Handed to the grader as it is.
    pub guidance: String,
}

impl Kind for Remote {
    fn check(&self) -> Result<(), Malformed> {
        if self.grader.is_empty() {
            return Err(Malformed("no grader is named".to_owned()));
        }
        Ok(())
    }

    fn input(&self, _: &Seed) -> Input {
        Input::Text { max_chars: LONGEST }
    }

    fn grade(&self, _: &Seed, answer: &Answer) -> Result<Grading, Unfit> {
        answer.text(LONGEST).map(|_| Grading::Remote(self.grader.clone()))
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
