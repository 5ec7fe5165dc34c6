//! Table `service_types`: all versions of svc-admin's service types, reflected from its events.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::row;
use super::schema::service_types;
use crate::domain::ids::ServiceTypeId;
use crate::domain::order::ServiceVersion;
use crate::domain::service_type::ServiceType;
use crate::error::{Error, Resource};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = service_types, check_for_backend(diesel::pg::Pg))]
struct ServiceTypeRow {
    id: Uuid,
    version: i64,
    name: String,
    description: String,
    base_minor: i64,
    currency: String,
    duration_ms: i64,
    grace_ms: i64,
    needs: Value,
    archived: bool,
    newest: bool,
}

/// Records a version. A known version changes nothing; an older one does not become the newest.
pub async fn record(conn: &mut AsyncPgConnection, service: &ServiceType) -> Result<(), Error> {
    let id = service.id.0;
    // Locking the newest row serialises concurrent versions of one service type.
    let newest: Option<i64> = service_types::table
        .filter(service_types::id.eq(id).and(service_types::newest))
        .select(service_types::version)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    let is_newest = newest.is_none_or(|newest| newest < service.version);
    if is_newest {
        diesel::update(service_types::table.filter(service_types::id.eq(id).and(service_types::newest)))
            .set(service_types::newest.eq(false))
            .execute(conn)
            .await?;
    }
    diesel::insert_into(service_types::table)
        .values(ServiceTypeRow::new(service, is_newest))
        .on_conflict((service_types::id, service_types::version))
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// The newest version, active or not.
pub async fn newest(conn: &mut AsyncPgConnection, id: ServiceTypeId) -> Result<ServiceType, Error> {
    let row: Option<ServiceTypeRow> = service_types::table
        .filter(service_types::id.eq(id.0).and(service_types::newest))
        .select(ServiceTypeRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.ok_or(Error::NotFound(Resource::ServiceType))?.try_into()
}

/// The newest versions of these service types, active or not, in any order.
pub async fn newest_all(
    mut conn: &AsyncPgConnection,
    ids: &[ServiceTypeId],
) -> Result<Vec<ServiceType>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<ServiceTypeRow> = service_types::table
        .filter(service_types::id.eq_any(ids).and(service_types::newest))
        .select(ServiceTypeRow::as_select())
        .load(&mut conn)
        .await?;
    rows.into_iter().map(ServiceType::try_from).collect()
}

/// The version that an order was placed with.
pub async fn version(conn: &mut AsyncPgConnection, service: &ServiceVersion) -> Result<ServiceType, Error> {
    let row: ServiceTypeRow = service_types::table
        .find((service.id.0, service.version))
        .select(ServiceTypeRow::as_select())
        .first(conn)
        .await?;
    row.try_into()
}

/// A page of service types that can be ordered, from after `after`.
pub async fn list_active(
    conn: &mut AsyncPgConnection,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ServiceType>, Error> {
    let mut query = service_types::table
        .filter(service_types::newest.and(service_types::archived.eq(false)))
        .select(ServiceTypeRow::as_select())
        .order(service_types::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(service_types::id.lt(after));
    }
    let rows: Vec<ServiceTypeRow> = query.load(conn).await?;
    rows.into_iter().map(ServiceType::try_from).collect()
}

impl ServiceTypeRow {
    fn new(service: &ServiceType, newest: bool) -> Self {
        Self {
            id: service.id.0,
            version: service.version,
            name: service.name.clone(),
            description: service.description.clone(),
            base_minor: service.base_price.minor_units(),
            currency: service.base_price.currency().code().to_owned(),
            duration_ms: service.duration.num_milliseconds(),
            grace_ms: service.grace.num_milliseconds(),
            needs: row::traits_json(&service.needs),
            archived: !service.active,
            newest,
        }
    }
}

impl TryFrom<ServiceTypeRow> for ServiceType {
    type Error = Error;

    fn try_from(row: ServiceTypeRow) -> Result<Self, Error> {
        Ok(Self {
            id: ServiceTypeId(row.id),
            version: row.version,
            name: row.name,
            description: row.description,
            base_price: row::money(row.base_minor, &row.currency)?,
            duration: row::duration(row.duration_ms)?,
            grace: row::duration(row.grace_ms)?,
            needs: row::traits(row.needs)?,
            active: !row.archived,
        })
    }
}
