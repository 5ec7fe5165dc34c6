//! A notification: what one recipient is told of one event (N2).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::announcement::About;
use super::ids::{NotificationId, RecipientId};
use super::language::Language;
use super::recipient::Recipient;
use super::routing::Route;

/// The namespace of notification ids. It must not change: otherwise an event that is received again
/// would make a second notification.
const NAMESPACE: Uuid = Uuid::from_u128(0x8d0f_2c5e_51c0_4b52_9a4e_6f5a_3c7e_11d4);

/// A letter, filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Derived from event, recipient and template, see [`id_of`].
    pub id: NotificationId,
    /// The event's CloudEvents id.
    pub event_id: Uuid,
    pub route: Route,
    pub about: About,
    pub recipient_id: RecipientId,
    pub email: String,
    pub language: Language,
    pub letter: Letter,
    pub created_at: DateTime<Utc>,
}

impl Notification {
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

/// The id of the notification of this event, made by this template for this recipient.
pub fn id_of(event_id: Uuid, recipient_id: RecipientId, template: &str) -> NotificationId {
    let name = format!("{event_id}/{recipient_id}/{template}");
    NotificationId(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
}

/// The mail's Message-ID, without angle brackets. It is the same in each attempt, so that mail
/// stores recognise a mail that arrives twice.
pub fn message_id(notification_id: NotificationId, domain: &str) -> String {
    format!("{notification_id}@{domain}")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{RecipientId, id_of};

    #[test]
    fn n2_equal_events_recipients_and_templates_make_equal_ids() {
        let event = Uuid::from_u128(1);
        let [anna, boris] = [2, 3].map(|id| RecipientId(Uuid::from_u128(id)));
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
