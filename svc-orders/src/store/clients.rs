//! Table `clients`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::Events;
use uuid::Uuid;

use super::schema::clients;
use crate::domain::client::{Client, Profile};
use crate::domain::ids::ClientId;
use crate::error::{Error, Resource};
use crate::events::convert;

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

/// Clients to register. Clients whose id or external id exists already are left unchanged.
pub struct NewClients<'a>(pub &'a [Client]);

impl messaging::Change for NewClients<'_> {
    /// The ids that did not exist before.
    type Written = HashSet<ClientId>;
    type Error = Error;

    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<HashSet<ClientId>, Error> {
        let rows: Vec<ClientRow> = self.0.iter().map(ClientRow::from).collect();
        let inserted: Vec<Uuid> = diesel::insert_into(clients::table)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(clients::id)
            .get_results(conn)
            .await?;
        Ok(inserted.into_iter().map(ClientId).collect())
    }

    fn events(&self, inserted: &HashSet<ClientId>) -> Result<Events, Error> {
        let new = self.0.iter().filter(|client| inserted.contains(&client.id));
        Ok(convert::clients(new))
    }
}

pub async fn get(conn: &mut AsyncPgConnection, id: ClientId) -> Result<Client, Error> {
    let row: Option<ClientRow> = clients::table
        .find(id.0)
        .select(ClientRow::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(row.ok_or(Error::NotFound(Resource::Client))?.into())
}

/// The clients with these ids, in any order.
pub async fn find_all(mut conn: &AsyncPgConnection, ids: &[ClientId]) -> Result<Vec<Client>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<ClientRow> = clients::table
        .filter(clients::id.eq_any(ids))
        .select(ClientRow::as_select())
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().map(Client::from).collect())
}

/// The client with this key in the upstream system.
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
