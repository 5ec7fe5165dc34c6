//! What is told of quality cases.

use admin_contract::v1 as pb;

use super::announce::Tells;
use super::orders::page;
use super::wire::{Unreadable, id, id_if_any};
use crate::domain::facts::{Fact, Facts};
use crate::domain::news::News;

impl Tells for pb::QualityCaseClosed {
    fn news(&self) -> Result<News, Unreadable> {
        let verdict = match self.verdict() {
            pb::Verdict::Good => "good",
            pb::Verdict::WorkerAtFault => "worker_at_fault",
            pb::Verdict::ClientAtFault => "client_at_fault",
            pb::Verdict::CompanyAtFault => "company_at_fault",
            pb::Verdict::NobodyAtFault => "nobody_at_fault",
            pb::Verdict::Unspecified => return Err(Unreadable::new("verdict", "is missing")),
        };
        let facts = Facts::default()
            .text("service", &self.service_type_name)
            .text("verdict", verdict)
            .with("conclusion", Fact::Lines(self.conclusion.clone()))
            .with("rating", Fact::Number(self.rating.into()))
            .with("link", page(&self.order_id));
        Ok(News {
            client: Some(id("client_id", &self.client_id)?),
            worker: id_if_any("worker_id", &self.worker_id)?,
            ..News::of("order", &self.order_id, facts)
        })
    }
}
