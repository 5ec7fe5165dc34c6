use consumables_contract::v1::{KitCancelled, KitCollecting, KitIssued, KitReady, KitRequested};
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};

use super::{required, uuid};
use crate::domain::id::OrderId;
use crate::store::kits::{Kit, KitState};
use crate::{store, wire};

/// Reflects where an order's kits stand, for the worker's screen (O8).
pub(super) struct OnKit;

/// All events of a kit say which kit, of which order, in which version, and when; only what happened differs.
macro_rules! on_kit {
    ($($event:ident => $state:ident,)*) => {$(
        impl On<$event> for OnKit {
            async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<$event>) -> Result<(), Stop> {
                let message = &event.message;
                let kit = Kit {
                    id: uuid("kit_id", &message.kit_id)?,
                    order: OrderId(uuid("order_id", &message.order_id)?),
                    state: KitState::$state,
                    version: message.version,
                    changed_at: required("at", message.at.as_ref().and_then(wire::moment))?,
                };
                store::kits::keep(conn, &kit).await?;
                Ok(())
            }
        }
    )*};
}

on_kit! {
    KitRequested => Requested,
    KitCollecting => Collecting,
    KitReady => Ready,
    KitIssued => Issued,
    KitCancelled => Cancelled,
}
