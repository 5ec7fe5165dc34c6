//! Why billing refuses, and how that looks from outside.

use conventions::page::BadToken;
use diesel::result::Error as DatabaseError;
use service_host::{Refusal, database};
use uuid::Uuid;

use crate::domain::account::UnknownWord;
use crate::domain::transaction::Unbalanced;

/// What can go wrong in billing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody with this id is known (yet).
    #[error("no account of {kind} {owner}")]
    AccountNotFound {
        /// `client` or `worker`.
        kind: &'static str,
        /// Whose.
        owner: String,
    },
    /// No such invoice, or somebody else's.
    #[error("no invoice {0}")]
    InvoiceNotFound(Uuid),
    /// No such transaction.
    #[error("no transaction {0}")]
    TransactionNotFound(Uuid),
    /// It moved real money, or is a correction itself.
    #[error("transaction {0} can't be reversed: it moved real money, or is a reversal itself")]
    NotReversible(Uuid),
    /// There is a reversal already.
    #[error("transaction {0} was reversed before")]
    AlreadyReversed(Uuid),
    /// It is paid, or an attempt is under way.
    #[error("invoice {0} is paid, or an attempt to settle it is under way")]
    NotRetryable(String),
    /// No gateway of this kind.
    #[error("there is no payment method {0:?} here")]
    PaymentMethodUnknown(String),
    /// A field holds something that is no id.
    #[error("{0} must be a UUID")]
    NotAnId(&'static str),
    /// The request's id booked something else before.
    #[error("this request_id was used for a request with other contents")]
    RequestIdReused,
    /// Not this deployment's currency.
    #[error("{0} is not the currency of this company")]
    CurrencyUnknown(String),
    /// A bonus of nothing or less.
    #[error("the amount must be positive")]
    AmountNotPositive,
    /// The time to close up to lies in the future.
    #[error("the period is not over yet")]
    PeriodNotOver,
    /// A page token that this list did not give.
    #[error(transparent)]
    PageTokenUnknown(#[from] BadToken),
    /// An amount does not fit.
    #[error(transparent)]
    Money(#[from] money::Error),
    /// Postings that are no transaction.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    /// The database holds what this version can't read.
    #[error("the database holds what this version can't read")]
    Unreadable(#[from] UnknownWord),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] DatabaseError),
    /// What the host refused.
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
            Error::NotAnId(field) => Self::invalid(field, text),
            Error::RequestIdReused => Self::conflict("REQUEST_ID_REUSED", text),
            Error::PaymentMethodUnknown(_) => Self::invalid("kind", text),
            Error::CurrencyUnknown(_) => Self::invalid("amount.currency_code", text),
            Error::AmountNotPositive | Error::Money(_) => Self::invalid("amount.minor_units", text),
            Error::PeriodNotOver => Self::invalid("up_to", text),
            Error::PageTokenUnknown(error) => error.into(),
            Error::Unbalanced(_) | Error::Unreadable(_) => Self::internal(error),
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

/// To a listener, an unknown account means that its owner's own event is still on its way; everything else that is not
/// the database's fault will not get better by waiting.
impl From<Error> for messaging::Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::AccountNotFound { kind, owner } => Self::not_yet(format!("{kind} {owner}")),
            Error::Database(source) => Self::Database(source),
            other => Self::refused(other),
        }
    }
}
