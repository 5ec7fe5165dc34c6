//! Quality cases.

use admin_contract::QualityEvent;
use admin_contract::v1 as pb;
use conventions::wire::InvalidField;

use super::Announced;
use super::orders::page;
use crate::domain::announcement::Announcement;
use crate::domain::facts::{Fact, Facts};
use crate::domain::ids::RecipientId;

impl Announced for pb::QualityCaseClosed {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let event = QualityEvent::try_from(self)?;
        let verdict = match self.verdict() {
            pb::Verdict::Good => "good",
            pb::Verdict::WorkerAtFault => "worker_at_fault",
            pb::Verdict::ClientAtFault => "client_at_fault",
            pb::Verdict::CompanyAtFault => "company_at_fault",
            pb::Verdict::NobodyAtFault => "nobody_at_fault",
            pb::Verdict::Unspecified => return Err(InvalidField("verdict")),
        };
        let facts = Facts::default()
            .text("service", &self.service_type_name)
            .text("verdict", verdict)
            .with("conclusion", Fact::Lines(self.conclusion.clone()))
            .with("rating", Fact::Number(self.rating.into()))
            .with("link", page(event.order_id));
        Ok(Announcement {
            client: Some(RecipientId(event.client_id)),
            worker: event.worker_id.map(RecipientId),
            ..Announcement::new("order", event.order_id, facts)
        })
    }
}
