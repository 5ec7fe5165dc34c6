//! How a client pays, and whom the payout provider pays for a worker.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::schema::payment_details;
use crate::domain::{AccountId, Means};

/// Writes the account's means down; attempts that have not been tried yet will use them.
pub async fn put(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    means: &Means,
    by: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let changed = (
        payment_details::provider.eq(&means.provider),
        payment_details::token.eq(&means.token),
        payment_details::changed_by.eq(by),
        payment_details::changed_at.eq(now),
    );
    diesel::insert_into(payment_details::table)
        .values((payment_details::account_id.eq(account.0), changed))
        .on_conflict(payment_details::account_id)
        .do_update()
        .set(changed)
        .execute(conn)
        .await
        .map(drop)
}

/// The account's means, if any were chosen.
pub async fn find(conn: &mut AsyncPgConnection, account: AccountId) -> QueryResult<Option<Means>> {
    let found: Option<(String, String)> = payment_details::table
        .find(account.0)
        .select((payment_details::provider, payment_details::token))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(provider, token)| Means { provider, token }))
}
