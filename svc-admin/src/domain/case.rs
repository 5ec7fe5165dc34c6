//! Quality cases (rules A2, A3).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Actor, Invalid};

/// Why a case was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The order was cancelled.
    Cancelled,
    /// The order failed.
    Failed,
    /// A manager drew a completed order.
    Drawn,
}

impl Cause {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Drawn => "drawn",
        }
    }

    /// The cause of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Cancelled, Self::Failed, Self::Drawn]
            .into_iter()
            .find(|cause| cause.name() == name)
    }
}

/// How a case is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// What was found.
    pub verdict: Verdict,
    /// For the company alone.
    pub root_cause: String,
    /// Of the work, 1..5; 0 where nobody was assigned.
    pub rating: i32,
    /// What client and worker are told.
    pub conclusion: String,
    /// Hypotheses that the case supports.
    pub hypothesis_ids: Vec<Uuid>,
}

/// What a case found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All was as it should be.
    Good,
    /// The worker is at fault.
    WorkerAtFault,
    /// The client is at fault.
    ClientAtFault,
    /// The company is at fault.
    CompanyAtFault,
    /// Nobody is.
    NobodyAtFault,
}

/// One order under review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: Uuid,
    /// The order. At most one case each.
    pub order_id: Uuid,
    /// Why it was opened.
    pub cause: Cause,
    /// The order's client.
    pub client_id: Uuid,
    /// Who was assigned when the order ended, if anybody was.
    pub worker_id: Option<Uuid>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// By whom; the system for orders that ended badly.
    pub opened_by: Actor,
    /// Once closed: when, by whom, how.
    pub closed: Option<Closing>,
}

/// The end of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: Actor,
    /// How.
    pub form: Form,
}

/// Why a case can't be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Closed cases are final.
    #[error("the case is closed")]
    Closed,
    /// The form says something impossible.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl Case {
    /// Refuses if the case is closed: notes go into open ones only.
    pub fn must_be_open(&self) -> Result<(), Refused> {
        if self.closed.is_some() {
            Err(Refused::Closed)
        } else {
            Ok(())
        }
    }

    /// How the case is to be closed. The rating belongs to work: it must be there where somebody was assigned, and only
    /// there.
    pub fn close(&self, form: Form, by: Actor, now: DateTime<Utc>) -> Result<Closing, Refused> {
        self.must_be_open()?;
        let rated = form.rating != 0;
        if rated != self.worker_id.is_some() {
            let text = if rated {
                "must be 0: nobody was assigned"
            } else {
                "must be 1 to 5: somebody was assigned"
            };
            return Err(Invalid::new("form.rating", text).into());
        }
        Ok(Closing { at: now, by, form })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(worker_id: Option<Uuid>) -> Case {
        Case {
            id: Uuid::from_u128(1),
            order_id: Uuid::from_u128(2),
            cause: Cause::Failed,
            client_id: Uuid::from_u128(3),
            worker_id,
            opened_at: DateTime::UNIX_EPOCH,
            opened_by: Actor::system(),
            closed: None,
        }
    }

    fn form(rating: i32) -> Form {
        Form {
            verdict: Verdict::Good,
            root_cause: String::new(),
            rating,
            conclusion: "All is well.".into(),
            hypothesis_ids: vec![],
        }
    }

    #[test]
    fn a3_a_case_is_closed_once_and_for_all() {
        let open = case(Some(Uuid::nil()));
        let closing = open
            .close(form(5), Actor::system(), DateTime::UNIX_EPOCH)
            .unwrap();
        let closed = Case {
            closed: Some(closing),
            ..open
        };
        assert_eq!(
            closed.close(form(1), Actor::system(), DateTime::UNIX_EPOCH),
            Err(Refused::Closed)
        );
        assert_eq!(closed.must_be_open(), Err(Refused::Closed), "no notes any more");
    }

    #[test]
    fn a3_work_that_was_assigned_must_be_rated() {
        let refused = case(Some(Uuid::nil())).close(form(0), Actor::system(), DateTime::UNIX_EPOCH);
        assert!(matches!(refused, Err(Refused::Invalid(invalid)) if invalid.field == "form.rating"));
    }

    #[test]
    fn a3_work_that_nobody_was_assigned_to_can_not_be_rated() {
        let refused = case(None).close(form(3), Actor::system(), DateTime::UNIX_EPOCH);
        assert!(matches!(refused, Err(Refused::Invalid(invalid)) if invalid.field == "form.rating"));
        assert!(
            case(None)
                .close(form(0), Actor::system(), DateTime::UNIX_EPOCH)
                .is_ok()
        );
    }
}
