//! What may go wrong here, and what a caller is told of it.

use conventions::page::BadToken;
use messaging::Stop;
use service_host::{Refusal, database};

use crate::domain::ids::{MaterialCode, ServiceTypeId};
use crate::domain::{kit, stock};

/// Everything that this service refuses, and what fails beneath it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller is no active employee.
    #[error("only an active employee of the department can do this")]
    NotAnEmployee,
    /// There is no such employee.
    #[error("there is no such employee")]
    EmployeeNotFound,
    /// The id is an employee's already.
    #[error("there is an employee with this id")]
    EmployeeExists,
    /// There is no such material.
    #[error("there is no material {0}")]
    MaterialNotFound(String),
    /// The code is taken.
    #[error("there is a material {0}")]
    MaterialExists(String),
    /// There is no such kit, or it is none of the caller's business.
    #[error("there is no such kit")]
    KitNotFound,
    /// The material isn't in the kit.
    #[error("material {0} is not in the kit")]
    MaterialNotInKit(MaterialCode),
    /// Only from an issued kit anything can come back.
    #[error("the kit is {0}, nothing can come back from it")]
    KitNotIssued(kit::State),
    /// No cookie belongs into the kit, or it went out with another.
    #[error("{0}")]
    CookieNotExpected(&'static str),
    /// There is no such order, or it isn't the caller's.
    #[error("there is no such order of yours")]
    OrderNotFound,
    /// Completed, cancelled or failed.
    #[error("the order is over")]
    OrderOver,
    /// The catalogue's entry hasn't been heard of yet.
    #[error("service type {0} is not known here yet")]
    ServiceTypeNotKnown(ServiceTypeId),
    /// The page token isn't one of this list.
    #[error(transparent)]
    PageToken(#[from] BadToken),
    /// A kit can't be changed so.
    #[error(transparent)]
    Kit(#[from] kit::Refused),
    /// Stock can't be changed so.
    #[error(transparent)]
    Stock(#[from] stock::Refused),
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
            Error::NotAnEmployee => Self::denied("EMPLOYEE_NOT_ACTIVE", text),
            Error::EmployeeNotFound => Self::not_found("EMPLOYEE_NOT_FOUND", text),
            Error::EmployeeExists => Self::already_exists("EMPLOYEE_EXISTS", text),
            Error::MaterialNotFound(_) | Error::Stock(stock::Refused::UnknownMaterial(_)) => {
                Self::not_found("MATERIAL_NOT_FOUND", text)
            }
            Error::MaterialExists(_) => Self::already_exists("MATERIAL_EXISTS", text),
            Error::KitNotFound => Self::not_found("KIT_NOT_FOUND", text),
            Error::MaterialNotInKit(_) => Self::precondition("MATERIAL_NOT_IN_KIT", text),
            Error::KitNotIssued(state) => {
                Self::precondition("KIT_NOT_ISSUED", text).with("state", state.word())
            }
            Error::CookieNotExpected(_) => Self::precondition("COOKIE_NOT_EXPECTED", text),
            Error::OrderNotFound => Self::not_found("ORDER_NOT_FOUND", text),
            Error::OrderOver => Self::precondition("ORDER_OVER", text),
            Error::ServiceTypeNotKnown(_) => Self::precondition("SERVICE_TYPE_NOT_KNOWN", text),
            Error::PageToken(error) => error.into(),
            Error::Kit(refused) => kit_refusal(&refused, text),
            Error::Stock(stock::Refused::NotEnough { .. }) => Self::precondition("NOT_ENOUGH_STOCK", text),
            Error::Stock(stock::Refused::TooMuch(_)) => Self::precondition("STOCK_TOO_LARGE", text),
            Error::Database(source) => source.into(),
            Error::Host(refusal) => refusal,
        }
    }
}

fn kit_refusal(refused: &kit::Refused, text: String) -> Refusal {
    match refused {
        kit::Refused::State(state, _) => {
            Refusal::precondition("KIT_WRONG_STATE", text).with("state", state.word())
        }
        kit::Refused::TakenBy(collector) => {
            Refusal::precondition("KIT_TAKEN", text).with("collector_id", collector.to_string())
        }
        kit::Refused::Short(short) => {
            let list: Vec<String> = short
                .iter()
                .map(|(material, pieces)| format!("{material}: {pieces}"))
                .collect();
            Refusal::precondition("KIT_SHORT", text).with("short", list.join(", "))
        }
        kit::Refused::AnotherWorker => Refusal::precondition("KIT_FOR_ANOTHER_WORKER", text),
        kit::Refused::NoCookie => Refusal::precondition("COOKIE_MISSING", text),
        kit::Refused::TooLarge => Refusal::precondition("KIT_TOO_LARGE", text),
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}

/// What an event meets: missing knowledge waits, a refusal parks.
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(source) => source.into(),
            Error::ServiceTypeNotKnown(_) => Self::not_yet(error.to_string()),
            refused => Self::refused(refused),
        }
    }
}
