//! What may go wrong here, and what a caller is told of it. Nothing that is said names anybody.

use conventions::page::BadToken;
use service_host::{Refusal, database};

use crate::domain::bet;

/// Everything that this service refuses, and what fails beneath it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing has been heard of the order.
    #[error("nothing has been heard of this order yet")]
    OrderNotKnown,
    /// The order isn't over, nobody bet on it, or it has been erased.
    #[error("there is no settlement for this order")]
    NotSettled,
    /// The request's id came before with other contents.
    #[error("this request_id was used for a request with other contents")]
    RequestIdReused,
    /// The page token isn't one of this list.
    #[error(transparent)]
    PageToken(#[from] BadToken),
    /// The bet isn't taken.
    #[error(transparent)]
    Bet(#[from] bet::Refused),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] diesel::result::Error),
    /// The shared layers refuse.
    #[error(transparent)]
    Host(#[from] Refusal),
}

impl database::Failure for Error {
    fn database(&self) -> Option<&diesel::result::Error> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::OrderNotKnown => Self::not_found("ORDER_NOT_KNOWN", text),
            Error::NotSettled => Self::not_found("NOT_SETTLED", text),
            Error::RequestIdReused => Self::conflict("REQUEST_ID_REUSED", text),
            Error::PageToken(error) => error.into(),
            Error::Bet(bet::Refused::Closed) => Self::precondition("BETTING_CLOSED", text),
            Error::Bet(bet::Refused::AlreadyPlaced) => Self::already_exists("BET_ALREADY_PLACED", text),
            Error::Bet(bet::Refused::Full) => Self::precondition("POOL_FULL", text),
            Error::Bet(bet::Refused::NotPositive | bet::Refused::TooHigh) => {
                Self::invalid("stake.minor_units", text)
            }
            Error::Bet(bet::Refused::Currency(_)) => Self::precondition("STAKE_CURRENCY", text),
            Error::Database(source) => source.into(),
            Error::Host(refusal) => refusal,
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}
