//! Domain events → the wire. What isn't matched here stays in the house.

use chrono::{DateTime, Utc};
use consumables_contract::v1 as pb;
use conventions::Role;
use conventions::types::{Actor, Slot};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::domain::cookie::{self, Cookie};
use crate::domain::kit::{Event, Kit, State};
use crate::domain::order::Order;
use crate::domain::stock::Balance;
use crate::store::materials;
use crate::wire::timestamp;

/// Publishes what happened to a kit.
///
/// A reassigned kit that is ready is announced as ready again, so that its new worker hears of it; one that was ready and
/// has been asked for more is collected again.
pub async fn kit(
    conn: &mut AsyncPgConnection,
    kit: &Kit,
    order: &Order,
    event: Event,
    by: &Actor,
) -> QueryResult<()> {
    let at = Some(timestamp(kit.changed_at));
    let (order_id, kit_id) = (kit.order.to_string(), kit.id.to_string());
    let (worker_id, version) = (kit.worker.to_string(), i64::from(kit.version));
    let actor = Some(by.clone());
    match event {
        Event::Requested => {
            let message = requested(conn, kit, order, by).await?;
            messaging::publish(conn, &message).await
        }
        Event::Collecting | Event::Extended if kit.state == State::Collecting => {
            let message = pb::KitCollecting {
                order_id,
                kit_id,
                worker_id,
                version,
                at,
                by: actor,
            };
            messaging::publish(conn, &message).await
        }
        Event::Ready | Event::Reassigned if kit.state == State::Ready => {
            let message = pb::KitReady {
                order_id,
                kit_id,
                worker_id,
                version,
                at,
                by: actor,
                service_type_name: order.service_type_name.clone(),
            };
            messaging::publish(conn, &message).await
        }
        Event::Issued => {
            let message = pb::KitIssued {
                order_id,
                kit_id,
                worker_id,
                version,
                at,
                by: actor,
                with_cookie: kit.with_cookie && kit.without_cookie.is_none(),
                reason_without_cookie: kit.without_cookie.clone().unwrap_or_default(),
            };
            messaging::publish(conn, &message).await
        }
        Event::Cancelled => {
            let message = pb::KitCancelled {
                order_id,
                kit_id,
                worker_id,
                version,
                at,
                by: actor,
                reason: kit.cancel_reason.clone().unwrap_or_default(),
            };
            messaging::publish(conn, &message).await
        }
        Event::Collecting | Event::Extended | Event::Ready | Event::Reassigned => Ok(()),
    }
}

async fn requested(
    conn: &mut AsyncPgConnection,
    kit: &Kit,
    order: &Order,
    by: &Actor,
) -> QueryResult<pb::KitRequested> {
    Ok(pb::KitRequested {
        order_id: kit.order.to_string(),
        kit_id: kit.id.to_string(),
        worker_id: kit.worker.to_string(),
        version: i64::from(kit.version),
        at: Some(timestamp(kit.changed_at)),
        by: Some(by.clone()),
        client_name: order.client_name.clone(),
        worker_name: order.worker_name.clone(),
        service_type_name: order.service_type_name.clone(),
        slot: Some(Slot {
            start: Some(timestamp(order.slot_start)),
            end: Some(timestamp(order.slot_end)),
        }),
        items: items(conn, kit).await?,
    })
}

async fn items(conn: &mut AsyncPgConnection, kit: &Kit) -> QueryResult<Vec<pb::KitItem>> {
    let names = materials::named(conn, kit.lines.iter().map(|line| &line.material)).await?;
    Ok(crate::wire::items(&kit.lines, &names))
}

/// Publishes what became of the cookie that belongs into `kit`.
pub async fn cookie(
    conn: &mut AsyncPgConnection,
    kit: &Kit,
    cookie: &Cookie,
    event: cookie::Event,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let at = Some(timestamp(now));
    let (order_id, kit_id) = (kit.order.to_string(), kit.id.to_string());
    let (worker_id, version) = (kit.worker.to_string(), i64::from(kit.version));
    let by = Some(by.clone());
    match event {
        cookie::Event::Ordered => {
            let message = pb::CookieOrdered {
                order_id,
                kit_id,
                worker_id,
                version,
                at,
                by,
            };
            messaging::publish(conn, &message).await
        }
        cookie::Event::Delivered => {
            let message = pb::CookieDelivered {
                order_id,
                kit_id,
                worker_id,
                version,
                at,
                by,
            };
            messaging::publish(conn, &message).await
        }
        cookie::Event::Late => {
            let message = pb::CookieLate {
                order_id,
                kit_id,
                worker_id,
                version,
                at,
                by,
            };
            messaging::publish(conn, &message).await
        }
        cookie::Event::Failed => {
            let message = pb::CookieFailed {
                order_id,
                kit_id,
                worker_id,
                version,
                at,
                by,
                reason: cookie.problem.clone().unwrap_or_default(),
            };
            messaging::publish(conn, &message).await
        }
    }
}

/// Announces low stock.
pub async fn stock_low(
    conn: &mut AsyncPgConnection,
    balances: &[Balance],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if balances.is_empty() {
        return Ok(());
    }
    let names = materials::named(conn, balances.iter().map(|balance| &balance.material)).await?;
    let messages: Vec<pb::StockLow> = balances
        .iter()
        .map(|balance| {
            let row = names.get(&balance.material);
            pb::StockLow {
                material_code: balance.material.to_string(),
                material_name: row.map(|row| row.name.clone()).unwrap_or_default(),
                unit: row.map(|row| row.unit.clone()).unwrap_or_default(),
                available: i64::from(balance.free()),
                threshold: i64::from(balance.low_level),
                at: Some(timestamp(now)),
            }
        })
        .collect();
    messaging::publish_all(conn, &messages).await
}

/// The system itself.
pub fn system() -> Actor {
    Actor {
        role: Role::System.into(),
        id: String::new(),
    }
}
