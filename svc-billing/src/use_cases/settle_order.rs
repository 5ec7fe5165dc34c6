//! B3: the transaction of an order that ended.

use diesel_async::AsyncPgConnection;

use crate::Error;
use crate::domain::{Entry, OrderEnd, Owner, Settings, Transaction};
use crate::store::{accounts, journal};

/// Books the postings of an order that ended.
///
/// # Errors
/// [`Error::AccountNotFound`] while one of the two accounts is not open, also where nothing is
/// posted to it: the owner's own event must come first.
pub async fn settle_order(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    end: OrderEnd,
    entry: Entry,
) -> Result<(), Error> {
    if end.price.is_negative() {
        return Err(Error::PriceNegative);
    }
    if end.price.currency() != settings.currency {
        return Err(Error::CurrencyUnknown(end.price.currency().code().to_owned()));
    }
    for owner in [Owner::Client(end.client), Owner::Worker(end.worker)] {
        accounts::get(conn, &owner).await?;
    }
    let postings = settings.rules.settle(end)?;
    if !postings.is_empty() {
        let transaction = Transaction::new(entry, postings)?;
        journal::book(conn, settings, &transaction).await?;
    }
    Ok(())
}
