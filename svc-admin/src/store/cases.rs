//! Quality cases and their notes. A change of a case is saved with its audit line and its event.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::{Change, Events};
use uuid::Uuid;

use super::audit;
use super::schema::{case_notes, cases};
use crate::domain::Actor;
use crate::domain::case::{Case, CaseClosed, CaseOpened, Closing};
use crate::domain::ids::{CaseId, ClientId, OrderId, WorkerId};
use crate::error::Error;

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
        let closed = match (self.closed_at, self.form) {
            (Some(at), Some(form)) => Some(Closing {
                at,
                by: Actor::stored(
                    &self.closed_by_role.unwrap_or_default(),
                    self.closed_by_id.unwrap_or_default(),
                ),
                form: serde_json::from_value(form).map_err(|source| malformed_form(self.case_id, source))?,
            }),
            _ => None,
        };
        Ok(Case {
            id: CaseId(self.case_id),
            order_id: OrderId(self.order_id),
            cause: self.cause.parse().map_err(|_| Error::UnknownWord {
                what: "cause of case",
                id: self.case_id,
                word: self.cause,
            })?,
            client_id: ClientId(self.client_id),
            worker_id: self.worker_id.map(WorkerId),
            opened_at: self.opened_at,
            opened_by: Actor::stored(&self.opened_by_role, self.opened_by_id),
            closed,
        })
    }
}

fn malformed_form(id: Uuid, source: serde_json::Error) -> Error {
    Error::Stored {
        what: "form of case",
        id,
        source,
    }
}

/// A note in a case.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_notes, check_for_backend(diesel::pg::Pg))]
pub struct Note {
    pub case_id: Uuid,
    pub text: String,
    /// Whether the note is about a call with the client.
    pub call: bool,
    pub at: DateTime<Utc>,
    pub actor_role: String,
    pub actor_id: String,
}

/// Whether the case was inserted; `false` if the order has a case already, and nothing happens.
impl Change for CaseOpened {
    type Written = bool;
    type Error = diesel::result::Error;

    async fn write(&self, conn: &mut AsyncPgConnection) -> QueryResult<bool> {
        let Self(case) = self;
        let cause: &str = case.cause.into();
        let row = CaseRow {
            case_id: case.id.0,
            order_id: case.order_id.0,
            cause: cause.to_owned(),
            client_id: case.client_id.0,
            worker_id: case.worker_id.map(|worker| worker.0),
            opened_at: case.opened_at,
            opened_by_role: case.opened_by.role.claim().to_owned(),
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
        let line = audit::Line {
            at: case.opened_at,
            by: &case.opened_by,
            what: "case.open",
            subject_id: case.id.0,
            before: None,
            after: serde_json::json!({ "state": "open", "order_id": case.order_id, "cause": cause }),
        };
        audit::write(conn, line).await?;
        Ok(true)
    }

    fn events(&self, inserted: &bool) -> QueryResult<Events> {
        Ok(if *inserted {
            Events::of(&admin_contract::v1::QualityCaseOpened::from(self))
        } else {
            Events::none()
        })
    }
}

/// The case must be locked.
impl Change for CaseClosed {
    type Written = ();
    type Error = Error;

    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        let Self { case, closing, .. } = self;
        let form = serde_json::to_value(&closing.form).map_err(|source| malformed_form(case.id.0, source))?;
        diesel::update(cases::table.find(case.id.0))
            .set((
                cases::closed_at.eq(closing.at),
                cases::closed_by_role.eq(closing.by.role.claim()),
                cases::closed_by_id.eq(&closing.by.id),
                cases::form.eq(&form),
            ))
            .execute(conn)
            .await?;
        let line = audit::Line {
            at: closing.at,
            by: &closing.by,
            what: "case.close",
            subject_id: case.id.0,
            before: Some(serde_json::json!({ "state": "open" })),
            after: serde_json::json!({ "state": "closed", "form": form }),
        };
        Ok(audit::write(conn, line).await?)
    }

    fn events(&self, (): &()) -> Result<Events, Error> {
        Ok(Events::of(&admin_contract::v1::QualityCaseClosed::from(self)))
    }
}

/// Adds a note, with its audit line.
pub async fn add_note(conn: &mut AsyncPgConnection, note: &Note) -> QueryResult<()> {
    diesel::insert_into(case_notes::table)
        .values(note)
        .execute(conn)
        .await?;
    let line = audit::Line {
        at: note.at,
        by: &Actor::stored(&note.actor_role, note.actor_id.clone()),
        what: "case.note",
        subject_id: note.case_id,
        before: None,
        after: serde_json::json!({ "text": note.text, "call": note.call }),
    };
    audit::write(conn, line).await
}

/// The notes of a case, oldest first.
pub async fn notes(conn: &mut AsyncPgConnection, case_id: CaseId) -> QueryResult<Vec<Note>> {
    case_notes::table
        .filter(case_notes::case_id.eq(case_id.0))
        .order(case_notes::case_note_id)
        .select(Note::as_select())
        .limit(1_000)
        .load(conn)
        .await
}

pub async fn find(conn: &mut AsyncPgConnection, case_id: CaseId) -> Result<Option<Case>, Error> {
    let row = cases::table
        .find(case_id.0)
        .select(CaseRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(CaseRow::read).transpose()
}

/// Loads a case and locks it until the transaction ends.
pub async fn lock(conn: &mut AsyncPgConnection, case_id: CaseId) -> Result<Option<Case>, Error> {
    let row = cases::table
        .find(case_id.0)
        .select(CaseRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    row.map(CaseRow::read).transpose()
}

/// Which cases to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// `true` for closed cases, `false` for open ones.
    pub closed: Option<bool>,
    pub order_id: Option<OrderId>,
}

/// Cases, newest first, starting after the key (time of opening, id).
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
        query = query.filter(cases::order_id.eq(order_id.0));
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
