//! Listeners, and the conversion of domain events to messages.

pub(crate) mod convert;
mod on_order_ended;
mod on_person_state;

use std::sync::Arc;

use messaging::Consumer;
use orders_contract::v1 as orders;
use service_host::Clock;

use crate::domain::Settings;

#[derive(Clone)]
struct Listener {
    settings: Arc<Settings>,
    clock: Clock,
}

/// Adds every listener of this service.
pub fn listen(consumer: Consumer, settings: &Arc<Settings>, clock: &Clock) -> Consumer {
    let listener = || Listener {
        settings: settings.clone(),
        clock: clock.clone(),
    };
    consumer
        .on::<orders::ClientState, _>(listener())
        .on::<orders::WorkerState, _>(listener())
        .on::<orders::OrderCompleted, _>(listener())
        .on::<orders::OrderCancelled, _>(listener())
        .on::<orders::OrderFailed, _>(listener())
}
