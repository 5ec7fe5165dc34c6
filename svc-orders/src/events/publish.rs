//! From what happened to what others hear. Called by `store` alone: nothing is saved without its event.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use messaging::{publish, publish_all, publish_traced};
use orders_contract::v1 as pb;
use service_host::telemetry;

use crate::domain::client::Client;
use crate::domain::order::{Assignment, Change, Event, State};
use crate::domain::worker::Worker;
use crate::{Error, wire};

/// Announces new clients.
pub(crate) async fn clients(conn: &mut AsyncPgConnection, clients: &[&Client]) -> Result<(), Error> {
    let events: Vec<pb::ClientState> = clients
        .iter()
        .map(|client| pb::ClientState {
            client_id: client.id.to_string(),
            version: client.version,
            person: Some(wire::client_person(client)),
            registered_at: Some(wire::timestamp(client.registered_at)),
            changed_at: Some(wire::timestamp(client.registered_at)),
        })
        .collect();
    Ok(publish_all(conn, &events).await?)
}

/// Announces a worker as they are now.
pub(crate) async fn worker(
    conn: &mut AsyncPgConnection,
    worker: &Worker,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let event = pb::WorkerState {
        worker_id: worker.id.to_string(),
        version: worker.version,
        person: Some(wire::worker_person(worker)),
        status: wire::worker_status(worker.standing).into(),
        admitted_at: Some(wire::timestamp(worker.admitted_at)),
        changed_at: Some(wire::timestamp(now)),
    };
    Ok(publish(conn, &event).await?)
}

/// The fields that all events of an order begin with.
macro_rules! event {
    ($kind:ident, $change:expr $(, $field:ident: $value:expr)* $(,)?) => {
        pb::$kind {
            order_id: $change.order.id.to_string(),
            order: Some(wire::summary(&$change.order)),
            version: $change.order.version,
            at: Some(wire::timestamp($change.at)),
            by: Some(wire::actor($change.by)),
            $($field: $value,)*
        }
    };
}

/// Announces new orders, each in the trace that it belongs to.
pub(crate) async fn placed(
    conn: &AsyncPgConnection,
    placed: &[(&Change, Option<String>)],
) -> Result<(), Error> {
    let events: Vec<_> = placed
        .iter()
        .map(|(change, trace)| (event!(OrderPlaced, change), trace.clone()))
        .collect();
    Ok(publish_traced(conn, &events).await?)
}

/// Announces what happened to an order.
pub(crate) async fn order(conn: &mut AsyncPgConnection, change: &Change) -> Result<(), Error> {
    match &change.event {
        Event::Placed => placed(conn, &[(change, telemetry::trace_context())]).await?,
        Event::Waiting => publish(conn, &event!(OrderWaiting, change)).await?,
        Event::Assigned => publish(conn, &assigned(change, assignment(change)?)).await?,
        Event::Unassigned { worker, reason } => {
            let event =
                event!(OrderUnassigned, change, worker_id: worker.to_string(), reason: reason.clone());
            publish(conn, &event).await?;
        }
        Event::Started => publish(conn, &started(change, assignment(change)?)).await?,
        Event::Completed => publish(conn, &completed(change, assignment(change)?)).await?,
        Event::Cancelled => publish(conn, &cancelled(change)).await?,
        Event::Failed => publish(conn, &failed(change, assignment(change)?)).await?,
    }
    Ok(())
}

fn assigned(change: &Change, assignment: &Assignment) -> pb::OrderAssigned {
    event!(
        OrderAssigned,
        change,
        worker_id: assignment.worker.to_string(),
        price: Some(wire::money(assignment.price.total)),
        worker_name: assignment.worker_name.clone(),
        discount_percent: assignment.price.discount_percent.into(),
        pipeline_version: assignment.pipeline_version,
        discount: Some(wire::money(assignment.price.discount)),
        pipeline: assignment.pipeline.clone(),
        reasons: assignment.reasons.iter().map(wire::reason).collect(),
    )
}

fn started(change: &Change, assignment: &Assignment) -> pb::OrderStarted {
    let start = change.order.start_evidence();
    event!(
        OrderStarted,
        change,
        worker_id: assignment.worker.to_string(),
        photo_id: start.map(|start| start.photo.to_string()).unwrap_or_default(),
    )
}

fn completed(change: &Change, assignment: &Assignment) -> pb::OrderCompleted {
    let report = match &change.order.state {
        State::Completed { report, .. } => report.photo.to_string(),
        _ => String::new(),
    };
    event!(
        OrderCompleted,
        change,
        worker_id: assignment.worker.to_string(),
        price: Some(wire::money(assignment.price.total)),
        photo_id: report,
    )
}

fn cancelled(change: &Change) -> pb::OrderCancelled {
    let assignment = change.order.assignment();
    let reason = match &change.order.state {
        State::Cancelled { reason, .. } => reason.clone(),
        _ => String::new(),
    };
    event!(
        OrderCancelled,
        change,
        worker_id: assignment.map(|assignment| assignment.worker.to_string()).unwrap_or_default(),
        price: assignment.map(|assignment| wire::money(assignment.price.total)),
        reason: reason,
    )
}

fn failed(change: &Change, assignment: &Assignment) -> pb::OrderFailed {
    let (kind, reason) = match &change.order.state {
        State::Failed { failure, .. } => (wire::failure_kind(failure.kind), failure.reason.clone()),
        _ => (pb::FailureKind::Unspecified, String::new()),
    };
    event!(
        OrderFailed,
        change,
        worker_id: assignment.worker.to_string(),
        price: Some(wire::money(assignment.price.total)),
        kind: kind.into(),
        reason: reason,
    )
}

/// The assignment without which these events can't be.
fn assignment(change: &Change) -> Result<&Assignment, Error> {
    let missing = || {
        Error::Corrupt(format!(
            "order {} has no worker in {:?}",
            change.order.id, change.event
        ))
    };
    change.order.assignment().ok_or_else(missing)
}
