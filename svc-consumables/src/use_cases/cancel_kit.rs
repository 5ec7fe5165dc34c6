//! Takes the kit from an order that no longer needs it (C2).

use chrono::{DateTime, Utc};
use conventions::Actor;
use diesel_async::AsyncPgConnection;

use crate::domain::cookie;
use crate::domain::kit::Change;
use crate::domain::order::Order;
use crate::domain::stock::Cause;
use crate::error::Error;
use crate::store::{cookies, kits, lines};

/// Cancels the open kit of a locked order. Its materials go to the kits that wait for them.
pub async fn cancel_kit(
    conn: &mut AsyncPgConnection,
    order: &Order,
    reason: &str,
    by: &Actor,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let known = kits::of_order(conn, order.id).await?;
    let Some(open) = known.iter().find(|kit| kit.state.is_open()) else {
        return Ok(());
    };
    let (mut kit, mut stock) = kits::lock_with_stock(conn, open.id, []).await?;
    let Some(event) = kit.cancel(reason, at) else {
        return Ok(());
    };
    stock.release(&mut kit.lines)?;
    messaging::save(conn, &Change { kit: &kit, event, by }).await?;
    let codes = kit.lines.iter().map(|line| line.material.code.clone()).collect();
    lines::fill_waiting(conn, &mut stock, &codes).await?;
    let cause = Cause {
        by: by.clone(),
        at,
        reason: "kit cancelled".to_owned(),
    };
    messaging::save(conn, &stock.finish(cause)).await?;
    if let Some(mut cookie) = cookies::lock(conn, order.id).await? {
        cookie.take_out_of(kit.id);
        messaging::save(conn, &cookie::Change::unannounced(cookie)).await?;
    }
    Ok(())
}

/// Cancels the open kit of a locked order that has ended, and a cookie that the bakery has not
/// confirmed.
pub async fn close_order(
    conn: &mut AsyncPgConnection,
    order: &Order,
    reason: &str,
    by: &Actor,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    cancel_kit(conn, order, reason, by, at).await?;
    if let Some(mut cookie) = cookies::lock(conn, order.id).await? {
        cookie.cancel();
        messaging::save(conn, &cookie::Change::unannounced(cookie)).await?;
    }
    Ok(())
}
