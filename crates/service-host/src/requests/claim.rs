//! Rows of the table `requests`: who was answered what.

use std::collections::HashSet;

use conventions::Command;
use diesel::QueryResult;
use diesel::prelude::*;
use diesel::result::Error as DatabaseError;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::Refusal;
use crate::access::Caller;
use crate::database::{InsertRows, column};
use crate::refusal::uuid;
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

/// Which request this is: whose, under which id, and a digest of what it says.
#[derive(Debug, Clone)]
pub struct Claim {
    caller: Caller,
    request_id: Uuid,
    digest: [u8; 32],
}

impl Claim {
    /// Of this caller's request.
    ///
    /// # Errors
    /// INVALID_ARGUMENT: the request's id is none.
    pub fn of<M: Command>(caller: &Caller, request: &M) -> Result<Self, Refusal> {
        let request_id = uuid("request_id", request.request_id())?;
        Ok(Self {
            caller: caller.clone(),
            request_id,
            digest: digest(caller.method(), caller.subject(), &request.encode_to_vec()),
        })
    }

    /// Does what an earlier request with this id said have this digest?
    pub(super) fn is(&self, digest: &[u8]) -> bool {
        self.digest == digest
    }

    fn key(&self) -> (&str, Uuid) {
        (self.caller.subject(), self.request_id)
    }

    /// Claims the row. Waits while another transaction holds it; `false` when that one has answered.
    pub(super) async fn take(&self, conn: &mut AsyncPgConnection) -> QueryResult<bool> {
        Ok(insert(conn, &[(self, &[])]).await?.contains(&self.key_owned()))
    }

    /// The digest and the answer of the row that was there already.
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

/// Claims many requests whose answers are known beforehand, in one statement; says of each whether it is new. One that
/// isn't, or whose twin stands before it in the list, must not have its effect: [`command`](super::command) knows how
/// to answer it.
///
/// Waits while other transactions hold some of the rows.
///
/// # Errors
/// The database's.
pub async fn claim_all(
    conn: &mut AsyncPgConnection,
    answered: &[(&Claim, Vec<u8>)],
) -> QueryResult<Vec<bool>> {
    let mut rows: Vec<(&Claim, &[u8])> = answered
        .iter()
        .map(|(claim, response)| (*claim, response.as_slice()))
        .collect();
    // Two transactions that claim the same requests in different orders would wait for each other. The sort is stable:
    // of twins the first in the list is the first here.
    rows.sort_by_key(|(claim, _)| claim.key());
    rows.dedup_by_key(|(claim, _)| claim.key());
    let mut new = insert(conn, &rows).await?;
    // Taking each out as it is told leaves nothing for its twin.
    Ok(answered
        .iter()
        .map(|(claim, _)| new.remove(&claim.key_owned()))
        .collect())
}

/// Inserts rows in this order; gives the keys of those that were not there.
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

/// Stands for who asked for what. It is stored: another version must come to the same for the same request, or a call that
/// is repeated across a roll-out is refused.
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
    fn the_digest_of_a_request_stays_what_landed_versions_stored() {
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
