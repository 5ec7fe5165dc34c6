//! Test sets, as the latest events of the admin context describe them.

use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl as _;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use super::schema::test_sets;
use super::{from_json, to_json};
use crate::domain::ids::TestSetId;
use crate::domain::test_set::TestSet;

/// Stores a test set, unless a later version is stored.
pub async fn put(conn: &mut AsyncPgConnection, test_set: &TestSet) -> QueryResult<()> {
    let insert = diesel::insert_into(test_sets::table)
        .values((
            test_sets::test_set_id.eq(test_set.id.0),
            test_sets::version.eq(test_set.version),
            test_sets::body.eq(to_json(test_set)?),
        ))
        .on_conflict(test_sets::test_set_id)
        .do_update()
        .set((
            test_sets::version.eq(excluded(test_sets::version)),
            test_sets::body.eq(excluded(test_sets::body)),
        ));
    insert
        .filter(test_sets::version.lt(excluded(test_sets::version)))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn find(conn: &mut AsyncPgConnection, id: TestSetId) -> QueryResult<Option<TestSet>> {
    let body: Option<Value> = test_sets::table
        .find(id.0)
        .select(test_sets::body)
        .first(conn)
        .await
        .optional()?;
    body.map(from_json).transpose()
}
