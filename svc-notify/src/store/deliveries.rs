//! Mails on their way: rows of work.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Int4, Int8, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::{deliveries, notifications, recipients};
use crate::domain::delivery::{Next, Status};

/// Longest error kept, in characters.
const ERROR_CHARS: usize = 500;

/// A mail that this process has claimed.
#[derive(Debug, Clone, QueryableByName)]
pub struct Claimed {
    /// The notification's id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Where to.
    #[diesel(sql_type = Text)]
    pub email: String,
    /// The number of this attempt, from 1.
    #[diesel(sql_type = Int4)]
    pub attempts: i32,
    /// What it says.
    #[diesel(sql_type = Text)]
    pub subject: String,
    /// What it says.
    #[diesel(sql_type = Text)]
    pub body_text: String,
    /// What it says.
    #[diesel(sql_type = Text)]
    pub body_html: String,
    /// The trace in which it was written.
    #[diesel(sql_type = Nullable<Text>)]
    pub traceparent: Option<String>,
}

/// Claims up to `limit` mails that are due. An attempt that says nothing more within `lease` (its process died) counts as
/// lost: the mail is due again then.
pub async fn claim(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    lease: Duration,
    limit: i64,
) -> QueryResult<Vec<Claimed>> {
    diesel::sql_query(
        "UPDATE deliveries d SET attempts = d.attempts + 1, next_attempt_at = $2 \
         FROM notifications n \
         WHERE n.id = d.notification_id AND d.status = 'pending' AND d.notification_id IN ( \
             SELECT notification_id FROM deliveries WHERE status = 'pending' AND next_attempt_at <= $1 \
             ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED) \
         RETURNING d.notification_id AS id, d.email, d.attempts, n.subject, n.body_text, n.body_html, d.traceparent",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(now + lease)
    .bind::<Int8, _>(limit)
    .load(conn)
    .await
}

/// The mail server took it. A letter with a secret in it is emptied with the same statement.
pub async fn sent(conn: &mut AsyncPgConnection, claimed: &Claimed, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::sql_query(
        "WITH sent AS ( \
             UPDATE deliveries SET status = 'sent', sent_at = $3, next_attempt_at = NULL, last_error = '' \
             WHERE notification_id = $1 AND attempts = $2 AND status = 'pending' RETURNING notification_id) \
         UPDATE notifications SET body_text = '', body_html = '' FROM sent WHERE id = sent.notification_id AND secret",
    )
    .bind::<SqlUuid, _>(claimed.id)
    .bind::<Int4, _>(claimed.attempts)
    .bind::<Timestamptz, _>(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The attempt failed.
pub async fn failed(
    conn: &mut AsyncPgConnection,
    claimed: &Claimed,
    why: &str,
    next: Next,
) -> QueryResult<()> {
    let (status, at) = match next {
        Next::Again(at) => (Status::Pending, Some(at)),
        Next::GiveUp => (Status::Dead, None),
    };
    let why: String = why.chars().take(ERROR_CHARS).collect();
    diesel::update(deliveries::table.find(claimed.id))
        .filter(
            deliveries::attempts
                .eq(claimed.attempts)
                .and(deliveries::status.eq(Status::Pending.word())),
        )
        .set((
            deliveries::status.eq(status.word()),
            deliveries::next_attempt_at.eq(at),
            deliveries::last_error.eq(why),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A delivery with what it delivers.
#[derive(Debug, Clone, Queryable)]
pub struct DeliveryRow {
    /// The notification's id.
    pub id: Uuid,
    /// Its order.
    pub seq: i64,
    /// The event's CloudEvents id.
    pub event_id: Uuid,
    /// The event's CloudEvents type.
    pub event_type: String,
    /// The line of the routing table.
    pub template: String,
    /// Who is told.
    pub recipient_id: Uuid,
    /// The word of their kind.
    pub recipient_kind: String,
    /// When the notification was made.
    pub created_at: DateTime<Utc>,
    /// Where the mail goes to.
    pub email: String,
    /// The word of its [`Status`].
    pub status: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    pub last_error: String,
    /// When it was taken.
    pub sent_at: Option<DateTime<Utc>>,
}

/// Which deliveries are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// In this state.
    pub status: Option<Status>,
    /// To this recipient.
    pub recipient: Option<Uuid>,
    /// This one.
    pub id: Option<Uuid>,
}

/// Newest first, from before that `seq`.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: Filter,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<DeliveryRow>> {
    let mut query = deliveries::table
        .inner_join(notifications::table.inner_join(recipients::table))
        .select((
            notifications::id,
            notifications::seq,
            notifications::event_id,
            notifications::event_type,
            notifications::template,
            notifications::recipient_id,
            recipients::kind,
            notifications::created_at,
            deliveries::email,
            deliveries::status,
            deliveries::attempts,
            deliveries::next_attempt_at,
            deliveries::last_error,
            deliveries::sent_at,
        ))
        .into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(deliveries::status.eq(status.word()));
    }
    if let Some(recipient) = filter.recipient {
        query = query.filter(notifications::recipient_id.eq(recipient));
    }
    if let Some(id) = filter.id {
        query = query.filter(notifications::id.eq(id));
    }
    if let Some(before) = before {
        query = query.filter(notifications::seq.lt(before));
    }
    query
        .order(notifications::seq.desc())
        .limit(limit)
        .load(conn)
        .await
}

/// Makes a delivery that was given up due again, to the recipient's present address. False when it wasn't given up.
pub async fn resend(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<bool> {
    let changed = diesel::sql_query(
        "UPDATE deliveries d SET status = 'pending', attempts = 0, next_attempt_at = $2, email = r.email \
         FROM notifications n JOIN recipients r ON r.id = n.recipient_id \
         WHERE d.notification_id = $1 AND n.id = $1 AND d.status = 'dead' AND r.erased_at IS NULL",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Timestamptz, _>(now)
    .execute(conn)
    .await?;
    Ok(changed == 1)
}
