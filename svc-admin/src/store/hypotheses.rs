//! Hypotheses and the cases that support them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::audit;
use super::schema::{hypotheses, hypothesis_cases};
use crate::domain::Actor;
use crate::domain::hypothesis::{Hypothesis, State};
use crate::domain::ids::{CaseId, HypothesisId};
use crate::error::Error;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = hypotheses, check_for_backend(diesel::pg::Pg))]
struct HypothesisRow {
    hypothesis_id: Uuid,
    text: String,
    state: String,
    created_at: DateTime<Utc>,
    actor_role: String,
    actor_id: String,
    changed_at: DateTime<Utc>,
}

impl HypothesisRow {
    fn read(self, case_ids: Vec<CaseId>) -> Result<Hypothesis, Error> {
        Ok(Hypothesis {
            id: HypothesisId(self.hypothesis_id),
            text: self.text,
            state: self.state.parse().map_err(|_| Error::UnknownWord {
                what: "state of hypothesis",
                id: self.hypothesis_id,
                word: self.state,
            })?,
            case_ids,
            created_at: self.created_at,
            created_by: Actor::stored(&self.actor_role, self.actor_id),
            changed_at: self.changed_at,
        })
    }
}

/// Writes a new hypothesis, with its audit line.
pub async fn insert(conn: &mut AsyncPgConnection, hypothesis: &Hypothesis) -> QueryResult<()> {
    let row = HypothesisRow {
        hypothesis_id: hypothesis.id.0,
        text: hypothesis.text.clone(),
        state: word(hypothesis.state).to_owned(),
        created_at: hypothesis.created_at,
        actor_role: hypothesis.created_by.role.claim().to_owned(),
        actor_id: hypothesis.created_by.id.clone(),
        changed_at: hypothesis.changed_at,
    };
    diesel::insert_into(hypotheses::table)
        .values(row)
        .execute(conn)
        .await?;
    let line = audit::Line {
        at: hypothesis.created_at,
        by: &hypothesis.created_by,
        what: "hypothesis.create",
        subject_id: hypothesis.id.0,
        before: None,
        after: logged(hypothesis),
    };
    audit::write(conn, line).await
}

/// Saves that `by` moved a hypothesis, with its audit line. `before` must be locked.
pub async fn save_move(
    conn: &mut AsyncPgConnection,
    before: &Hypothesis,
    after: &Hypothesis,
    by: &Actor,
) -> QueryResult<()> {
    diesel::update(hypotheses::table.find(after.id.0))
        .set((
            hypotheses::state.eq(word(after.state)),
            hypotheses::changed_at.eq(after.changed_at),
        ))
        .execute(conn)
        .await?;
    let line = audit::Line {
        at: after.changed_at,
        by,
        what: "hypothesis.move",
        subject_id: after.id.0,
        before: Some(logged(before)),
        after: logged(after),
    };
    audit::write(conn, line).await
}

/// A hypothesis as the audit log shows it.
fn logged(hypothesis: &Hypothesis) -> serde_json::Value {
    serde_json::json!({ "text": hypothesis.text, "state": word(hypothesis.state) })
}

fn word(state: State) -> &'static str {
    state.into()
}

/// Loads a hypothesis and locks it until the transaction ends.
pub async fn lock(conn: &mut AsyncPgConnection, id: HypothesisId) -> Result<Option<Hypothesis>, Error> {
    let row = hypotheses::table
        .find(id.0)
        .select(HypothesisRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let cases: Vec<Uuid> = hypothesis_cases::table
        .filter(hypothesis_cases::hypothesis_id.eq(id.0))
        .select(hypothesis_cases::case_id)
        .load(conn)
        .await?;
    Ok(Some(row.read(cases.into_iter().map(CaseId).collect())?))
}

/// The board or one column of it, newest first, starting after the key (time of creation, id).
pub async fn list(
    conn: &mut AsyncPgConnection,
    state: Option<State>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Hypothesis>, Error> {
    let mut query = hypotheses::table.select(HypothesisRow::as_select()).into_boxed();
    if let Some(state) = state {
        query = query.filter(hypotheses::state.eq(word(state)));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            hypotheses::created_at.lt(at).or(hypotheses::created_at
                .eq(at)
                .and(hypotheses::hypothesis_id.lt(id))),
        );
    }
    let rows: Vec<HypothesisRow> = query
        .order((hypotheses::created_at.desc(), hypotheses::hypothesis_id.desc()))
        .limit(limit)
        .load(conn)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.hypothesis_id).collect();
    let links: Vec<(Uuid, Uuid)> = hypothesis_cases::table
        .filter(hypothesis_cases::hypothesis_id.eq_any(ids))
        .select((hypothesis_cases::hypothesis_id, hypothesis_cases::case_id))
        .load(conn)
        .await?;
    let of = |id: Uuid| {
        links
            .iter()
            .filter(|(of, _)| *of == id)
            .map(|(_, case)| CaseId(*case))
            .collect()
    };
    rows.into_iter()
        .map(|row| {
            let cases = of(row.hypothesis_id);
            row.read(cases)
        })
        .collect()
}

/// The first of these ids that no hypothesis has. Hypotheses are never deleted, so that a known id
/// stays known after the transaction.
pub async fn unknown(
    conn: &mut AsyncPgConnection,
    ids: &[HypothesisId],
) -> QueryResult<Option<HypothesisId>> {
    let known: Vec<Uuid> = hypotheses::table
        .filter(hypotheses::hypothesis_id.eq_any(ids.iter().map(|id| id.0)))
        .select(hypotheses::hypothesis_id)
        .load(conn)
        .await?;
    Ok(ids.iter().find(|id| !known.contains(&id.0)).copied())
}

/// Links hypotheses to a case that supports them.
pub async fn support(conn: &mut AsyncPgConnection, ids: &[HypothesisId], case_id: CaseId) -> QueryResult<()> {
    let rows: Vec<_> = ids
        .iter()
        .map(|id| {
            (
                hypothesis_cases::hypothesis_id.eq(id.0),
                hypothesis_cases::case_id.eq(case_id.0),
            )
        })
        .collect();
    diesel::insert_into(hypothesis_cases::table)
        .values(rows)
        .execute(conn)
        .await?;
    Ok(())
}
