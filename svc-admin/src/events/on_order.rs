//! Events of orders: quality control keeps the history of every order and opens a case for each
//! order that was cancelled or failed (A2).

use conventions::wire::{InvalidField, time};
use conventions::{Actor, Event};
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop, id, required, save};
use orders_contract::OrderEvent;
use orders_contract::v1::{
    FailureKind, OrderAssigned, OrderCancelled, OrderCompleted, OrderFailed, OrderPlaced, OrderStarted,
    OrderUnassigned, OrderWaiting,
};

use crate::domain::case::{Case, CaseOpened, Cause};
use crate::domain::ids::{CaseId, ClientId, OrderId, WorkerId};
use crate::domain::order::State;
use crate::store::reviewed_orders::{self, ReviewedOrder, StoryEntry};

/// Listens to every event of an order.
pub struct OnOrder;

/// What an event says about the order's state.
trait StateAfter: Event {
    const STATE: State;

    /// Whether the order failed because the worker did not come.
    fn is_no_show(&self) -> bool {
        false
    }
}

impl<E: StateAfter> On<E> for OnOrder
where
    for<'a> OrderEvent<'a>: TryFrom<&'a E, Error = InvalidField>,
{
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<E>) -> Result<(), Stop> {
        let order_event = OrderEvent::try_from(&event.message)?;
        let order = reviewed(&order_event, E::STATE, event.message.is_no_show())?;
        reviewed_orders::save(conn, &order).await?;
        let by = Actor::from(order_event.by);
        let entry = StoryEntry {
            event_id: event.id,
            order_id: order.order_id,
            at: order_event.at,
            actor_role: by.role.claim().to_owned(),
            actor_id: by.id,
            what: order_event.name.to_owned(),
            detail: order_event.reason.to_owned(),
            price_minor: order_event.price.map(|price| price.minor_units),
            price_currency: order_event.price.map(|price| price.currency_code.clone()),
            photo_id: order_event.photo_id,
        };
        reviewed_orders::add_story_entry(conn, &entry).await?;
        let cause = match E::STATE {
            State::Cancelled => Cause::Cancelled,
            State::Failed => Cause::Failed,
            _ => return Ok(()),
        };
        let case = Case {
            id: CaseId::generate(),
            order_id: OrderId(order.order_id),
            cause,
            client_id: ClientId(order.client_id),
            worker_id: order.worker_id.map(WorkerId),
            opened_at: order_event.at,
            opened_by: Actor::system(),
            closed: None,
        };
        save(conn, &CaseOpened(case)).await?;
        Ok(())
    }
}

fn reviewed(event: &OrderEvent<'_>, state: State, no_show: bool) -> Result<ReviewedOrder, Stop> {
    let slot = required("order.slot", event.order.slot.as_ref())?;
    let word: &str = state.into();
    Ok(ReviewedOrder {
        order_id: event.order_id,
        version: event.version,
        state: word.to_owned(),
        no_show,
        client_id: id("order.client_id", &event.order.client_id)?,
        client_name: event.order.client_name.clone(),
        // OrderUnassigned names the worker that the order has lost.
        worker_id: event.worker_id.filter(|_| state != State::Placed),
        service_type_id: id("order.service_type_id", &event.order.service_type_id)?,
        service_type_name: event.order.service_type_name.clone(),
        description: event.order.description.clone(),
        place: event.order.place.clone(),
        slot_start: time("order.slot.start", slot.start.as_ref())?,
        slot_end: time("order.slot.end", slot.end.as_ref())?,
    })
}

impl StateAfter for OrderPlaced {
    const STATE: State = State::Placed;
}
impl StateAfter for OrderWaiting {
    const STATE: State = State::Placed;
}
impl StateAfter for OrderAssigned {
    const STATE: State = State::Assigned;
}
impl StateAfter for OrderUnassigned {
    const STATE: State = State::Placed;
}
impl StateAfter for OrderStarted {
    const STATE: State = State::InProgress;
}
impl StateAfter for OrderCompleted {
    const STATE: State = State::Completed;
}
impl StateAfter for OrderCancelled {
    const STATE: State = State::Cancelled;
}
impl StateAfter for OrderFailed {
    const STATE: State = State::Failed;

    fn is_no_show(&self) -> bool {
        self.kind() == FailureKind::NoShow
    }
}
