//! What billing hears and what it says.

pub mod on_client_state;
pub mod on_order_cancelled;
pub mod on_order_completed;
pub mod on_order_failed;
pub mod on_worker_state;
pub mod publish;
mod settle;

use std::sync::Arc;

use messaging::Consumer;
use orders_contract::v1 as orders;
use service_host::Clock;

use crate::domain::Settings;

/// Adds every listener of this service.
pub fn listen(consumer: Consumer, settings: &Arc<Settings>, clock: &Clock) -> Consumer {
    let (settings, clock) = (|| settings.clone(), || clock.clone());
    consumer
        .on::<orders::ClientState, _>(on_client_state::OnClientState {
            settings: settings(),
            clock: clock(),
        })
        .on::<orders::WorkerState, _>(on_worker_state::OnWorkerState {
            settings: settings(),
            clock: clock(),
        })
        .on::<orders::OrderCompleted, _>(on_order_completed::OnOrderCompleted {
            settings: settings(),
            clock: clock(),
        })
        .on::<orders::OrderCancelled, _>(on_order_cancelled::OnOrderCancelled {
            settings: settings(),
            clock: clock(),
        })
        .on::<orders::OrderFailed, _>(on_order_failed::OnOrderFailed {
            settings: settings(),
            clock: clock(),
        })
}
