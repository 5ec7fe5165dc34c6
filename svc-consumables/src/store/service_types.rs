//! What service types put into kits, by version.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};

use crate::domain::ids::{MaterialCode, ServiceTypeId};
use crate::store::schema::service_type_materials as table;

#[derive(Serialize, Deserialize)]
struct Need {
    code: String,
    quantity: u32,
}

/// Keeps what a version lists. Versions never change, so one that is known already is left as it is.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    id: ServiceTypeId,
    version: i64,
    materials: &[(MaterialCode, u32)],
) -> QueryResult<()> {
    let needs: Vec<Need> = materials
        .iter()
        .map(|(code, quantity)| Need {
            code: code.0.clone(),
            quantity: *quantity,
        })
        .collect();
    let materials = serde_json::to_value(needs)
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

/// What this version lists. The topic is compacted, so an old version may have been dropped before this service read it;
/// then the next one that is known stands in for it. `None`: neither has been heard of yet.
pub async fn materials(
    conn: &mut AsyncPgConnection,
    id: ServiceTypeId,
    version: i64,
) -> QueryResult<Option<Vec<(MaterialCode, u32)>>> {
    let stored: Option<serde_json::Value> = table::table
        .filter(table::service_type_id.eq(id.0))
        .filter(table::version.ge(version))
        .order(table::version)
        .select(table::materials)
        .first(conn)
        .await
        .optional()?;
    let Some(stored) = stored else {
        return Ok(None);
    };
    let needs: Vec<Need> = serde_json::from_value(stored)
        .map_err(|error| diesel::result::Error::DeserializationError(error.into()))?;
    Ok(Some(
        needs
            .into_iter()
            .map(|need| (MaterialCode(need.code), need.quantity))
            .collect(),
    ))
}
