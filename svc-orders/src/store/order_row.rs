//! An order as one row: the columns of a state are null in other states.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::row::{corrupt, money, parse};
use super::schema::orders;
use crate::Error;
use crate::domain::ids::{ClientId, OrderId, PhotoId, ServiceTypeId, WorkerId};
use crate::domain::matching::{Reason, Score};
use crate::domain::order::{Assignment, Brief, Evidence, Failure, Order, ServiceVersion, Stage, State};
use crate::domain::pricing::Price;
use crate::domain::slot::Slot;

#[derive(Debug, Queryable, Selectable, AsChangeset)]
#[diesel(
    table_name = orders,
    treat_none_as_null = true,
    check_for_backend(diesel::pg::Pg)
)]
pub(super) struct OrderRow {
    pub(super) id: Uuid,
    client_id: Uuid,
    client_name: String,
    service_type_id: Uuid,
    service_type_version: i64,
    service_type_name: String,
    description: String,
    place: String,
    contact: String,
    slot_start: DateTime<Utc>,
    slot_end: DateTime<Utc>,
    repeats: Option<Uuid>,
    state: String,
    waiting: bool,
    worker_id: Option<Uuid>,
    worker_name: Option<String>,
    base_minor: Option<i64>,
    discount_minor: Option<i64>,
    discount_percent: Option<i16>,
    currency: Option<String>,
    pipeline: Option<String>,
    pipeline_version: Option<i64>,
    reasons: Option<Value>,
    assigned_at: Option<DateTime<Utc>>,
    start_photo: Option<Uuid>,
    started_at: Option<DateTime<Utc>>,
    report_photo: Option<Uuid>,
    ended_at: Option<DateTime<Utc>>,
    failure: Option<String>,
    end_reason: Option<String>,
    placed_at: DateTime<Utc>,
    pub(super) version: i64,
}

#[derive(Serialize, Deserialize)]
struct ReasonJson {
    step: String,
    why: String,
    score: Option<u32>,
}

impl From<&Order> for OrderRow {
    fn from(order: &Order) -> Self {
        let (waiting, report_photo, failure, end_reason) = match &order.state {
            State::Placed { waiting } => (*waiting, None, None, None),
            State::Assigned(_) | State::InProgress(..) => (false, None, None, None),
            State::Completed { report, .. } => (false, Some(report.photo.0), None, None),
            State::Cancelled { reason, .. } => (false, None, None, Some(reason.clone())),
            State::Failed { failure, .. } => (
                false,
                None,
                Some(<&str>::from(failure.kind).to_owned()),
                Some(failure.reason.clone()),
            ),
        };
        let assignment = order.assignment();
        let price = assignment.map(|assignment| assignment.price);
        let start = order.start_evidence();
        Self {
            id: order.id.0,
            client_id: order.client.0,
            client_name: order.client_name.clone(),
            service_type_id: order.service.id.0,
            service_type_version: order.service.version,
            service_type_name: order.service.name.clone(),
            description: order.brief.description.clone(),
            place: order.brief.place.clone(),
            contact: order.brief.contact.clone(),
            slot_start: order.slot.start(),
            slot_end: order.slot.end(),
            repeats: order.repeats.map(|order| order.0),
            state: order.stage().name().to_owned(),
            waiting,
            worker_id: assignment.map(|assignment| assignment.worker.0),
            worker_name: assignment.map(|assignment| assignment.worker_name.clone()),
            base_minor: price.map(|price| price.base.minor_units()),
            discount_minor: price.map(|price| price.discount.minor_units()),
            discount_percent: price.map(|price| price.discount_percent.into()),
            currency: price.map(|price| price.base.currency().code().to_owned()),
            pipeline: assignment.map(|assignment| assignment.pipeline.clone()),
            pipeline_version: assignment.map(|assignment| assignment.pipeline_version),
            reasons: assignment.map(|assignment| reasons_json(&assignment.reasons)),
            assigned_at: assignment.map(|assignment| assignment.at),
            start_photo: start.map(|start| start.photo.0),
            started_at: start.map(|start| start.at),
            report_photo,
            ended_at: order.ended_at(),
            failure,
            end_reason,
            placed_at: order.placed_at,
            version: order.version,
        }
    }
}

impl TryFrom<OrderRow> for Order {
    type Error = Error;

    fn try_from(row: OrderRow) -> Result<Self, Error> {
        Ok(Self {
            id: OrderId(row.id),
            client: ClientId(row.client_id),
            slot: Slot::new(row.slot_start, row.slot_end).map_err(|error| corrupt("slot", error))?,
            repeats: row.repeats.map(OrderId),
            state: row.state()?,
            placed_at: row.placed_at,
            version: row.version,
            client_name: row.client_name,
            service: ServiceVersion {
                id: ServiceTypeId(row.service_type_id),
                version: row.service_type_version,
                name: row.service_type_name,
            },
            brief: Brief {
                description: row.description,
                place: row.place,
                contact: row.contact,
            },
        })
    }
}

impl OrderRow {
    fn state(&self) -> Result<State, Error> {
        let incomplete = || corrupt(&format!("the state of order {}", self.id), &self.state);
        let assignment = || self.assignment()?.ok_or_else(incomplete);
        let ended_at = || self.ended_at.ok_or_else(incomplete);
        let reason = self.end_reason.clone().unwrap_or_default();
        let start = evidence(self.start_photo, self.started_at);
        let state = match parse("state", &self.state)? {
            Stage::Placed => State::Placed {
                waiting: self.waiting,
            },
            Stage::Assigned => State::Assigned(assignment()?),
            Stage::InProgress => State::InProgress(assignment()?, start.ok_or_else(incomplete)?),
            Stage::Completed => State::Completed {
                assignment: assignment()?,
                start: start.ok_or_else(incomplete)?,
                report: evidence(self.report_photo, self.ended_at).ok_or_else(incomplete)?,
            },
            Stage::Cancelled => State::Cancelled {
                assignment: self.assignment()?,
                reason,
                at: ended_at()?,
            },
            Stage::Failed => {
                let failure = Failure {
                    kind: parse("failure", self.failure.as_deref().unwrap_or_default())?,
                    reason,
                    at: ended_at()?,
                };
                State::Failed {
                    assignment: assignment()?,
                    start,
                    failure,
                }
            }
        };
        Ok(state)
    }

    fn assignment(&self) -> Result<Option<Assignment>, Error> {
        let Some(worker) = self.worker_id else {
            return Ok(None);
        };
        let incomplete = || corrupt(&format!("the assignment of order {}", self.id), "incomplete");
        let currency = self.currency.as_deref().ok_or_else(incomplete)?;
        let base = money(self.base_minor.ok_or_else(incomplete)?, currency)?;
        let discount = money(self.discount_minor.ok_or_else(incomplete)?, currency)?;
        let percent = self
            .discount_percent
            .and_then(|percent| u8::try_from(percent).ok());
        Ok(Some(Assignment {
            worker: WorkerId(worker),
            worker_name: self.worker_name.clone().ok_or_else(incomplete)?,
            price: Price {
                base,
                discount,
                discount_percent: percent.ok_or_else(incomplete)?,
                total: base.checked_sub(discount)?,
            },
            pipeline: self.pipeline.clone().ok_or_else(incomplete)?,
            pipeline_version: self.pipeline_version.ok_or_else(incomplete)?,
            reasons: reasons(self.reasons.clone().ok_or_else(incomplete)?)?,
            at: self.assigned_at.ok_or_else(incomplete)?,
        }))
    }
}

fn evidence(photo: Option<Uuid>, at: Option<DateTime<Utc>>) -> Option<Evidence> {
    Some(Evidence {
        photo: PhotoId(photo?),
        at: at?,
    })
}

fn reasons_json(reasons: &[Reason]) -> Value {
    let json = reasons.iter().map(|reason| {
        serde_json::json!({
            "step": reason.step,
            "why": reason.why,
            "score": reason.score.map(Score::as_millionths),
        })
    });
    json.collect()
}

fn reasons(value: Value) -> Result<Vec<Reason>, Error> {
    let reasons: Vec<ReasonJson> =
        serde_json::from_value(value).map_err(|error| corrupt("reasons", error))?;
    Ok(reasons
        .into_iter()
        .map(|reason| Reason {
            step: reason.step,
            why: reason.why,
            score: reason.score.map(|score| Score::millionths(score.into())),
        })
        .collect())
}
