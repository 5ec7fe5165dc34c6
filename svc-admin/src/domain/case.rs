//! Quality cases (rules A2, A3).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{CaseId, ClientId, HypothesisId, OrderId, WorkerId};
use super::{Actor, Invalid};

/// Why a case was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Cause {
    Cancelled,
    Failed,
    /// A manager chose a completed order or drew it at random.
    Drawn,
}

/// The form that closes a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub verdict: Verdict,
    /// Not published: only for the company.
    pub root_cause: String,
    /// Of the work, 1 to 5; 0 if no worker was assigned.
    pub rating: i32,
    /// Published: client and worker are told.
    pub conclusion: String,
    /// Hypotheses that the case supports.
    pub hypothesis_ids: Vec<HypothesisId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Good,
    WorkerAtFault,
    ClientAtFault,
    CompanyAtFault,
    NobodyAtFault,
}

/// One order under review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub id: CaseId,
    /// An order has at most one case.
    pub order_id: OrderId,
    pub cause: Cause,
    pub client_id: ClientId,
    /// The worker who was assigned when the order ended.
    pub worker_id: Option<WorkerId>,
    pub opened_at: DateTime<Utc>,
    pub opened_by: Actor,
    pub closed: Option<Closing>,
}

/// How a case was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub at: DateTime<Utc>,
    pub by: Actor,
    pub form: Form,
}

/// A case that was opened, not saved yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOpened(pub Case);

/// A case that was closed, not saved yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseClosed {
    /// The case as it was, open.
    pub case: Case,
    pub closing: Closing,
    /// Of the order; the event carries it.
    pub service_type_name: String,
}

/// Why a case cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the case is closed")]
    Closed,
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl Case {
    /// Refuses a closed case.
    pub fn must_be_open(&self) -> Result<(), Refused> {
        match self.closed {
            Some(_) => Err(Refused::Closed),
            None => Ok(()),
        }
    }

    /// Closes the case. The form must rate the work if, and only if, a worker was assigned.
    pub fn close(
        self,
        form: Form,
        service_type_name: String,
        by: Actor,
        now: DateTime<Utc>,
    ) -> Result<CaseClosed, Refused> {
        self.must_be_open()?;
        match (form.rating, self.worker_id) {
            (0, Some(_)) => {
                let text = "must be 1 to 5: a worker was assigned";
                Err(Invalid::new("form.rating", text).into())
            }
            (1.. | ..0, None) => Err(Invalid::new("form.rating", "must be 0: no worker was assigned").into()),
            _ => Ok(CaseClosed {
                case: self,
                closing: Closing { at: now, by, form },
                service_type_name,
            }),
        }
    }
}

impl CaseClosed {
    /// The case as it is now.
    pub fn into_case(self) -> Case {
        Case {
            closed: Some(self.closing),
            ..self.case
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(worker_id: Option<WorkerId>) -> Case {
        Case {
            id: CaseId::generate(),
            order_id: OrderId::generate(),
            cause: Cause::Failed,
            client_id: ClientId::generate(),
            worker_id,
            opened_at: DateTime::UNIX_EPOCH,
            opened_by: Actor::system(),
            closed: None,
        }
    }

    fn close(case: Case, rating: i32) -> Result<Case, Refused> {
        let form = Form {
            verdict: Verdict::Good,
            root_cause: String::new(),
            rating,
            conclusion: "All is well.".into(),
            hypothesis_ids: vec![],
        };
        case.close(form, "Cleaning".into(), Actor::system(), DateTime::UNIX_EPOCH)
            .map(CaseClosed::into_case)
    }

    fn refuses_the_rating(result: &Result<Case, Refused>) -> bool {
        matches!(result, Err(Refused::Invalid(invalid)) if invalid.field == "form.rating")
    }

    #[test]
    fn a3_a_case_is_closed_once() {
        let closed = close(case(Some(WorkerId::generate())), 5).unwrap();
        assert_eq!(closed.must_be_open(), Err(Refused::Closed), "takes no notes");
        assert_eq!(close(closed, 1), Err(Refused::Closed));
    }

    #[test]
    fn a3_the_work_of_an_assigned_worker_must_be_rated() {
        let refused = close(case(Some(WorkerId::generate())), 0);
        assert!(refuses_the_rating(&refused), "{refused:?}");
    }

    #[test]
    fn a3_an_order_without_a_worker_cannot_be_rated() {
        let refused = close(case(None), 3);
        assert!(refuses_the_rating(&refused), "{refused:?}");
        assert!(close(case(None), 0).is_ok());
    }
}
