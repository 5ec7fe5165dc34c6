//! Quality cases.

use admin_contract::v1 as pb;
use conventions::wire::timestamp;

use super::optional_id;
use crate::domain::case::{CaseClosed, CaseOpened, Cause, Verdict};

pub fn cause(cause: Cause) -> pb::CaseCause {
    match cause {
        Cause::Cancelled => pb::CaseCause::Cancelled,
        Cause::Failed => pb::CaseCause::Failed,
        Cause::Drawn => pb::CaseCause::Drawn,
    }
}

pub fn verdict(verdict: Verdict) -> pb::Verdict {
    match verdict {
        Verdict::Good => pb::Verdict::Good,
        Verdict::WorkerAtFault => pb::Verdict::WorkerAtFault,
        Verdict::ClientAtFault => pb::Verdict::ClientAtFault,
        Verdict::CompanyAtFault => pb::Verdict::CompanyAtFault,
        Verdict::NobodyAtFault => pb::Verdict::NobodyAtFault,
    }
}

impl From<&CaseOpened> for pb::QualityCaseOpened {
    fn from(CaseOpened(case): &CaseOpened) -> Self {
        Self {
            order_id: case.order_id.to_string(),
            case_id: case.id.to_string(),
            cause: cause(case.cause).into(),
            client_id: case.client_id.to_string(),
            worker_id: optional_id(case.worker_id),
            at: Some(timestamp(case.opened_at)),
            by: Some((&case.opened_by).into()),
        }
    }
}

impl From<&CaseClosed> for pb::QualityCaseClosed {
    fn from(closed: &CaseClosed) -> Self {
        let CaseClosed { case, closing, .. } = closed;
        Self {
            order_id: case.order_id.to_string(),
            case_id: case.id.to_string(),
            client_id: case.client_id.to_string(),
            worker_id: optional_id(case.worker_id),
            service_type_name: closed.service_type_name.clone(),
            verdict: verdict(closing.form.verdict).into(),
            conclusion: closing.form.conclusion.clone(),
            rating: closing.form.rating,
            at: Some(timestamp(closing.at)),
            by: Some((&closing.by).into()),
        }
    }
}
