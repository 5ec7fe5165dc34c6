//! Table `recipients`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::recipients;
use crate::domain::ids::RecipientId;
use crate::domain::recipient::{Kind, Recipient};
use crate::error::Error;

/// Name and address are empty once they are erased.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = recipients, check_for_backend(diesel::pg::Pg))]
pub struct RecipientRow {
    pub id: Uuid,
    pub seq: i64,
    pub kind: String,
    pub name: String,
    pub email: String,
    pub language: String,
    pub archived: bool,
    pub known_since: DateTime<Utc>,
}

impl TryFrom<RecipientRow> for Recipient {
    type Error = Error;

    fn try_from(row: RecipientRow) -> Result<Self, Error> {
        Ok(Self {
            id: RecipientId(row.id),
            kind: row.kind.parse()?,
            name: row.name,
            email: row.email,
            language: row.language.parse()?,
        })
    }
}

/// What else an event says about a recipient.
#[derive(Debug, Clone, Copy)]
pub struct Details {
    /// The version of the state, or for candidates the time of the event. An older one changes
    /// nothing.
    pub version: i64,
    /// Whether the recipient is told of applications.
    pub hires: bool,
    /// An archived manager is told of nothing.
    pub archived: bool,
    /// The time of the event.
    pub at: DateTime<Utc>,
}

impl Details {
    pub fn new(version: i64, at: DateTime<Utc>) -> Self {
        Self {
            version,
            hires: false,
            archived: false,
            at,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = recipients, treat_none_as_default_value = false)]
struct NewRecipient<'a> {
    id: Uuid,
    kind: &'a str,
    version: i64,
    name: &'a str,
    email: &'a str,
    language: &'a str,
    hires: bool,
    archived: bool,
    known_since: DateTime<Utc>,
}

/// Inserts or updates a recipient. Older details and an erased recipient change nothing.
pub async fn save(conn: &mut AsyncPgConnection, recipient: &Recipient, details: Details) -> QueryResult<()> {
    use diesel::query_dsl::methods::FilterDsl as _;
    use diesel::upsert::excluded;
    let row = NewRecipient {
        id: recipient.id.0,
        kind: recipient.kind.into(),
        version: details.version,
        name: &recipient.name,
        email: &recipient.email,
        language: recipient.language.into(),
        hires: details.hires,
        archived: details.archived,
        known_since: details.at,
    };
    diesel::insert_into(recipients::table)
        .values(row)
        .on_conflict(recipients::id)
        .do_update()
        .set((
            recipients::version.eq(excluded(recipients::version)),
            recipients::name.eq(excluded(recipients::name)),
            recipients::email.eq(excluded(recipients::email)),
            recipients::language.eq(excluded(recipients::language)),
            recipients::hires.eq(excluded(recipients::hires)),
            recipients::archived.eq(excluded(recipients::archived)),
        ))
        .filter(
            recipients::version
                .lt(excluded(recipients::version))
                .and(recipients::erased_at.is_null()),
        )
        .execute(conn)
        .await?;
    Ok(())
}

/// `None` if the recipient is not known or was erased.
pub async fn find(conn: &mut AsyncPgConnection, id: RecipientId) -> Result<Option<Recipient>, Error> {
    let row: Option<RecipientRow> = recipients::table
        .find(id.0)
        .filter(recipients::erased_at.is_null())
        .select(RecipientRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(Recipient::try_from).transpose()
}

/// The managers who decide about applications. `None` if no manager is known.
pub async fn managers(conn: &mut AsyncPgConnection) -> Result<Option<Vec<Recipient>>, Error> {
    let rows: Vec<RecipientRow> = recipients::table
        .filter(recipients::hires.and(recipients::archived.eq(false)))
        .order(recipients::id)
        .select(RecipientRow::as_select())
        .load(conn)
        .await?;
    if rows.is_empty() {
        let known = recipients::table.filter(recipients::kind.eq(<&str>::from(Kind::Manager)));
        let known: bool = diesel::select(diesel::dsl::exists(known))
            .get_result(conn)
            .await?;
        return Ok(known.then(Vec::new));
    }
    rows.into_iter()
        .map(Recipient::try_from)
        .collect::<Result<_, _>>()
        .map(Some)
}

/// A page of recipients, newest first, from before `before`.
pub async fn list(
    conn: &mut AsyncPgConnection,
    kind: Option<Kind>,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<RecipientRow>> {
    let mut query = recipients::table.select(RecipientRow::as_select()).into_boxed();
    if let Some(kind) = kind {
        query = query.filter(recipients::kind.eq(<&str>::from(kind)));
    }
    if let Some(before) = before {
        query = query.filter(recipients::seq.lt(before));
    }
    query.order(recipients::seq.desc()).limit(limit).load(conn).await
}

/// Erases name and address. Later events do not bring them back.
pub async fn erase(conn: &mut AsyncPgConnection, id: RecipientId, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(
        recipients::table
            .find(id.0)
            .filter(recipients::erased_at.is_null()),
    )
    .set((
        recipients::name.eq(""),
        recipients::email.eq(""),
        recipients::erased_at.eq(now),
    ))
    .execute(conn)
    .await?;
    Ok(())
}
