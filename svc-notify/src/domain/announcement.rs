//! What an event means to people: its subject, the people concerned, and the facts for the letter.

use super::facts::Facts;
use super::ids::RecipientId;
use super::recipient::Recipient;

#[derive(Clone, Debug)]
pub struct Announcement {
    /// Personal data is erased by it.
    pub about: About,
    /// The candidate as the event describes them.
    pub candidate: Option<Recipient>,
    pub client: Option<RecipientId>,
    pub worker: Option<RecipientId>,
    pub facts: Facts,
}

/// The subject of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// `order`, `application`, `invoice` or `material`.
    pub kind: &'static str,
    /// Its id or code.
    pub id: String,
}

impl Announcement {
    /// An announcement that concerns no candidate, client or worker.
    pub fn new(kind: &'static str, id: impl Into<String>, facts: Facts) -> Self {
        let id = id.into();
        Self {
            about: About { kind, id },
            candidate: None,
            client: None,
            worker: None,
            facts,
        }
    }
}
