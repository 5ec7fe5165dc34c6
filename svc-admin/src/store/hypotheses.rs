//! Hypotheses and the cases that support them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::audit;
use super::schema::{hypotheses, hypothesis_cases};
use crate::domain::Actor;
use crate::domain::hypothesis::{Hypothesis, State};
use crate::error::Error;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = hypotheses, check_for_backend(diesel::pg::Pg))]
struct HypothesisRow {
    hypothesis_id: Uuid,
    text: String,
    state: String,
    created_at: DateTime<Utc>,
    created_by_role: String,
    created_by_id: String,
    changed_at: DateTime<Utc>,
}

impl HypothesisRow {
    fn read(self, case_ids: Vec<Uuid>) -> Result<Hypothesis, Error> {
        let Some(state) = State::from_name(&self.state) else {
            return Err(Error::Corrupt {
                what: "state of hypothesis",
                id: self.hypothesis_id,
                says: self.state,
            });
        };
        Ok(Hypothesis {
            id: self.hypothesis_id,
            text: self.text,
            state,
            case_ids,
            created_at: self.created_at,
            created_by: Actor {
                role: self.created_by_role,
                id: self.created_by_id,
            },
            changed_at: self.changed_at,
        })
    }
}

/// Writes a new hypothesis, with its line in the audit log.
pub async fn insert(conn: &mut AsyncPgConnection, hypothesis: &Hypothesis) -> QueryResult<()> {
    let row = HypothesisRow {
        hypothesis_id: hypothesis.id,
        text: hypothesis.text.clone(),
        state: hypothesis.state.name().to_owned(),
        created_at: hypothesis.created_at,
        created_by_role: hypothesis.created_by.role.clone(),
        created_by_id: hypothesis.created_by.id.clone(),
        changed_at: hypothesis.changed_at,
    };
    diesel::insert_into(hypotheses::table)
        .values(row)
        .execute(conn)
        .await?;
    let change = audit::Change {
        at: hypothesis.created_at,
        by: &hypothesis.created_by,
        what: "hypothesis.create",
        subject_id: hypothesis.id,
        before: None,
        after: in_words(hypothesis),
    };
    audit::write(conn, change).await
}

/// Saves that `by` moved a hypothesis from where it was to where it is, with its line in the audit log. `before` was
/// locked.
pub async fn save_move(
    conn: &mut AsyncPgConnection,
    before: &Hypothesis,
    after: &Hypothesis,
    by: &Actor,
) -> QueryResult<()> {
    diesel::update(hypotheses::table.find(after.id))
        .set((
            hypotheses::state.eq(after.state.name()),
            hypotheses::changed_at.eq(after.changed_at),
        ))
        .execute(conn)
        .await?;
    let change = audit::Change {
        at: after.changed_at,
        by,
        what: "hypothesis.move",
        subject_id: after.id,
        before: Some(in_words(before)),
        after: in_words(after),
    };
    audit::write(conn, change).await
}

/// A hypothesis as the audit log shows it.
fn in_words(hypothesis: &Hypothesis) -> serde_json::Value {
    serde_json::json!({ "text": hypothesis.text, "state": hypothesis.state.name() })
}

/// Loads a hypothesis and locks it until the transaction ends.
pub async fn lock(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Option<Hypothesis>, Error> {
    let row = hypotheses::table
        .find(id)
        .select(HypothesisRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let cases = hypothesis_cases::table
        .filter(hypothesis_cases::hypothesis_id.eq(id))
        .select(hypothesis_cases::case_id)
        .load(conn)
        .await?;
    Ok(Some(row.read(cases)?))
}

/// The board or one column of it, newest first, those after the key (when it was made, id).
pub async fn list(
    conn: &mut AsyncPgConnection,
    state: Option<State>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Hypothesis>, Error> {
    let mut query = hypotheses::table.select(HypothesisRow::as_select()).into_boxed();
    if let Some(state) = state {
        query = query.filter(hypotheses::state.eq(state.name()));
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
            .map(|(_, case)| *case)
            .collect()
    };
    rows.into_iter()
        .map(|row| {
            let cases = of(row.hypothesis_id);
            row.read(cases)
        })
        .collect()
}

/// The first of these ids that is no hypothesis. Hypotheses are never removed: what is known stays known.
pub async fn unknown(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Option<Uuid>> {
    let known: Vec<Uuid> = hypotheses::table
        .filter(hypotheses::hypothesis_id.eq_any(ids))
        .select(hypotheses::hypothesis_id)
        .load(conn)
        .await?;
    Ok(ids.iter().find(|id| !known.contains(id)).copied())
}

/// Links hypotheses to a case that supports them.
pub async fn support(conn: &mut AsyncPgConnection, ids: &[Uuid], case_id: Uuid) -> QueryResult<()> {
    let rows: Vec<_> = ids
        .iter()
        .map(|id| {
            (
                hypothesis_cases::hypothesis_id.eq(*id),
                hypothesis_cases::case_id.eq(case_id),
            )
        })
        .collect();
    diesel::insert_into(hypothesis_cases::table)
        .values(rows)
        .execute(conn)
        .await?;
    Ok(())
}
