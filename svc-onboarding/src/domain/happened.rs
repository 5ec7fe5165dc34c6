//! What happened to an application: one of these is published for every change that others hear of.

use super::photo::Photo;
use super::secret::Token;

/// Something that happened. What others need to know besides is in the application.
#[derive(Debug, Clone)]
pub enum Happened {
    /// Somebody applied; the letter carries the token.
    Submitted {
        /// Confirms the address.
        token: Token,
    },
    /// Somebody applied with the address of a person whose application stands.
    Repeated,
    /// The address was confirmed.
    Confirmed,
    /// Tests were assigned; the letter carries the personal link.
    Invited {
        /// Opens the tests.
        token: Token,
    },
    /// The first test began.
    Started,
    /// All tests are over and scored.
    Scored,
    /// The candidate is a worker.
    Approved {
        /// The candidate's photo, where one was given.
        photo: Option<Photo>,
    },
    /// The candidate was declined.
    Declined {
        /// What they are told.
        message: String,
    },
    /// The personal data was erased.
    Erased,
}
