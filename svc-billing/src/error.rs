//! What can go wrong in billing, and what callers and listeners are told.

use conventions::page::BadToken;
use diesel::result::Error as DatabaseError;
use service_host::{Refusal, database};
use uuid::Uuid;

use crate::domain::Unbalanced;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{kind} {owner} has no account")]
    AccountNotFound {
        /// `client` or `worker`.
        kind: &'static str,
        owner: String,
    },
    /// Also for an invoice that the caller may not see.
    #[error("there is no invoice {0}")]
    InvoiceNotFound(Uuid),
    #[error("there is no transaction {0}")]
    TransactionNotFound(Uuid),
    #[error("transaction {0} cannot be reversed: it moved real money or is itself a reversal")]
    NotReversible(Uuid),
    #[error("transaction {0} is already reversed")]
    AlreadyReversed(Uuid),
    #[error("invoice {0} cannot be retried: it is paid, or an attempt to settle it is pending")]
    NotRetryable(String),
    #[error("{0:?} is not a payment method of this deployment")]
    PaymentMethodUnknown(String),
    #[error("this request_id was used for a request with other contents")]
    RequestIdReused,
    #[error("{0:?} is not the currency of this deployment")]
    CurrencyUnknown(String),
    #[error("the amount must be positive")]
    AmountNotPositive,
    #[error("the price is negative")]
    PriceNegative,
    #[error("a period can only be closed after its end")]
    PeriodNotOver,
    #[error(transparent)]
    PageTokenUnknown(#[from] BadToken),
    #[error(transparent)]
    Money(#[from] money::Error),
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    #[error("the database failed")]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Host(#[from] Refusal),
}

impl database::Failure for Error {
    fn database(&self) -> Option<&DatabaseError> {
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
            Error::AccountNotFound { .. } => Self::not_found("ACCOUNT_NOT_FOUND", text),
            Error::InvoiceNotFound(_) => Self::not_found("INVOICE_NOT_FOUND", text),
            Error::TransactionNotFound(_) => Self::not_found("TRANSACTION_NOT_FOUND", text),
            Error::NotReversible(_) => Self::precondition("TRANSACTION_NOT_REVERSIBLE", text),
            Error::AlreadyReversed(_) => Self::precondition("TRANSACTION_ALREADY_REVERSED", text),
            Error::NotRetryable(_) => Self::precondition("INVOICE_NOT_RETRYABLE", text),
            Error::RequestIdReused => Self::conflict("REQUEST_ID_REUSED", text),
            Error::PaymentMethodUnknown(_) => Self::invalid("kind", text),
            Error::CurrencyUnknown(_) => Self::invalid("amount.currency_code", text),
            Error::AmountNotPositive | Error::Money(_) => Self::invalid("amount.minor_units", text),
            Error::PeriodNotOver => Self::invalid("up_to", text),
            Error::PageTokenUnknown(error) => error.into(),
            Error::PriceNegative | Error::Unbalanced(_) => Self::internal(error),
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

/// A missing account is opened by its owner's own event, so a listener waits for that event. Other
/// errors do not pass by waiting, except those of the database.
impl From<Error> for messaging::Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::AccountNotFound { kind, owner } => Self::not_yet(format!("{kind} {owner}")),
            Error::Database(source) => Self::Database(source),
            other => Self::refused(other),
        }
    }
}
