//! Everybody who is written to.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::recipients;
use crate::domain::recipient::{Kind, Recipient};
use crate::error::{Corrupt, Error};

/// A recipient as kept.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = recipients, check_for_backend(diesel::pg::Pg))]
pub struct RecipientRow {
    /// The client's, worker's, manager's or application's id.
    pub id: Uuid,
    /// The order in which they became known.
    pub seq: i64,
    /// The word of their [`Kind`].
    pub kind: String,
    /// Empty once erased.
    pub name: String,
    /// Empty once erased.
    pub email: String,
    /// `ru` or `en`.
    pub language: String,
    /// Written to no more.
    pub archived: bool,
    /// When the first event told of them.
    pub known_since: DateTime<Utc>,
}

impl TryFrom<RecipientRow> for Recipient {
    type Error = Corrupt;

    fn try_from(row: RecipientRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            kind: row.kind.parse().map_err(Corrupt::new)?,
            name: row.name,
            email: row.email,
            language: row.language.parse().map_err(Corrupt::new)?,
        })
    }
}

/// What else a state says of a recipient.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// The state's version, or the time of the event that introduced them: what is older changes nothing.
    pub version: i64,
    /// Told of applications.
    pub hires: bool,
    /// Written to no more.
    pub archived: bool,
    /// When the event happened.
    pub at: DateTime<Utc>,
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

/// Notes the recipient as they are now. Older news, and news of somebody erased, change nothing.
pub async fn note(conn: &mut AsyncPgConnection, who: &Recipient, standing: Standing) -> QueryResult<()> {
    use diesel::query_dsl::methods::FilterDsl as _;
    use diesel::upsert::excluded;
    let row = NewRecipient {
        id: who.id,
        kind: who.kind.word(),
        version: standing.version,
        name: &who.name,
        email: &who.email,
        language: who.language.code(),
        hires: standing.hires,
        archived: standing.archived,
        known_since: standing.at,
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

/// The recipient of that id; None while nobody told of them, and once they are erased.
pub async fn find(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Option<Recipient>, Error> {
    let row = recipients::table
        .find(id)
        .filter(recipients::erased_at.is_null())
        .select(RecipientRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(Recipient::try_from).transpose().map_err(Error::from)
}

/// The managers who hire; None while no manager is known at all.
pub async fn managers(conn: &mut AsyncPgConnection) -> Result<Option<Vec<Recipient>>, Error> {
    let rows = recipients::table
        .filter(recipients::hires.and(recipients::archived.eq(false)))
        .order(recipients::id)
        .select(RecipientRow::as_select())
        .load(conn)
        .await?;
    if rows.is_empty() {
        let known = recipients::table.filter(recipients::kind.eq(Kind::Manager.word()));
        let known: bool = diesel::select(diesel::dsl::exists(known))
            .get_result(conn)
            .await?;
        return Ok(known.then(Vec::new));
    }
    Ok(Some(
        rows.into_iter()
            .map(Recipient::try_from)
            .collect::<Result<_, _>>()?,
    ))
}

/// Newest first, from before that `seq`.
pub async fn list(
    conn: &mut AsyncPgConnection,
    kind: Option<Kind>,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<RecipientRow>> {
    let mut query = recipients::table.select(RecipientRow::as_select()).into_boxed();
    if let Some(kind) = kind {
        query = query.filter(recipients::kind.eq(kind.word()));
    }
    if let Some(before) = before {
        query = query.filter(recipients::seq.lt(before));
    }
    query.order(recipients::seq.desc()).limit(limit).load(conn).await
}

/// Forgets name and address for good; later news of them change nothing.
pub async fn erase(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(recipients::table.find(id).filter(recipients::erased_at.is_null()))
        .set((
            recipients::name.eq(""),
            recipients::email.eq(""),
            recipients::erased_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
