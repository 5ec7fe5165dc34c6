//! The audit: what callers were told, what the services say now, and what the outside world saw, must agree to the unit.
//!
//! It reads public contracts only. Each file audits one thing and says by which rules.

mod balances;
mod bets;
mod books;
mod cases;
mod deviations;
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
use deviations::Deviations;

/// Every deviation, each in one line that names what it is about.
pub async fn audit(
    mesh: &Mesh,
    desk: &Desk,
    cast: &Cast,
    bookmaker: &Bookmaker,
) -> Result<Vec<String>, Error> {
    let books = Books::gather(desk, cast).await?;
    let mut found = Deviations::default();
    orders::audit(&books, &mut found).await?;
    repeats::audit(&books, &mut found).await;
    ledger::audit(&books, mesh, &mut found).await?;
    balances::audit(&books, &mut found).await?;
    gateways::audit(&books, mesh, &mut found).await?;
    kits::audit(&books, mesh, &mut found).await?;
    stock::audit(&books, &mut found).await?;
    bets::audit(&books, bookmaker, &mut found).await?;
    cases::audit(&books, &mut found).await?;
    mails::audit(&books, mesh, &mut found).await?;
    let kept = mesh.kept_aside(&desk.stage).await;
    found.expect("the mesh", "events kept aside", &kept, &0);
    Ok(found.all())
}
