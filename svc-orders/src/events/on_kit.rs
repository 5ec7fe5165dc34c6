use consumables_contract::KitEvent;
use consumables_contract::v1::{KitCancelled, KitCollecting, KitIssued, KitReady, KitRequested};
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};

use crate::domain::ids::OrderId;
use crate::store;
use crate::store::kits::{Kit, KitState};

/// Reflects the states of an order's kits for the worker's screen (O8).
pub(super) struct OnKit;

/// The events differ only in the state that they stand for.
macro_rules! on_kit {
    ($($event:ident => $state:ident,)*) => {$(
        impl On<$event> for OnKit {
            async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<$event>) -> Result<(), Stop> {
                let event = KitEvent::try_from(&event.message)?;
                let kit = Kit {
                    id: event.kit_id,
                    order: OrderId(event.order_id),
                    state: KitState::$state,
                    version: event.version,
                    changed_at: event.at,
                };
                Ok(store::kits::record(conn, &kit).await?)
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
