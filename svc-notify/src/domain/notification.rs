//! One event, one recipient, one notification (N2).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::language::Language;
use super::news::About;
use super::recipient::Recipient;
use super::routing::Route;

/// The namespace of notification ids. Never changes: ids made before would be made again otherwise.
const NAMESPACE: Uuid = Uuid::from_u128(0x8d0f_2c5e_51c0_4b52_9a4e_6f5a_3c7e_11d4);

/// A letter, filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// What one recipient is told of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Made from event, recipient and template: the same notification has the same id, however often it is made.
    pub id: Uuid,
    /// The event's CloudEvents id.
    pub event_id: Uuid,
    /// The line of the routing table.
    pub route: Route,
    /// What it is about.
    pub about: About,
    /// Who is told.
    pub recipient_id: Uuid,
    /// Where the mail goes to.
    pub email: String,
    /// In which language it is written.
    pub language: Language,
    /// What it says.
    pub letter: Letter,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Notification {
    /// A notification of this event for this recipient.
    pub fn new(
        event_id: Uuid,
        route: &Route,
        about: &About,
        to: &Recipient,
        letter: Letter,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id: id_of(event_id, to.id, route.template),
            event_id,
            route: *route,
            about: about.clone(),
            recipient_id: to.id,
            email: to.email.clone(),
            language: to.language,
            letter,
            created_at: now,
        }
    }
}

/// The id that this event, recipient and template make.
pub fn id_of(event_id: Uuid, recipient_id: Uuid, template: &str) -> Uuid {
    Uuid::new_v5(
        &NAMESPACE,
        format!("{event_id}/{recipient_id}/{template}").as_bytes(),
    )
}

/// The mail's Message-ID, without angle brackets: mail stores that know it already keep one copy.
pub fn message_id(notification_id: Uuid, domain: &str) -> String {
    format!("{notification_id}@{domain}")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::id_of;

    #[test]
    fn n2_the_same_event_recipient_and_template_always_make_the_same_id() {
        let (event, anna, boris) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        assert_eq!(
            id_of(event, anna, "order-placed"),
            id_of(event, anna, "order-placed")
        );
        assert_ne!(
            id_of(event, anna, "order-placed"),
            id_of(event, boris, "order-placed")
        );
        assert_ne!(
            id_of(event, anna, "order-placed"),
            id_of(event, anna, "order-assigned")
        );
    }
}
