//! Notifications, and the feeds that they make up.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service_host::telemetry;
use uuid::Uuid;

use super::schema::{deliveries, notifications};
use crate::domain::delivery::Status;
use crate::domain::notification::Notification;

/// Unread notifications are counted up to this.
const UNREAD: i64 = 1000;

/// A notification as a feed shows it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = notifications, check_for_backend(diesel::pg::Pg))]
pub struct NotificationRow {
    /// Its id.
    pub id: Uuid,
    /// The order in which they were made, but for transactions that committed later than others.
    pub seq: i64,
    /// The line of the routing table.
    pub template: String,
    /// The mail's subject.
    pub subject: String,
    /// The mail's plain text.
    pub body_text: String,
    /// What it is about.
    pub about_kind: String,
    /// Its id or code.
    pub about_id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was marked as read.
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

/// Keeps the notification together with the row of work that mails it. One that is there already stays as it is.
pub async fn insert(conn: &mut AsyncPgConnection, new: &Notification) -> QueryResult<()> {
    let row = NewNotification {
        id: new.id,
        event_id: new.event_id,
        event_type: new.route.event,
        template: new.route.template,
        secret: new.route.secret,
        recipient_id: new.recipient_id,
        about_kind: new.about.kind,
        about_id: &new.about.id,
        language: new.language.code(),
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
            deliveries::notification_id.eq(new.id),
            deliveries::email.eq(&new.email),
            deliveries::status.eq(Status::Pending.word()),
            deliveries::next_attempt_at.eq(new.created_at),
            deliveries::traceparent.eq(telemetry::trace_context()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Newest first, from before that `seq`; without those that were erased.
pub async fn feed(
    conn: &mut AsyncPgConnection,
    recipient: Uuid,
    unread_only: bool,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<NotificationRow>> {
    let mut query = notifications::table
        .filter(
            notifications::recipient_id
                .eq(recipient)
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

/// How many of the feed are unread, counted up to a thousand.
pub async fn unread(conn: &mut AsyncPgConnection, recipient: Uuid) -> QueryResult<usize> {
    let ids: Vec<i64> = notifications::table
        .filter(notifications::recipient_id.eq(recipient))
        .filter(
            notifications::read_at
                .is_null()
                .and(notifications::erased.eq(false)),
        )
        .select(notifications::seq)
        .limit(UNREAD)
        .load(conn)
        .await?;
    Ok(ids.len())
}

/// Marks those of the recipient that are unread; says how many there were.
pub async fn mark_read(
    conn: &mut AsyncPgConnection,
    recipient: Uuid,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let unread = notifications::table
        .filter(notifications::recipient_id.eq(recipient))
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

/// Empties everything that was written about this thing, to whomever; mails that wait or were given up are not sent any
/// more, and addresses of the recipient `whose` are forgotten with them.
pub async fn erase(conn: &mut AsyncPgConnection, kind: &str, id: &str, whose: Uuid) -> QueryResult<()> {
    let about = notifications::about_kind
        .eq(kind)
        .and(notifications::about_id.eq(id));
    let theirs = || notifications::table.filter(about).select(notifications::id);
    diesel::update(deliveries::table)
        .filter(deliveries::notification_id.eq_any(theirs()))
        .filter(deliveries::status.eq_any([Status::Pending.word(), Status::Dead.word()]))
        .set((
            deliveries::status.eq(Status::Erased.word()),
            deliveries::next_attempt_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)
        .await?;
    let own = notifications::table
        .filter(notifications::recipient_id.eq(whose))
        .select(notifications::id);
    diesel::update(deliveries::table)
        .filter(deliveries::notification_id.eq_any(own))
        // A mail server's refusal may repeat the address.
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
