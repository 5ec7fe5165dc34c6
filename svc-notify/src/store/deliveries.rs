//! Table `deliveries`: the mails, also the work list of the job that sends them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Int4, Int8, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::{deliveries, notifications, recipients};
use crate::domain::delivery::{Next, Status};
use crate::domain::ids::{NotificationId, RecipientId};

/// The longest error that is stored, in characters.
const MAX_ERROR: usize = 500;

/// A mail that this process has claimed.
#[derive(Debug, Clone, QueryableByName)]
pub struct Claimed {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Int4)]
    attempts: i32,
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = Text)]
    pub body_text: String,
    #[diesel(sql_type = Text)]
    pub body_html: String,
    /// The trace in which its notification was made.
    #[diesel(sql_type = Nullable<Text>)]
    pub traceparent: Option<String>,
}

impl Claimed {
    pub fn id(&self) -> NotificationId {
        NotificationId(self.id)
    }

    /// The number of this attempt, from 1.
    pub fn attempt(&self) -> u32 {
        u32::try_from(self.attempts).unwrap_or(u32::MAX)
    }
}

/// Claims up to `limit` mails that are due. If the attempt is not recorded within `lease`, because
/// its process died, the mail is due again.
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

/// Records that the mail server accepted the mail. The same statement deletes a letter with a
/// secret.
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

/// Records that the attempt failed.
pub async fn failed(
    conn: &mut AsyncPgConnection,
    claimed: &Claimed,
    reason: &str,
    next: Next,
) -> QueryResult<()> {
    let (status, at) = match next {
        Next::RetryAt(at) => (Status::Pending, Some(at)),
        Next::GiveUp => (Status::Dead, None),
    };
    let reason: String = reason.chars().take(MAX_ERROR).collect();
    diesel::update(deliveries::table.find(claimed.id))
        .filter(
            deliveries::attempts
                .eq(claimed.attempts)
                .and(deliveries::status.eq(<&str>::from(Status::Pending))),
        )
        .set((
            deliveries::status.eq(<&str>::from(status)),
            deliveries::next_attempt_at.eq(at),
            deliveries::last_error.eq(reason),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A delivery with its notification.
#[derive(Debug, Clone, Queryable)]
pub struct DeliveryRow {
    pub id: Uuid,
    pub seq: i64,
    pub event_id: Uuid,
    pub event_type: String,
    pub template: String,
    pub recipient_id: Uuid,
    pub recipient_kind: String,
    pub created_at: DateTime<Utc>,
    pub email: String,
    pub status: String,
    pub attempts: i32,
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub last_error: String,
    pub sent_at: Option<DateTime<Utc>>,
}

/// Selects deliveries. `None` selects all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub status: Option<Status>,
    pub recipient: Option<RecipientId>,
    pub id: Option<NotificationId>,
}

/// A page of deliveries, newest first, from before `before`.
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
        query = query.filter(deliveries::status.eq(<&str>::from(status)));
    }
    if let Some(recipient) = filter.recipient {
        query = query.filter(notifications::recipient_id.eq(recipient.0));
    }
    if let Some(id) = filter.id {
        query = query.filter(notifications::id.eq(id.0));
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

/// Makes a delivery that was given up due again, with the recipient's current address. `false` if
/// it was not given up.
pub async fn resend(
    conn: &mut AsyncPgConnection,
    id: NotificationId,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let changed = diesel::sql_query(
        "UPDATE deliveries d SET status = 'pending', attempts = 0, next_attempt_at = $2, email = r.email \
         FROM notifications n JOIN recipients r ON r.id = n.recipient_id \
         WHERE d.notification_id = $1 AND n.id = $1 AND d.status = 'dead' AND r.erased_at IS NULL",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Timestamptz, _>(now)
    .execute(conn)
    .await?;
    Ok(changed == 1)
}
