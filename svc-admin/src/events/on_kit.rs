//! Kits' events: part of the story of their orders (A3).

use consumables_contract::v1 as pb;
use conventions::types::Actor as PbActor;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use uuid::Uuid;

use crate::domain::Actor;
use crate::grpc::convert;
use crate::store::reviewed_orders::{self, StoryEntry};

/// Listens to every event of a kit.
pub struct OnKit;

async fn tell(
    conn: &mut AsyncPgConnection,
    event_id: Uuid,
    order_id: &str,
    at: Option<prost_types::Timestamp>,
    by: Option<&PbActor>,
    what: &str,
    detail: &str,
) -> Result<(), Stop> {
    let by = by.map_or_else(Actor::system, convert::read_actor);
    let entry = StoryEntry {
        event_id,
        order_id: order_id
            .parse()
            .map_err(|_| Stop::refused(format!("{order_id} is no id")))?,
        at: convert::read_time(at).ok_or_else(|| Stop::refused("at is no time"))?,
        by_role: by.role,
        by_id: by.id,
        what: what.to_owned(),
        detail: detail.to_owned(),
        price_minor: None,
        price_currency: None,
        photo_id: None,
    };
    Ok(reviewed_orders::tell(conn, &entry).await?)
}

/// The listener of one event; what follows the arrow is its detail.
macro_rules! listen {
    ($event:ident, $message:ident => $detail:expr) => {
        impl On<pb::$event> for OnKit {
            async fn on(
                &self,
                conn: &mut AsyncPgConnection,
                event: &Received<pb::$event>,
            ) -> Result<(), Stop> {
                let $message = &event.message;
                let (at, by) = ($message.at, $message.by.as_ref());
                tell(
                    conn,
                    event.id,
                    &$message.order_id,
                    at,
                    by,
                    stringify!($event),
                    $detail,
                )
                .await
            }
        }
    };
}

listen!(KitRequested, m => "");
listen!(KitCollecting, m => "");
listen!(KitReady, m => "");
listen!(KitIssued, m => &m.reason_without_cookie);
listen!(KitCancelled, m => &m.reason);
listen!(CookieOrdered, m => "");
listen!(CookieDelivered, m => "");
listen!(CookieLate, m => "");
listen!(CookieFailed, m => &m.reason);
