//! What an event means to people: what it is about, whom it concerns, what there is to say.

use uuid::Uuid;

use super::facts::Facts;
use super::recipient::Recipient;

/// An event, ready to be told.
#[derive(Clone, Debug)]
pub struct News {
    /// What it is about; erasing personal data goes by it.
    pub about: About,
    /// The candidate, whom the event itself introduces.
    pub candidate: Option<Recipient>,
    /// The client concerned.
    pub client: Option<Uuid>,
    /// The worker concerned.
    pub worker: Option<Uuid>,
    /// What there is to say.
    pub facts: Facts,
}

/// The thing that a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// `order`, `application`, `invoice` or `material`.
    pub kind: &'static str,
    /// Its id or code.
    pub id: String,
}

impl News {
    /// News that concern nobody yet.
    pub fn of(kind: &'static str, id: &str, facts: Facts) -> Self {
        let about = About {
            kind,
            id: id.to_owned(),
        };
        Self {
            about,
            candidate: None,
            client: None,
            worker: None,
            facts,
        }
    }
}
