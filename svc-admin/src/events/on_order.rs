//! Orders' events: quality control keeps the story of every order, and opens the case of those that ended badly (A2).

use chrono::{DateTime, Utc};
use conventions::types::{Actor as PbActor, Money};
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1 as pb;
use uuid::Uuid;

use crate::domain::Actor;
use crate::domain::case::{Case, Cause};
use crate::grpc::convert;
use crate::store::reviewed_orders::{ReviewedOrder, StoryEntry};
use crate::store::{cases, reviewed_orders};

/// Listens to every event of an order.
pub struct OnOrder;

/// What an event of an order says.
struct Change<'a> {
    order_id: &'a str,
    order: &'a pb::OrderSummary,
    version: i64,
    at: DateTime<Utc>,
    by: Actor,
    what: &'static str,
    state: &'static str,
    /// Who is assigned from now on; empty for nobody.
    worker_id: &'a str,
    detail: &'a str,
    price: Option<&'a Money>,
    photo_id: &'a str,
    /// Set where the order ended badly.
    ended: Option<Cause>,
    no_show: bool,
}

impl<'a> Change<'a> {
    fn new(
        order_id: &'a str,
        order: Option<&'a pb::OrderSummary>,
        version: i64,
        at: Option<prost_types::Timestamp>,
        by: Option<&'a PbActor>,
    ) -> Result<Self, Stop> {
        Ok(Self {
            order_id,
            order: order.ok_or_else(|| Stop::refused("order is missing"))?,
            version,
            at: convert::read_time(at).ok_or_else(|| Stop::refused("at is no time"))?,
            by: by.map_or_else(Actor::system, convert::read_actor),
            what: "",
            state: "placed",
            worker_id: "",
            detail: "",
            price: None,
            photo_id: "",
            ended: None,
            no_show: false,
        })
    }
}

async fn record(conn: &mut AsyncPgConnection, event_id: Uuid, change: Change<'_>) -> Result<(), Stop> {
    let order_id = id(change.order_id)?;
    let slot = change
        .order
        .slot
        .as_ref()
        .ok_or_else(|| Stop::refused("order.slot is missing"))?;
    let times = (convert::read_time(slot.start), convert::read_time(slot.end));
    let (Some(slot_start), Some(slot_end)) = times else {
        return Err(Stop::refused("order.slot is no interval"));
    };
    let order = ReviewedOrder {
        order_id,
        version: change.version,
        state: change.state.to_owned(),
        no_show: change.no_show,
        client_id: id(&change.order.client_id)?,
        client_name: change.order.client_name.clone(),
        worker_id: if change.worker_id.is_empty() {
            None
        } else {
            Some(id(change.worker_id)?)
        },
        service_type_id: id(&change.order.service_type_id)?,
        service_type_name: change.order.service_type_name.clone(),
        description: change.order.description.clone(),
        place: change.order.place.clone(),
        slot_start,
        slot_end,
    };
    reviewed_orders::save(conn, &order).await?;
    let story = StoryEntry {
        event_id,
        order_id,
        at: change.at,
        by_role: change.by.role.clone(),
        by_id: change.by.id.clone(),
        what: change.what.to_owned(),
        detail: change.detail.to_owned(),
        price_minor: change.price.map(|price| price.minor_units),
        price_currency: change.price.map(|price| price.currency_code.clone()),
        photo_id: if change.photo_id.is_empty() {
            None
        } else {
            Some(id(change.photo_id)?)
        },
    };
    reviewed_orders::tell(conn, &story).await?;
    if let Some(cause) = change.ended {
        let case = Case {
            id: Uuid::new_v4(),
            order_id,
            cause,
            client_id: order.client_id,
            worker_id: order.worker_id,
            opened_at: change.at,
            opened_by: Actor::system(),
            closed: None,
        };
        cases::open(conn, &case).await?;
    }
    Ok(())
}

fn id(text: &str) -> Result<Uuid, Stop> {
    text.parse()
        .map_err(|_| Stop::refused(format!("{text} is no id")))
}

/// The listener of one event, saying what the event changes beside what all of them tell.
macro_rules! listen {
    ($event:ident, $message:ident => { $($field:ident: $value:expr),* $(,)? }) => {
        impl On<pb::$event> for OnOrder {
            async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<pb::$event>) -> Result<(), Stop> {
                let $message = &event.message;
                let told = Change::new(
                    &$message.order_id,
                    $message.order.as_ref(),
                    $message.version,
                    $message.at,
                    $message.by.as_ref(),
                )?;
                record(conn, event.id, Change { what: stringify!($event), $($field: $value,)* ..told }).await
            }
        }
    };
}

listen!(OrderPlaced, m => {});
listen!(OrderWaiting, m => {});
listen!(OrderAssigned, m => { state: "assigned", worker_id: &m.worker_id, price: m.price.as_ref() });
listen!(OrderUnassigned, m => { detail: &m.reason });
listen!(OrderStarted, m => { state: "in_progress", worker_id: &m.worker_id, photo_id: &m.photo_id });
listen!(OrderCompleted, m => {
    state: "completed", worker_id: &m.worker_id, price: m.price.as_ref(), photo_id: &m.photo_id,
});
listen!(OrderCancelled, m => {
    state: "cancelled", worker_id: &m.worker_id, price: m.price.as_ref(), detail: &m.reason,
    ended: Some(Cause::Cancelled),
});
listen!(OrderFailed, m => {
    state: "failed", worker_id: &m.worker_id, price: m.price.as_ref(), detail: &m.reason, ended: Some(Cause::Failed),
    no_show: m.kind() == pb::FailureKind::NoShow,
});
