//! The service's error and its conversion to a gRPC status.

use conventions::page::BadToken;
use messaging::Stop;
use service_host::{Refusal, database};

use crate::domain::ids::{MaterialCode, ServiceTypeId};
use crate::domain::{kit, stock};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("only an active employee of the department can do this")]
    NotAnEmployee,
    #[error("there is no such employee")]
    EmployeeNotFound,
    #[error("there is an employee with this id already")]
    EmployeeExists,
    #[error("there is no material {0}")]
    MaterialNotFound(MaterialCode),
    #[error("there is a material {0} already")]
    MaterialExists(MaterialCode),
    /// Also a kit of another worker.
    #[error("there is no such kit")]
    KitNotFound,
    #[error("material {0} is not in the kit")]
    MaterialNotInKit(MaterialCode),
    #[error("the kit is {0}: materials are returned from an issued kit only")]
    KitNotIssued(kit::State),
    #[error("{0}")]
    CookieNotExpected(&'static str),
    /// Also an order of another worker.
    #[error("there is no such order of yours")]
    OrderNotFound,
    #[error("the order is over")]
    OrderOver,
    #[error("service type {0} is not known here yet")]
    ServiceTypeNotKnown(ServiceTypeId),
    #[error(transparent)]
    PageToken(#[from] BadToken),
    #[error(transparent)]
    Kit(#[from] kit::Error),
    #[error(transparent)]
    Stock(#[from] stock::Error),
    #[error("the database failed")]
    Database(#[from] diesel::result::Error),
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
            Error::MaterialNotFound(_) | Error::Stock(stock::Error::UnknownMaterial(_)) => {
                Self::not_found("MATERIAL_NOT_FOUND", text)
            }
            Error::MaterialExists(_) => Self::already_exists("MATERIAL_EXISTS", text),
            Error::KitNotFound => Self::not_found("KIT_NOT_FOUND", text),
            Error::MaterialNotInKit(_) => Self::precondition("MATERIAL_NOT_IN_KIT", text),
            Error::KitNotIssued(state) => {
                Self::precondition("KIT_NOT_ISSUED", text).with("state", state.to_string())
            }
            Error::CookieNotExpected(_) => Self::precondition("COOKIE_NOT_EXPECTED", text),
            Error::OrderNotFound => Self::not_found("ORDER_NOT_FOUND", text),
            Error::OrderOver => Self::precondition("ORDER_OVER", text),
            Error::ServiceTypeNotKnown(_) => Self::precondition("SERVICE_TYPE_NOT_KNOWN", text),
            Error::PageToken(error) => error.into(),
            Error::Kit(error) => kit_refusal(&error, text),
            Error::Stock(stock::Error::NotEnough { .. }) => Self::precondition("NOT_ENOUGH_STOCK", text),
            Error::Stock(stock::Error::TooMuch(_)) => Self::precondition("STOCK_TOO_LARGE", text),
            Error::Database(source) => source.into(),
            Error::Host(refusal) => refusal,
        }
    }
}

fn kit_refusal(error: &kit::Error, text: String) -> Refusal {
    match error {
        kit::Error::State(state, _) => {
            Refusal::precondition("KIT_WRONG_STATE", text).with("state", state.to_string())
        }
        kit::Error::TakenBy(collector) => {
            Refusal::precondition("KIT_TAKEN", text).with("collector_id", collector.to_string())
        }
        kit::Error::Short(short) => {
            let list: Vec<String> = short
                .iter()
                .map(|(material, pieces)| format!("{material}: {pieces}"))
                .collect();
            Refusal::precondition("KIT_SHORT", text).with("short", list.join(", "))
        }
        kit::Error::AnotherWorker => Refusal::precondition("KIT_FOR_ANOTHER_WORKER", text),
        kit::Error::NoCookie => Refusal::precondition("COOKIE_MISSING", text),
        kit::Error::TooLarge => Refusal::precondition("KIT_TOO_LARGE", text),
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}

/// An event whose service type is not known yet waits. An event that is refused is parked.
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(source) => source.into(),
            Error::ServiceTypeNotKnown(_) => Self::not_yet(error.to_string()),
            refused => Self::refused(refused),
        }
    }
}
