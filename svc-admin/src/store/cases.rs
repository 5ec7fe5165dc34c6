//! Quality cases and their notes. What changes a case also writes its line in the audit log and publishes its event.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::audit;
use super::schema::{case_notes, cases};
use crate::domain::Actor;
use crate::domain::case::{Case, Cause, Closing, Form};
use crate::error::Error;
use crate::events::publish;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = cases, check_for_backend(diesel::pg::Pg))]
struct CaseRow {
    case_id: Uuid,
    order_id: Uuid,
    cause: String,
    client_id: Uuid,
    worker_id: Option<Uuid>,
    opened_at: DateTime<Utc>,
    opened_by_role: String,
    opened_by_id: String,
    closed_at: Option<DateTime<Utc>>,
    closed_by_role: Option<String>,
    closed_by_id: Option<String>,
    form: Option<serde_json::Value>,
}

impl CaseRow {
    fn read(self) -> Result<Case, Error> {
        let Some(cause) = Cause::from_name(&self.cause) else {
            return Err(Error::Corrupt {
                what: "cause of case",
                id: self.case_id,
                says: self.cause,
            });
        };
        let closed = match (self.closed_at, self.form) {
            (Some(at), Some(form)) => {
                let by = Actor {
                    role: self.closed_by_role.unwrap_or_default(),
                    id: self.closed_by_id.unwrap_or_default(),
                };
                let form: Form = serde_json::from_value(form).map_err(|source| Error::StoredForm {
                    id: self.case_id,
                    source,
                })?;
                Some(Closing { at, by, form })
            }
            _ => None,
        };
        Ok(Case {
            id: self.case_id,
            order_id: self.order_id,
            cause,
            client_id: self.client_id,
            worker_id: self.worker_id,
            opened_at: self.opened_at,
            opened_by: Actor {
                role: self.opened_by_role,
                id: self.opened_by_id,
            },
            closed,
        })
    }
}

/// A note in a case.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_notes, check_for_backend(diesel::pg::Pg))]
pub struct Note {
    /// The case.
    pub case_id: Uuid,
    /// What was noted.
    pub text: String,
    /// Whether it is about a call with the client.
    pub call: bool,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, as what.
    pub by_role: String,
    /// Who.
    pub by_id: String,
}

/// Opens a case and says so. `false`: the order has one already, nothing happened.
pub async fn open(conn: &mut AsyncPgConnection, case: &Case) -> QueryResult<bool> {
    let row = CaseRow {
        case_id: case.id,
        order_id: case.order_id,
        cause: case.cause.name().to_owned(),
        client_id: case.client_id,
        worker_id: case.worker_id,
        opened_at: case.opened_at,
        opened_by_role: case.opened_by.role.clone(),
        opened_by_id: case.opened_by.id.clone(),
        closed_at: None,
        closed_by_role: None,
        closed_by_id: None,
        form: None,
    };
    let inserted = diesel::insert_into(cases::table)
        .values(row)
        .on_conflict(cases::order_id)
        .do_nothing()
        .execute(conn)
        .await?;
    if inserted == 0 {
        return Ok(false);
    }
    let change = audit::Change {
        at: case.opened_at,
        by: &case.opened_by,
        what: "case.open",
        subject_id: case.id,
        before: None,
        after: serde_json::json!({ "state": "open", "order_id": case.order_id, "cause": case.cause.name() }),
    };
    audit::write(conn, change).await?;
    publish::case_opened(conn, case).await?;
    Ok(true)
}

/// Saves the end of a case and says so. `case` was locked, open.
pub async fn close(
    conn: &mut AsyncPgConnection,
    case: Case,
    closing: Closing,
    service_type_name: &str,
) -> Result<Case, Error> {
    let form =
        serde_json::to_value(&closing.form).map_err(|source| Error::StoredForm { id: case.id, source })?;
    diesel::update(cases::table.find(case.id))
        .set((
            cases::closed_at.eq(closing.at),
            cases::closed_by_role.eq(&closing.by.role),
            cases::closed_by_id.eq(&closing.by.id),
            cases::form.eq(&form),
        ))
        .execute(conn)
        .await?;
    let change = audit::Change {
        at: closing.at,
        by: &closing.by,
        what: "case.close",
        subject_id: case.id,
        before: Some(serde_json::json!({ "state": "open" })),
        after: serde_json::json!({ "state": "closed", "form": form }),
    };
    audit::write(conn, change).await?;
    publish::case_closed(conn, &case, &closing, service_type_name).await?;
    Ok(Case {
        closed: Some(closing),
        ..case
    })
}

/// Adds a note.
pub async fn add_note(conn: &mut AsyncPgConnection, note: &Note) -> QueryResult<()> {
    diesel::insert_into(case_notes::table)
        .values(note)
        .execute(conn)
        .await?;
    let by = Actor {
        role: note.by_role.clone(),
        id: note.by_id.clone(),
    };
    let change = audit::Change {
        at: note.at,
        by: &by,
        what: "case.note",
        subject_id: note.case_id,
        before: None,
        after: serde_json::json!({ "text": note.text, "call": note.call }),
    };
    audit::write(conn, change).await
}

/// A case's notes, oldest first.
pub async fn notes(conn: &mut AsyncPgConnection, case_id: Uuid) -> QueryResult<Vec<Note>> {
    case_notes::table
        .filter(case_notes::case_id.eq(case_id))
        .order(case_notes::case_note_id)
        .select(Note::as_select())
        .limit(1_000)
        .load(conn)
        .await
}

/// A case.
pub async fn find(conn: &mut AsyncPgConnection, case_id: Uuid) -> Result<Option<Case>, Error> {
    let row = cases::table
        .find(case_id)
        .select(CaseRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(CaseRow::read).transpose()
}

/// A case, locked until the transaction ends.
pub async fn lock(conn: &mut AsyncPgConnection, case_id: Uuid) -> Result<Option<Case>, Error> {
    let row = cases::table
        .find(case_id)
        .select(CaseRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    row.map(CaseRow::read).transpose()
}

/// Which cases a list asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only closed or only open ones.
    pub closed: Option<bool>,
    /// Only this order's.
    pub order_id: Option<Uuid>,
}

/// Cases, newest first, those after the key (when it was opened, id).
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: Filter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Case>, Error> {
    let mut query = cases::table.select(CaseRow::as_select()).into_boxed();
    match filter.closed {
        Some(true) => query = query.filter(cases::closed_at.is_not_null()),
        Some(false) => query = query.filter(cases::closed_at.is_null()),
        None => {}
    }
    if let Some(order_id) = filter.order_id {
        query = query.filter(cases::order_id.eq(order_id));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            cases::opened_at
                .lt(at)
                .or(cases::opened_at.eq(at).and(cases::case_id.lt(id))),
        );
    }
    let rows: Vec<CaseRow> = query
        .order((cases::opened_at.desc(), cases::case_id.desc()))
        .limit(limit)
        .load(conn)
        .await?;
    rows.into_iter().map(CaseRow::read).collect()
}
