//! Listeners, one file for each kind of event, and `convert`, which turns domain events into
//! messages.

pub(crate) mod convert;
pub mod on_order;
pub mod on_service_type;

use admin_contract::v1 as admin;
use messaging::Consumer;
use orders_contract::v1 as orders;

use crate::domain::cookie::RetrySchedule;

/// Adds every listener of this service.
pub fn listen(consumer: Consumer, schedule: RetrySchedule) -> Consumer {
    consumer
        .on::<admin::ServiceTypeState, _>(on_service_type::OnServiceType)
        .on::<orders::OrderAssigned, _>(on_order::OnOrder { schedule })
        .on::<orders::OrderUnassigned, _>(on_order::OnOrder { schedule })
        .on::<orders::OrderCancelled, _>(on_order::OnOrder { schedule })
        .on::<orders::OrderFailed, _>(on_order::OnOrder { schedule })
        .on::<orders::OrderCompleted, _>(on_order::OnOrder { schedule })
}
