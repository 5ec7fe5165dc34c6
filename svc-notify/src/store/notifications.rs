//! Table `notifications`. The notifications of a recipient are the recipient's feed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service_host::telemetry;
use uuid::Uuid;

use super::schema::{deliveries, notifications};
use crate::domain::delivery::Status;
use crate::domain::ids::{NotificationId, RecipientId};
use crate::domain::notification::Notification;

/// Unread notifications are counted up to this.
const MAX_UNREAD: i64 = 1000;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = notifications, check_for_backend(diesel::pg::Pg))]
pub struct NotificationRow {
    pub id: Uuid,
    /// The order in which notifications were inserted. A transaction with a smaller number can
    /// commit later.
    pub seq: i64,
    pub template: String,
    pub subject: String,
    pub body_text: String,
    pub about_kind: String,
    pub about_id: String,
    pub created_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
}

#[derive(Insertable)]
#[diesel(table_name = notifications, treat_none_as_default_value = false)]
struct NewNotification<'a> {
    id: Uuid,
    event_id: Uuid,
    event_type: &'a str,
    template: &'a str,
    secret: bool,
    recipient_id: Uuid,
    about_kind: &'a str,
    about_id: &'a str,
    language: &'a str,
    subject: &'a str,
    body_text: &'a str,
    body_html: &'a str,
    created_at: DateTime<Utc>,
}

/// Inserts the notification and its delivery. A notification that exists already stays as it is.
pub async fn insert(conn: &mut AsyncPgConnection, new: &Notification) -> QueryResult<()> {
    let row = NewNotification {
        id: new.id.0,
        event_id: new.event_id,
        event_type: new.route.event,
        template: new.route.template,
        secret: new.route.secret,
        recipient_id: new.recipient_id.0,
        about_kind: new.about.kind,
        about_id: &new.about.id,
        language: new.language.into(),
        subject: &new.letter.subject,
        body_text: &new.letter.text,
        body_html: &new.letter.html,
        created_at: new.created_at,
    };
    let inserted = diesel::insert_into(notifications::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if inserted == 0 {
        return Ok(());
    }
    diesel::insert_into(deliveries::table)
        .values((
            deliveries::notification_id.eq(new.id.0),
            deliveries::email.eq(&new.email),
            deliveries::status.eq(<&str>::from(Status::Pending)),
            deliveries::next_attempt_at.eq(new.created_at),
            deliveries::traceparent.eq(telemetry::trace_context()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A page of the feed, newest first, from before `before`. Erased notifications are left out.
pub async fn feed(
    conn: &mut AsyncPgConnection,
    recipient: RecipientId,
    unread_only: bool,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<NotificationRow>> {
    let mut query = notifications::table
        .filter(
            notifications::recipient_id
                .eq(recipient.0)
                .and(notifications::erased.eq(false)),
        )
        .select(NotificationRow::as_select())
        .into_boxed();
    if unread_only {
        query = query.filter(notifications::read_at.is_null());
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

/// The number of unread notifications, counted up to a thousand.
pub async fn unread(conn: &mut AsyncPgConnection, recipient: RecipientId) -> QueryResult<usize> {
    let ids: Vec<i64> = notifications::table
        .filter(notifications::recipient_id.eq(recipient.0))
        .filter(
            notifications::read_at
                .is_null()
                .and(notifications::erased.eq(false)),
        )
        .select(notifications::seq)
        .limit(MAX_UNREAD)
        .load(conn)
        .await?;
    Ok(ids.len())
}

/// Marks unread notifications of the recipient as read. Returns their number.
pub async fn mark_read(
    conn: &mut AsyncPgConnection,
    recipient: RecipientId,
    ids: &[NotificationId],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let unread = notifications::table
        .filter(notifications::recipient_id.eq(recipient.0))
        .filter(
            notifications::id
                .eq_any(ids)
                .and(notifications::read_at.is_null()),
        );
    diesel::update(unread)
        .set(notifications::read_at.eq(now))
        .execute(conn)
        .await
}

/// Erases the letters about a subject, to all recipients: mails that wait or were given up are not
/// sent any more. Also erases the address of `whose` from that recipient's deliveries.
pub async fn erase(
    conn: &mut AsyncPgConnection,
    kind: &str,
    id: &str,
    whose: RecipientId,
) -> QueryResult<()> {
    let about = notifications::about_kind
        .eq(kind)
        .and(notifications::about_id.eq(id));
    let of_subject = || notifications::table.filter(about).select(notifications::id);
    diesel::update(deliveries::table)
        .filter(deliveries::notification_id.eq_any(of_subject()))
        .filter(deliveries::status.eq_any([<&str>::from(Status::Pending), <&str>::from(Status::Dead)]))
        .set((
            deliveries::status.eq(<&str>::from(Status::Erased)),
            deliveries::next_attempt_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)
        .await?;
    let own = notifications::table
        .filter(notifications::recipient_id.eq(whose.0))
        .select(notifications::id);
    diesel::update(deliveries::table)
        .filter(deliveries::notification_id.eq_any(own))
        // A mail server's error can repeat the address.
        .set((deliveries::email.eq(""), deliveries::last_error.eq("")))
        .execute(conn)
        .await?;
    diesel::update(notifications::table)
        .filter(about)
        .set((
            notifications::subject.eq(""),
            notifications::body_text.eq(""),
            notifications::body_html.eq(""),
            notifications::erased.eq(true),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
