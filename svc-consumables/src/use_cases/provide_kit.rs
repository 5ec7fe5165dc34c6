//! Provides the worker of an order with a kit and a cookie (C1).

use chrono::{DateTime, Utc};
use conventions::Actor;
use diesel_async::AsyncPgConnection;

use crate::domain::cookie::{self, Cookie, RetrySchedule};
use crate::domain::ids::{KitId, WorkerId};
use crate::domain::kit::{Change, Contents, Kit, State};
use crate::domain::order::Order;
use crate::domain::stock::Cause;
use crate::error::Error;
use crate::store::{cookies, kits, materials, service_types, stock};

#[derive(Debug)]
pub struct KitRequest<'a> {
    /// Locked.
    pub order: &'a Order,
    pub worker: WorkerId,
    pub by: Actor,
    pub at: DateTime<Utc>,
    /// When the bakery is called about the cookie.
    pub schedule: RetrySchedule,
}

impl KitRequest<'_> {
    /// Reassigns the order's open kit to the worker, or creates a kit. A worker who already
    /// received a kit for this order gets no second one.
    pub async fn provide(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        let order = self.order;
        let known = kits::of_order(conn, order.id).await?;
        if let Some(open) = known.iter().find(|kit| kit.state.is_open()) {
            let mut kit = kits::lock(conn, open.id).await?;
            if let Some(event) = kit.reassign(order, self.worker, self.at) {
                let by = &self.by;
                let change = Change { kit: &kit, event, by };
                messaging::save(conn, &change).await?;
            }
            return Ok(());
        }
        if known
            .iter()
            .any(|kit| kit.state == State::Issued && kit.worker == self.worker)
        {
            return Ok(());
        }
        let id = KitId::generate();
        let listed = service_types::materials(conn, order.service_type, order.service_type_version).await?;
        let listed = materials::get_or_create(conn, &listed).await?;
        let contents = Contents::for_service(order, id, &listed)?;
        self.create(conn, id, contents).await?;
        self.request_cookie(conn).await
    }

    /// Creates a kit and reserves what is free of its materials.
    pub async fn create(
        &self,
        conn: &mut AsyncPgConnection,
        id: KitId,
        contents: Contents,
    ) -> Result<(), Error> {
        let (mut kit, event) = Kit::request(self.order, id, self.worker, contents, self.at);
        let codes = kit.lines.iter().map(|line| line.material.code.clone()).collect();
        let mut stock = stock::lock(conn, &codes).await?;
        stock.fill(&mut kit.lines)?;
        let (kit, by) = (&kit, &self.by);
        messaging::save(conn, &Change { kit, event, by }).await?;
        messaging::save(conn, &stock.finish(self.cause("kit requested"))).await
    }

    /// A cause for changes of stock.
    pub fn cause(&self, reason: &str) -> Cause {
        Cause {
            by: self.by.clone(),
            at: self.at,
            reason: reason.to_owned(),
        }
    }

    /// The order keeps one cookie, even if its kits are cancelled (C3).
    async fn request_cookie(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        let order = self.order;
        let cookie = match cookies::lock(conn, order.id).await? {
            Some(mut cookie) => {
                cookie.request_again(&self.schedule, self.at);
                cookie
            }
            None => Cookie::request(
                order.id,
                order.client_name.clone(),
                order.slot_start,
                &self.schedule,
                self.at,
            ),
        };
        messaging::save(conn, &cookie::Change::unannounced(cookie)).await
    }
}
