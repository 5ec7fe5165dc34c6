//! The events that this service listens to, and the conversion of the events that it publishes.

pub(crate) mod convert;
mod on_account;
mod on_application_approved;
mod on_kit;
mod on_quality_case_closed;
mod on_service_type;

use conventions::{types, wire};
use messaging::{Consumer, Stop, required};
use money::{Currency, Money};
use service_host::Clock;

use crate::Error;

/// Adds a listener for each event that this service listens to.
pub fn listen(consumer: Consumer, currency: Currency, clock: Clock) -> Consumer {
    use consumables_contract::v1::{KitCancelled, KitCollecting, KitIssued, KitReady, KitRequested};
    consumer
        .on::<admin_contract::v1::ServiceTypeState, _>(on_service_type::OnServiceType { currency })
        .on::<admin_contract::v1::QualityCaseClosed, _>(on_quality_case_closed::OnQualityCaseClosed)
        .on::<onboarding_contract::v1::ApplicationApproved, _>(
            on_application_approved::OnApplicationApproved { clock },
        )
        .on::<billing_contract::v1::AccountState, _>(on_account::OnAccount { currency })
        .on::<KitRequested, _>(on_kit::OnKit)
        .on::<KitCollecting, _>(on_kit::OnKit)
        .on::<KitReady, _>(on_kit::OnKit)
        .on::<KitIssued, _>(on_kit::OnKit)
        .on::<KitCancelled, _>(on_kit::OnKit)
}

/// The consumer handles errors of the database; every other error is a fault of the event.
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => Self::Database(error),
            other => Self::refused(other),
        }
    }
}

/// A sum in the deployment's currency: sums of another one cannot be added to the rest.
fn money(field: &str, sum: Option<&types::Money>, currency: Currency) -> Result<Money, Stop> {
    let sum = wire::to_money(required(field, sum)?).map_err(Stop::refused)?;
    if sum.currency() == currency {
        Ok(sum)
    } else {
        Err(Stop::refused(format!(
            "{field} is {sum}, but the currency is {currency}"
        )))
    }
}
