//! Table `clients`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::clients;
use crate::domain::client::{Client, Profile};
use crate::domain::id::ClientId;
use crate::{Error, events};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = clients, treat_none_as_default_value = false, check_for_backend(diesel::pg::Pg))]
struct ClientRow {
    id: Uuid,
    external_id: Option<String>,
    name: String,
    email: String,
    phone: String,
    language: String,
    registered_at: DateTime<Utc>,
    version: i64,
}

/// Saves new clients and announces them. Those whose id or external id is there already are left as they are; the ids
/// of those that were new come back.
pub async fn insert_new(conn: &mut AsyncPgConnection, clients: &[Client]) -> Result<Vec<ClientId>, Error> {
    let rows: Vec<ClientRow> = clients.iter().map(ClientRow::from).collect();
    let inserted: Vec<Uuid> = diesel::insert_into(clients::table)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(clients::id)
        .get_results(conn)
        .await?;
    let inserted: Vec<ClientId> = inserted.into_iter().map(ClientId).collect();
    let new: Vec<&Client> = clients
        .iter()
        .filter(|client| inserted.contains(&client.id))
        .collect();
    events::publish::clients(conn, &new).await?;
    Ok(inserted)
}

/// The client, if there is one.
pub async fn find(conn: &mut AsyncPgConnection, id: ClientId) -> Result<Option<Client>, Error> {
    let row = clients::table
        .find(id.0)
        .select(ClientRow::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(Client::from))
}

/// The clients with these ids, in no order.
pub async fn find_all(mut conn: &AsyncPgConnection, ids: &[ClientId]) -> Result<Vec<Client>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<ClientRow> = clients::table
        .filter(clients::id.eq_any(ids))
        .select(ClientRow::as_select())
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().map(Client::from).collect())
}

/// Who has this key in the upstream system.
pub async fn find_external(
    conn: &mut AsyncPgConnection,
    external_id: &str,
) -> Result<Option<ClientId>, Error> {
    let id = clients::table
        .filter(clients::external_id.eq(external_id))
        .select(clients::id)
        .first(conn)
        .await
        .optional()?;
    Ok(id.map(ClientId))
}

/// A page of clients, newest first, from after `after`.
pub async fn list(
    conn: &mut AsyncPgConnection,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Client>, Error> {
    let mut query = clients::table
        .select(ClientRow::as_select())
        .order((clients::registered_at.desc(), clients::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            clients::registered_at
                .lt(at)
                .or(clients::registered_at.eq(at).and(clients::id.lt(id))),
        );
    }
    let rows: Vec<ClientRow> = query.load(conn).await?;
    Ok(rows.into_iter().map(Client::from).collect())
}

impl From<&Client> for ClientRow {
    fn from(client: &Client) -> Self {
        let profile = client.profile.clone();
        Self {
            id: client.id.0,
            external_id: profile.external_id,
            name: profile.name,
            email: profile.email,
            phone: profile.phone,
            language: profile.language,
            registered_at: client.registered_at,
            version: client.version,
        }
    }
}

impl From<ClientRow> for Client {
    fn from(row: ClientRow) -> Self {
        Self {
            id: ClientId(row.id),
            profile: Profile {
                external_id: row.external_id,
                name: row.name,
                email: row.email,
                phone: row.phone,
                language: row.language,
            },
            registered_at: row.registered_at,
            version: row.version,
        }
    }
}
