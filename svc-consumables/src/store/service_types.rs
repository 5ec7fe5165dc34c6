//! Table `service_type_materials`: the contents of kits by service type and version. Orders keep
//! the version with which they were placed.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};

use crate::domain::ids::{MaterialCode, ServiceTypeId};
use crate::error::Error;
use crate::store::schema::service_type_materials as table;

#[derive(Serialize, Deserialize)]
struct Quantity {
    code: String,
    quantity: u32,
}

/// Stores the materials of a version. A version that is stored already stays as it is, because
/// versions never change.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    id: ServiceTypeId,
    version: i64,
    materials: &[(MaterialCode, u32)],
) -> QueryResult<()> {
    let quantities: Vec<Quantity> = materials
        .iter()
        .map(|(code, quantity)| Quantity {
            code: code.0.clone(),
            quantity: *quantity,
        })
        .collect();
    let materials = serde_json::to_value(quantities)
        .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    diesel::insert_into(table::table)
        .values((
            table::service_type_id.eq(id.0),
            table::version.eq(version),
            table::materials.eq(materials),
        ))
        .on_conflict((table::service_type_id, table::version))
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// The materials of a version, or of the next known version: the topic is compacted, so the version
/// may have been dropped before this service read it.
///
/// # Errors
/// [`Error::ServiceTypeNotKnown`] if neither has been received yet.
pub async fn materials(
    conn: &mut AsyncPgConnection,
    id: ServiceTypeId,
    version: i64,
) -> Result<Vec<(MaterialCode, u32)>, Error> {
    let stored: Option<serde_json::Value> = table::table
        .filter(table::service_type_id.eq(id.0))
        .filter(table::version.ge(version))
        .order(table::version)
        .select(table::materials)
        .first(conn)
        .await
        .optional()?;
    let stored = stored.ok_or(Error::ServiceTypeNotKnown(id))?;
    let quantities: Vec<Quantity> = serde_json::from_value(stored)
        .map_err(|error| diesel::result::Error::DeserializationError(error.into()))?;
    let quantities = quantities.into_iter();
    Ok(quantities
        .map(|each| (MaterialCode(each.code), each.quantity))
        .collect())
}
