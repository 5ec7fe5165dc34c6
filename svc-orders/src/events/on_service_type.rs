use std::time::Duration;

use admin_contract::v1::ServiceTypeState;
use chrono::TimeDelta;
use conventions::wire;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop, id, required};
use money::Currency;

use super::money;
use crate::domain::service_type::ServiceType;
use crate::store;

/// Records each version of a service type; the highest version is the one that can be ordered.
pub(super) struct OnServiceType {
    pub(super) currency: Currency,
}

impl On<ServiceTypeState> for OnServiceType {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<ServiceTypeState>) -> Result<(), Stop> {
        let state = &event.message;
        let service = ServiceType {
            id: id("service_type_id", &state.service_type_id)?,
            version: state.version,
            name: state.name.clone(),
            description: state.description.clone(),
            base_price: money("base_price", state.base_price.as_ref(), self.currency)?,
            duration: required("duration", state.duration.and_then(time_delta))?,
            grace: required("grace_period", state.grace_period.and_then(time_delta))?,
            needs: wire::to_traits(&state.needed_traits),
            active: !state.archived,
        };
        Ok(store::service_types::record(conn, &service).await?)
    }
}

/// To the millisecond, which is what the database stores; `None` if negative or out of range.
fn time_delta(duration: prost_types::Duration) -> Option<TimeDelta> {
    let duration = Duration::try_from(duration).ok()?;
    TimeDelta::try_milliseconds(i64::try_from(duration.as_millis()).ok()?)
}
