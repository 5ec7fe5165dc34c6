//! Table `pipelines`: every version of every pipeline (M1). Rows are never changed or removed: they
//! are the audit trail.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::schema::pipelines;
use super::{match_requests, row};
use crate::domain::actor::Actor;
use crate::domain::matching::{Action, Pipeline, PipelineStep, Remote, RemoteFailure, Weight};
use crate::error::{Error, Resource};

/// A version of a pipeline, with who saved it and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    pub pipeline: Pipeline,
    pub at: DateTime<Utc>,
    pub by: Actor,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = pipelines, treat_none_as_default_value = false, check_for_backend(diesel::pg::Pg))]
struct PipelineRow {
    name: String,
    version: i64,
    steps: Value,
    saved_at: DateTime<Utc>,
    actor_role: String,
    actor_id: Option<Uuid>,
}

#[derive(Serialize, Deserialize)]
struct StepJson {
    name: String,
    weight: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remote: Option<RemoteJson>,
}

#[derive(Serialize, Deserialize)]
struct RemoteJson {
    endpoint: String,
    deadline_ms: u64,
    hold: bool,
}

/// Saves a new version and requests another matching attempt for all queued orders. Of two versions
/// that are based on the same one, the first wins and the second is refused.
pub async fn save(conn: &mut AsyncPgConnection, saved: &Saved) -> Result<(), Error> {
    let (actor_role, actor_id) = row::actor_columns(saved.by);
    let row = PipelineRow {
        name: saved.pipeline.name().to_owned(),
        version: saved.pipeline.version(),
        steps: steps_json(saved.pipeline.steps())?,
        saved_at: saved.at,
        actor_role: actor_role.to_owned(),
        actor_id,
    };
    let inserted = diesel::insert_into(pipelines::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if inserted != 1 {
        let newest = newest_version(conn, saved.pipeline.name()).await?;
        return Err(Error::PipelineChanged { newest });
    }
    match_requests::request_all(conn).await
}

/// The number of the newest version; 0 if there is none.
pub async fn newest_version(conn: &mut AsyncPgConnection, name: &str) -> Result<i64, Error> {
    let newest: Option<i64> = pipelines::table
        .filter(pipelines::name.eq(name))
        .select(diesel::dsl::max(pipelines::version))
        .first(conn)
        .await?;
    Ok(newest.unwrap_or(0))
}

/// The given version, or the newest.
pub async fn get(conn: &mut AsyncPgConnection, name: &str, version: Option<i64>) -> Result<Saved, Error> {
    let mut query = pipelines::table
        .filter(pipelines::name.eq(name))
        .order(pipelines::version.desc())
        .select(PipelineRow::as_select())
        .into_boxed();
    if let Some(version) = version {
        query = query.filter(pipelines::version.eq(version));
    }
    let row: Option<PipelineRow> = query.first(conn).await.optional()?;
    row.ok_or(Error::NotFound(Resource::Pipeline))?.try_into()
}

/// The key of the last version of a page.
pub type Cursor = (DateTime<Utc>, String, i64);

/// A page of versions, newest first, from after `after`.
pub async fn list(
    conn: &mut AsyncPgConnection,
    name: Option<&str>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Saved>, Error> {
    let mut query = pipelines::table
        .select(PipelineRow::as_select())
        .limit(limit)
        .into_boxed();
    if let Some(name) = name {
        // By version and not by time: the migration's and the service's clocks may differ.
        query = query
            .filter(pipelines::name.eq(name.to_owned()))
            .order(pipelines::version.desc());
        if let Some((_, _, version)) = after {
            query = query.filter(pipelines::version.lt(version));
        }
    } else {
        query = query.order((
            pipelines::saved_at.desc(),
            pipelines::name.desc(),
            pipelines::version.desc(),
        ));
        if let Some((at, name, version)) = after {
            let same_moment = pipelines::saved_at.eq(at);
            let same_name = pipelines::name.eq(name.clone());
            query = query.filter(
                pipelines::saved_at
                    .lt(at)
                    .or(same_moment.and(pipelines::name.lt(name)))
                    .or(same_moment.and(same_name).and(pipelines::version.lt(version))),
            );
        }
    }
    let rows: Vec<PipelineRow> = query.load(conn).await?;
    rows.into_iter().map(Saved::try_from).collect()
}

fn steps_json(steps: &[PipelineStep]) -> Result<Value, Error> {
    let json: Vec<StepJson> = steps
        .iter()
        .map(|step| StepJson {
            name: step.name.clone(),
            weight: step.weight.as_thousandths(),
            remote: match &step.action {
                Action::BuiltIn(_) => None,
                Action::Remote(remote) => Some(RemoteJson {
                    endpoint: remote.endpoint.clone(),
                    deadline_ms: u64::try_from(remote.deadline.as_millis()).unwrap_or(u64::MAX),
                    hold: remote.on_failure == RemoteFailure::Hold,
                }),
            },
        })
        .collect();
    serde_json::to_value(json).map_err(|error| row::corrupt("steps", error))
}

impl TryFrom<PipelineRow> for Saved {
    type Error = Error;

    fn try_from(row: PipelineRow) -> Result<Self, Error> {
        let steps: Vec<StepJson> =
            serde_json::from_value(row.steps).map_err(|error| row::corrupt("steps", error))?;
        let steps = steps
            .into_iter()
            .map(PipelineStep::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            pipeline: Pipeline::new(row.name, row.version, steps)?,
            at: row.saved_at,
            by: row::actor(&row.actor_role, row.actor_id)?,
        })
    }
}

impl TryFrom<StepJson> for PipelineStep {
    type Error = Error;

    fn try_from(json: StepJson) -> Result<Self, Error> {
        let weight = Weight::thousandths(json.weight).ok_or_else(|| row::corrupt("weight", json.weight))?;
        let Some(remote) = json.remote else {
            return Ok(Self::built_in(&json.name, weight)?);
        };
        let remote = Remote {
            endpoint: remote.endpoint,
            deadline: Duration::from_millis(remote.deadline_ms),
            on_failure: if remote.hold {
                RemoteFailure::Hold
            } else {
                RemoteFailure::Skip
            },
        };
        Ok(Self {
            name: json.name,
            weight,
            action: Action::Remote(remote),
        })
    }
}
