//! Clients' payment methods and workers' beneficiaries. Every choice is kept, the newest one is
//! valid.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::schema::payment_details;
use crate::domain::{AccountId, Actor, Means};

/// Stores a new choice. Attempts for which no request was sent yet will use it.
pub async fn put(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    means: &Means,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(payment_details::table)
        .values((
            payment_details::account_id.eq(account.0),
            payment_details::provider.eq(&means.provider),
            payment_details::token.eq(&means.token),
            payment_details::actor_role.eq(by.role.claim()),
            payment_details::actor_id.eq(&by.id),
            payment_details::changed_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// The newest choice, if there is one.
pub async fn find(conn: &mut AsyncPgConnection, account: AccountId) -> QueryResult<Option<Means>> {
    let found: Option<(String, String)> = payment_details::table
        .filter(payment_details::account_id.eq(account.0))
        .order(payment_details::id.desc())
        .select((payment_details::provider, payment_details::token))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(provider, token)| Means { provider, token }))
}
