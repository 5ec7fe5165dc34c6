//! Wire ⇄ domain.

use conventions::wire::timestamp;
use notify_contract::v1 as pb;

use crate::domain::delivery::Status;
use crate::domain::recipient::Kind;
use crate::domain::routing::{Audience, Route};
use crate::error::Error;
use crate::store::deliveries::DeliveryRow;
use crate::store::notifications::NotificationRow;
use crate::store::recipients::RecipientRow;

pub(super) fn notification(row: &NotificationRow) -> pb::Notification {
    pb::Notification {
        notification_id: row.id.to_string(),
        template: row.template.clone(),
        title: row.subject.clone(),
        text: row.body_text.clone(),
        about_kind: row.about_kind.clone(),
        about_id: row.about_id.clone(),
        created_at: Some(timestamp(row.created_at)),
        read_at: row.read_at.map(timestamp),
    }
}

pub(super) fn delivery(row: DeliveryRow) -> Result<pb::Delivery, Error> {
    Ok(pb::Delivery {
        delivery_id: row.id.to_string(),
        event_id: row.event_id.to_string(),
        event_type: row.event_type,
        template: row.template,
        recipient_id: row.recipient_id.to_string(),
        recipient_kind: recipient_kind(row.recipient_kind.parse()?).into(),
        email: row.email,
        status: delivery_status(row.status.parse()?).into(),
        attempts: row.attempts,
        last_error: row.last_error,
        created_at: Some(timestamp(row.created_at)),
        next_attempt_at: row.next_attempt_at.map(timestamp),
        sent_at: row.sent_at.map(timestamp),
    })
}

pub(super) fn recipient(row: RecipientRow) -> Result<pb::Recipient, Error> {
    Ok(pb::Recipient {
        recipient_id: row.id.to_string(),
        kind: recipient_kind(row.kind.parse()?).into(),
        name: row.name,
        email: row.email,
        language: row.language,
        archived: row.archived,
        known_since: Some(timestamp(row.known_since)),
    })
}

pub(super) fn route(route: &Route) -> pb::Route {
    let audience = match route.audience {
        Audience::Candidate => Kind::Candidate,
        Audience::Managers => Kind::Manager,
        Audience::Client => Kind::Client,
        Audience::Worker => Kind::Worker,
        Audience::Department => Kind::Department,
    };
    pb::Route {
        event_type: route.event.to_owned(),
        audience: recipient_kind(audience).into(),
        template: route.template.to_owned(),
    }
}

/// `None`, for unspecified, selects all.
pub(super) fn requested_kind(kind: pb::RecipientKind) -> Option<Kind> {
    match kind {
        pb::RecipientKind::Unspecified => None,
        pb::RecipientKind::Client => Some(Kind::Client),
        pb::RecipientKind::Worker => Some(Kind::Worker),
        pb::RecipientKind::Candidate => Some(Kind::Candidate),
        pb::RecipientKind::Manager => Some(Kind::Manager),
        pb::RecipientKind::Department => Some(Kind::Department),
    }
}

/// `None`, for unspecified, selects all.
pub(super) fn requested_status(status: pb::DeliveryStatus) -> Option<Status> {
    match status {
        pb::DeliveryStatus::Unspecified => None,
        pb::DeliveryStatus::Pending => Some(Status::Pending),
        pb::DeliveryStatus::Sent => Some(Status::Sent),
        pb::DeliveryStatus::Dead => Some(Status::Dead),
        pb::DeliveryStatus::Erased => Some(Status::Erased),
    }
}

fn recipient_kind(kind: Kind) -> pb::RecipientKind {
    match kind {
        Kind::Client => pb::RecipientKind::Client,
        Kind::Worker => pb::RecipientKind::Worker,
        Kind::Candidate => pb::RecipientKind::Candidate,
        Kind::Manager => pb::RecipientKind::Manager,
        Kind::Department => pb::RecipientKind::Department,
    }
}

fn delivery_status(status: Status) -> pb::DeliveryStatus {
    match status {
        Status::Pending => pb::DeliveryStatus::Pending,
        Status::Sent => pb::DeliveryStatus::Sent,
        Status::Dead => pb::DeliveryStatus::Dead,
        Status::Erased => pb::DeliveryStatus::Erased,
    }
}
