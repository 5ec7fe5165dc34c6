//! An assigned order gets a kit (C1). An order that ends or loses its worker loses its open kit
//! (C2).

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop, required};
use orders_contract::OrderEvent;
use orders_contract::v1::{OrderAssigned, OrderCancelled, OrderCompleted, OrderFailed, OrderUnassigned};

use crate::domain::cookie::RetrySchedule;
use crate::domain::ids::{ClientId, OrderId, ServiceTypeId, WorkerId};
use crate::domain::order::Order;
use crate::use_cases::cancel_kit::{cancel_kit, close_order};
use crate::use_cases::provide_kit::KitRequest;
use crate::use_cases::record_order::record_order;

#[derive(Debug)]
pub struct OnOrder {
    /// When the bakery is called about the cookies of new kits.
    pub schedule: RetrySchedule,
}

impl On<OrderAssigned> for OnOrder {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderAssigned>) -> Result<(), Stop> {
        let assigned = OrderEvent::try_from(&event.message)?;
        let worker = WorkerId(required("worker_id", assigned.worker_id)?);
        let mut order = order(&assigned, Some(worker))?;
        order.worker_name.clone_from(&event.message.worker_name);
        if let Some(order) = record_order(conn, order).await? {
            let request = KitRequest {
                order: &order,
                worker,
                by: assigned.by.into(),
                at: assigned.at,
                schedule: self.schedule,
            };
            request.provide(conn).await?;
            tracing::info!(order.id = %order.id, "the order has a kit");
        }
        Ok(())
    }
}

/// The next worker gets a new kit. The cookie stays with the order.
impl On<OrderUnassigned> for OnOrder {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderUnassigned>) -> Result<(), Stop> {
        let unassigned = OrderEvent::try_from(&event.message)?;
        if let Some(order) = record_order(conn, order(&unassigned, None)?).await? {
            let by = unassigned.by.into();
            cancel_kit(conn, &order, "the order lost its worker", &by, unassigned.at).await?;
        }
        Ok(())
    }
}

impl On<OrderFailed> for OnOrder {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderFailed>) -> Result<(), Stop> {
        end(conn, &OrderEvent::try_from(&event.message)?, "the order failed").await
    }
}

impl On<OrderCancelled> for OnOrder {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderCancelled>) -> Result<(), Stop> {
        let cancelled = OrderEvent::try_from(&event.message)?;
        end(conn, &cancelled, "the order was cancelled").await
    }
}

/// A kit that is still open was not needed: its worker will not fetch it any more.
impl On<OrderCompleted> for OnOrder {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderCompleted>) -> Result<(), Stop> {
        let completed = OrderEvent::try_from(&event.message)?;
        end(conn, &completed, "the order was completed without it").await
    }
}

async fn end(conn: &mut AsyncPgConnection, ended: &OrderEvent<'_>, reason: &str) -> Result<(), Stop> {
    let mut order = order(ended, ended.worker_id.map(WorkerId))?;
    order.over = true;
    if let Some(order) = record_order(conn, order).await? {
        close_order(conn, &order, reason, &ended.by.into(), ended.at).await?;
    }
    Ok(())
}

fn order(event: &OrderEvent<'_>, worker: Option<WorkerId>) -> Result<Order, Stop> {
    let summary = event.order;
    let slot = required("order.slot", summary.slot.as_ref())?;
    Ok(Order {
        id: OrderId(event.order_id),
        version: event.version,
        client: messaging::id::<ClientId>("order.client_id", &summary.client_id)?,
        client_name: summary.client_name.clone(),
        worker,
        worker_name: String::new(),
        service_type: messaging::id::<ServiceTypeId>("order.service_type_id", &summary.service_type_id)?,
        service_type_version: summary.service_type_version,
        service_type_name: summary.service_type_name.clone(),
        description: summary.description.clone(),
        place: summary.place.clone(),
        slot_start: conventions::wire::time("order.slot.start", slot.start.as_ref())?,
        slot_end: conventions::wire::time("order.slot.end", slot.end.as_ref())?,
        over: false,
    })
}
