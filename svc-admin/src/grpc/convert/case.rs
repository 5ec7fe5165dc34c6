//! Quality cases, hypotheses and the audit log.

use admin_contract::v1 as pb;
use conventions::types::{Money, Slot};
use conventions::wire::timestamp;
use service_host::{Refusal, field};

use super::ids;
use crate::domain::Actor;
use crate::domain::case::{Case, Form, Verdict};
use crate::domain::hypothesis::{Hypothesis, State};
use crate::events::convert::{cause, optional_id, verdict};
use crate::store::audit::AuditEntry;
use crate::store::cases::Note;
use crate::store::reviewed_orders::{ReviewedOrder, StoryEntry, WorkerRecord};

pub fn to_form(from: Option<pb::CaseForm>) -> Result<Form, Refusal> {
    let from = field::required("form", from)?;
    let verdict = match from.verdict() {
        pb::Verdict::Good => Verdict::Good,
        pb::Verdict::WorkerAtFault => Verdict::WorkerAtFault,
        pb::Verdict::ClientAtFault => Verdict::ClientAtFault,
        pb::Verdict::CompanyAtFault => Verdict::CompanyAtFault,
        pb::Verdict::NobodyAtFault => Verdict::NobodyAtFault,
        pb::Verdict::Unspecified => return Err(Refusal::invalid("form.verdict", "is required")),
    };
    Ok(Form {
        verdict,
        rating: from.rating,
        hypothesis_ids: ids("form.hypothesis_ids", &from.hypothesis_ids)?,
        root_cause: from.root_cause,
        conclusion: from.conclusion,
    })
}

fn form(form: &Form) -> pb::CaseForm {
    pb::CaseForm {
        verdict: verdict(form.verdict).into(),
        root_cause: form.root_cause.clone(),
        rating: form.rating,
        conclusion: form.conclusion.clone(),
        hypothesis_ids: form.hypothesis_ids.iter().map(ToString::to_string).collect(),
    }
}

/// A case as lists show it: without history, notes and the worker's record.
pub fn case(case: &Case, order: &ReviewedOrder) -> pb::QualityCase {
    let state = if case.closed.is_some() {
        pb::CaseState::Closed
    } else {
        pb::CaseState::Open
    };
    pb::QualityCase {
        case_id: case.id.to_string(),
        order_id: case.order_id.to_string(),
        cause: cause(case.cause).into(),
        state: state.into(),
        order: Some(pb::ReviewedOrder {
            client_id: order.client_id.to_string(),
            client_name: order.client_name.clone(),
            service_type_id: order.service_type_id.to_string(),
            service_type_name: order.service_type_name.clone(),
            description: order.description.clone(),
            place: order.place.clone(),
            slot: Some(Slot {
                start: Some(timestamp(order.slot_start)),
                end: Some(timestamp(order.slot_end)),
            }),
        }),
        worker_id: optional_id(case.worker_id),
        story: vec![],
        notes: vec![],
        worker_record: None,
        form: case.closed.as_ref().map(|closing| form(&closing.form)),
        opened_at: Some(timestamp(case.opened_at)),
        closed_at: case.closed.as_ref().map(|closing| timestamp(closing.at)),
    }
}

pub fn story_entry(entry: &StoryEntry) -> pb::StoryEntry {
    let price = entry.price_minor.zip(entry.price_currency.clone());
    pb::StoryEntry {
        at: Some(timestamp(entry.at)),
        by: Some(actor(&entry.actor_role, &entry.actor_id)),
        what: entry.what.clone(),
        detail: entry.detail.clone(),
        price: price.map(|(minor_units, currency_code)| Money {
            currency_code,
            minor_units,
        }),
        photo_id: optional_id(entry.photo_id),
    }
}

pub fn note(note: &Note) -> pb::Note {
    pb::Note {
        text: note.text.clone(),
        call: note.call,
        at: Some(timestamp(note.at)),
        by: Some(actor(&note.actor_role, &note.actor_id)),
    }
}

/// A worker's record. Counts above `i32::MAX` are cut.
pub fn worker_record(record: WorkerRecord) -> pb::WorkerRecord {
    let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    pb::WorkerRecord {
        assigned: count(record.assigned),
        completed: count(record.completed),
        cancelled: count(record.cancelled),
        failed: count(record.failed),
        no_shows: count(record.no_shows),
        rated: count(record.rated),
        ratings_sum: count(record.ratings_sum),
    }
}

pub fn hypothesis(hypothesis: &Hypothesis) -> pb::Hypothesis {
    let state = match hypothesis.state {
        State::Open => pb::HypothesisState::Open,
        State::Testing => pb::HypothesisState::Testing,
        State::Confirmed => pb::HypothesisState::Confirmed,
        State::Rejected => pb::HypothesisState::Rejected,
    };
    pb::Hypothesis {
        hypothesis_id: hypothesis.id.to_string(),
        text: hypothesis.text.clone(),
        state: state.into(),
        case_ids: hypothesis.case_ids.iter().map(ToString::to_string).collect(),
        created_at: Some(timestamp(hypothesis.created_at)),
        created_by: Some((&hypothesis.created_by).into()),
        changed_at: Some(timestamp(hypothesis.changed_at)),
    }
}

/// A column of the board; `None` means any.
pub fn to_state(state: pb::HypothesisState) -> Option<State> {
    match state {
        pb::HypothesisState::Open => Some(State::Open),
        pb::HypothesisState::Testing => Some(State::Testing),
        pb::HypothesisState::Confirmed => Some(State::Confirmed),
        pb::HypothesisState::Rejected => Some(State::Rejected),
        pb::HypothesisState::Unspecified => None,
    }
}

pub fn audit_entry(entry: &AuditEntry) -> pb::AuditEntry {
    pb::AuditEntry {
        entry_id: entry.audit_entry_id,
        at: Some(timestamp(entry.at)),
        by: Some(actor(&entry.actor_role, &entry.actor_id)),
        what: entry.what.clone(),
        subject_id: entry.subject_id.to_string(),
        before_json: entry.before.as_ref().map(ToString::to_string).unwrap_or_default(),
        after_json: entry.after.to_string(),
    }
}

fn actor(role: &str, id: &str) -> conventions::types::Actor {
    (&Actor::stored(role, id.to_owned())).into()
}
