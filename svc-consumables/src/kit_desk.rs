//! What both calls and events may start: a kit for an order, and its end. Everything here runs in the caller's transaction,
//! under the order's lock.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use conventions::types::Actor;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::domain::cookie::{Cookie, Patience};
use crate::domain::ids::{KitId, MaterialCode, WorkerId};
use crate::domain::kit::{Contents, Event, Kit, State};
use crate::domain::order::Order;
use crate::error::Error;
use crate::store::stock::Cause;
use crate::store::{cookies, kits, lines, materials, orders, service_types, stock};

/// Who asked, when, and how long to wait for the cookie.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// How long to wait for the bakery.
    pub patience: Patience,
}

impl Asked {
    fn cause(&self, reason: &str) -> Cause {
        Cause {
            by: self.by.clone(),
            at: self.at,
            reason: reason.to_owned(),
        }
    }
}

/// The order's worker is `worker` now: its open kit goes to them, or they get one (C1). A worker who already took a kit for
/// this order needs no second one.
pub async fn serve(
    conn: &mut AsyncPgConnection,
    order: &Order,
    worker: WorkerId,
    asked: &Asked,
) -> Result<(), Error> {
    let known = kits::of_order(conn, order.id).await?;
    if let Some(open) = known.iter().find(|kit| kit.state.is_open()) {
        let mut kit = kits::lock(conn, open.id).await?.ok_or(Error::KitNotFound)?;
        if let Some(event) = kit.reassign(worker, asked.at) {
            kit.acceptance_form = kit.form_for(order);
            kits::save(conn, &kit, order, event, &asked.by).await?;
        }
        return Ok(());
    }
    if known
        .iter()
        .any(|kit| kit.state == State::Issued && kit.worker == worker)
    {
        return Ok(());
    }
    let id = KitId(Uuid::now_v7());
    let needs = service_types::materials(conn, order.service_type, order.service_type_version)
        .await?
        .ok_or(Error::ServiceTypeNotKnown(order.service_type))?;
    let contents = Contents::for_service(order, id, &needs)?;
    request(conn, order, worker, id, contents, asked).await?;
    want_cookie(conn, order, asked).await
}

/// Makes a kit and sets aside for it whatever is there.
pub async fn request(
    conn: &mut AsyncPgConnection,
    order: &Order,
    worker: WorkerId,
    id: KitId,
    contents: Contents,
    asked: &Asked,
) -> Result<(), Error> {
    let mut kit = Kit::request(order, id, worker, contents, asked.at);
    let codes: BTreeSet<MaterialCode> = kit.lines.iter().map(|line| line.material.clone()).collect();
    materials::ensure(conn, &codes).await?;
    let mut stock = stock::lock(conn, &codes).await?;
    stock.fill(&mut kit.lines)?;
    kits::save(conn, &kit, order, Event::Requested, &asked.by).await?;
    stock::save(conn, stock, &asked.cause("kit requested")).await?;
    Ok(())
}

/// One cookie per order, whatever becomes of its kits (C3): a second kit waits for the same one.
async fn want_cookie(conn: &mut AsyncPgConnection, order: &Order, asked: &Asked) -> Result<(), Error> {
    let cookie = match cookies::lock(conn, order.id).await? {
        Some(mut cookie) => {
            cookie.revive(&asked.patience, asked.at);
            cookie
        }
        None => Cookie::request(
            order.id,
            order.client_name.clone(),
            order.slot_start,
            &asked.patience,
            asked.at,
        ),
    };
    cookies::save(conn, &cookie).await?;
    Ok(())
}

/// Cancels the order's open kit, puts its materials back, and gives them to the kits that wait for them (C2).
pub async fn cancel(
    conn: &mut AsyncPgConnection,
    order: &Order,
    reason: &str,
    asked: &Asked,
) -> Result<(), Error> {
    if let Some(open) = kits::open_of(conn, order.id).await? {
        let (mut kit, mut stock) = kits::lock_with_stock(conn, open, &BTreeSet::new())
            .await?
            .ok_or(Error::KitNotFound)?;
        if let Some(event) = kit.cancel(reason, asked.at) {
            stock.release(&mut kit.lines)?;
            kits::save(conn, &kit, order, event, &asked.by).await?;
            let codes = kit.lines.iter().map(|line| line.material.clone()).collect();
            lines::fill_waiting(conn, &mut stock, &codes).await?;
            stock::save(conn, stock, &asked.cause("kit cancelled")).await?;
            if let Some(mut cookie) = cookies::lock(conn, order.id).await? {
                cookie.taken_out_of(kit.id);
                cookies::save(conn, &cookie).await?;
            }
        }
    }
    Ok(())
}

/// The order is over: its open kit is cancelled, and the bakery isn't asked any more if it wasn't yet.
pub async fn close(
    conn: &mut AsyncPgConnection,
    order: &Order,
    reason: &str,
    asked: &Asked,
) -> Result<(), Error> {
    cancel(conn, order, reason, asked).await?;
    if let Some(mut cookie) = cookies::lock(conn, order.id).await? {
        cookie.cancel();
        cookies::save(conn, &cookie).await?;
    }
    Ok(())
}

/// Keeps what an event says of an order; `None` if it is old news. Afterwards the order's row is locked.
pub async fn hear(conn: &mut AsyncPgConnection, mut heard: Order) -> Result<Option<Order>, Error> {
    if let Some(known) = orders::lock(conn, heard.id).await? {
        if known.over || known.version >= heard.version {
            return Ok(None);
        }
        if heard.worker_name.is_empty() && heard.worker == known.worker {
            heard.worker_name = known.worker_name;
        }
    }
    orders::save(conn, &heard).await?;
    Ok(Some(heard))
}
