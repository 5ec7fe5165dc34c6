//! The audit: what callers were told, what the services say now, and what the outside world saw,
//! must agree to the unit.
//!
//! It reads public contracts only. Each file audits one thing and says by which rules.

mod balances;
mod bets;
mod books;
mod cases;
mod events;
mod findings;
mod gateways;
mod kits;
mod ledger;
mod mails;
mod orders;
mod repeats;
mod stock;

use artel::failure::Error;

use super::bookmaker::Bookmaker;
use super::cast::Cast;
use super::desk::Desk;
use crate::mesh::Mesh;
use books::Books;
pub use findings::Findings;

/// Compares everything.
pub async fn audit(mesh: &Mesh, desk: &Desk, cast: &Cast, bookmaker: &Bookmaker) -> Result<Findings, Error> {
    let books = Books::gather(desk, cast).await?;
    let mut found = Findings::default();
    found.begin("orders");
    orders::audit(&books, &mut found).await?;
    found.begin("repeats");
    repeats::audit(&books, &mut found).await;
    found.begin("ledger");
    ledger::audit(&books, mesh, &mut found).await?;
    found.begin("balances");
    balances::audit(&books, &mut found).await?;
    found.begin("gateways");
    gateways::audit(&books, mesh, &mut found).await?;
    found.begin("kits");
    kits::audit(&books, mesh, &mut found).await?;
    found.begin("stock");
    stock::audit(&books, &mut found).await?;
    found.begin("bets");
    bets::audit(&books, bookmaker, &mut found).await?;
    found.begin("cases");
    cases::audit(&books, &mut found).await?;
    found.begin("mails");
    mails::audit(&books, mesh, &mut found).await?;
    found.begin("events");
    let events = events::audit(&books, &mut found).await?;
    let (orders, commands, bets) = (books.orders.len(), books.told.len(), bookmaker.taken().len());
    found.subject = format!("{orders} orders, {commands} commands, {bets} bets, {events} events");
    Ok(found)
}
