//! Rows of the table `requests`.

use std::collections::HashSet;

use conventions::Command;
use diesel::QueryResult;
use diesel::prelude::*;
use diesel::result::Error as DatabaseError;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::access::Caller;
use crate::database::{InsertRows, column};
use crate::{Refusal, field};
use schema::requests;

mod schema {
    diesel::table! {
        requests (caller, request_id) {
            caller -> Text,
            request_id -> Uuid,
            method -> Text,
            digest -> Binary,
            response -> Binary,
            created_at -> Timestamptz,
        }
    }
}

/// The identity of a request: its caller, its id, and a digest of its contents.
#[derive(Debug, Clone)]
pub struct Claim {
    caller: Caller,
    request_id: Uuid,
    digest: [u8; 32],
}

impl Claim {
    /// The claim of a request.
    ///
    /// # Errors
    /// INVALID_ARGUMENT: the request id is not a UUID.
    pub fn of<M: Command>(caller: &Caller, request: &M) -> Result<Self, Refusal> {
        let request_id = field::id("request_id", request.request_id())?;
        Ok(Self {
            caller: caller.clone(),
            request_id,
            digest: digest(caller.method(), caller.subject(), &request.encode_to_vec()),
        })
    }

    /// Whether the stored digest of the earlier request with this id equals `digest`.
    pub(super) fn matches(&self, digest: &[u8]) -> bool {
        self.digest == digest
    }

    fn key(&self) -> (&str, Uuid) {
        (self.caller.subject(), self.request_id)
    }

    /// Claims the row. Waits while another transaction holds it. `false` if the row exists already.
    pub(super) async fn take(&self, conn: &mut AsyncPgConnection) -> QueryResult<bool> {
        Ok(insert(conn, &[(self, &[])]).await?.contains(&self.key_owned()))
    }

    /// The digest and the answer of the existing row.
    pub(super) async fn first(&self, conn: &mut AsyncPgConnection) -> QueryResult<(Vec<u8>, Vec<u8>)> {
        requests::table
            .find(self.key())
            .select((requests::digest, requests::response))
            .first(conn)
            .await
    }

    pub(super) async fn answer(&self, conn: &mut AsyncPgConnection, response: &[u8]) -> QueryResult<()> {
        let rows = diesel::update(requests::table.find(self.key()))
            .set(requests::response.eq(response))
            .execute(conn)
            .await?;
        if rows == 1 {
            Ok(())
        } else {
            Err(DatabaseError::NotFound)
        }
    }

    fn key_owned(&self) -> Key {
        (self.caller.subject().to_owned(), self.request_id)
    }
}

type Key = (String, Uuid);

/// Claims many requests in one statement and stores their answers. Returns for each request whether
/// it is new. A request that is not new, or that repeats an earlier one of the list, must not have
/// its effect; [`command`](super::command) answers it.
///
/// Waits while other transactions hold some of the rows.
///
/// # Errors
/// The database's error.
pub async fn claim_all(
    conn: &mut AsyncPgConnection,
    answered: &[(&Claim, Vec<u8>)],
) -> QueryResult<Vec<bool>> {
    let mut rows: Vec<(&Claim, &[u8])> = answered
        .iter()
        .map(|(claim, response)| (*claim, response.as_slice()))
        .collect();
    // Sorted, because two transactions that claim the same requests in different orders would
    // deadlock. The sort is stable, so the first of equal requests stays first.
    rows.sort_by_key(|(claim, _)| claim.key());
    rows.dedup_by_key(|(claim, _)| claim.key());
    let mut new = insert(conn, &rows).await?;
    // Each key is removed when it is reported, so that a later equal request is not new.
    Ok(answered
        .iter()
        .map(|(claim, _)| new.remove(&claim.key_owned()))
        .collect())
}

/// Inserts the rows in this order and returns the keys of those that did not exist.
async fn insert(conn: &mut AsyncPgConnection, rows: &[(&Claim, &[u8])]) -> QueryResult<HashSet<Key>> {
    enum InsertClaims {}
    let insert = InsertRows::<InsertClaims, _, (sql_types::Text, sql_types::Uuid)>::into(
        "requests (caller, request_id, method, digest, response)",
        (
            column::<sql_types::Text, _>(rows.iter().map(|(claim, _)| claim.caller.subject())),
            column::<sql_types::Uuid, _>(rows.iter().map(|(claim, _)| claim.request_id)),
            column::<sql_types::Text, _>(rows.iter().map(|(claim, _)| claim.caller.method())),
            column::<sql_types::Binary, _>(rows.iter().map(|(claim, _)| claim.digest.as_slice())),
            column::<sql_types::Binary, _>(rows.iter().map(|(_, response)| *response)),
        ),
    )
    .and("ON CONFLICT DO NOTHING RETURNING caller, request_id");
    let new: Vec<Key> = insert.load(conn).await?;
    Ok(new.into_iter().collect())
}

/// The digest of a request. It is stored: all versions must compute the same digest for the same
/// request, because otherwise a call that is repeated during a roll-out would be refused.
fn digest(method: &str, caller: &str, request: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in [method.as_bytes(), caller.as_bytes(), request] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn the_digest_of_a_request_does_not_change_between_versions() {
        let digest = digest(
            "/artel.orders.v1.OrdersService/PlaceOrder",
            "client:1",
            &[10, 2, 97, 98],
        );
        let hex = digest.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(
            hex,
            "d17476295be967acdc96507f9d1f05d88b6e9329c013a412d3b254eca091daa9"
        );
    }
}
