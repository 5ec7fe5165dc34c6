//! From an event to notifications: whom the routing table names is told, in the event's own transaction.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use conventions::Event;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use uuid::Uuid;

use super::wire::Unreadable;
use crate::domain::language::Language;
use crate::domain::news::News;
use crate::domain::notification::Notification;
use crate::domain::recipient::{Kind, Recipient};
use crate::domain::routing::{Audience, routes_of};
use crate::store;
use crate::store::recipients::Standing;
use crate::templates::Templates;

/// An event that people are told of.
pub trait Tells: Event {
    /// What it means to them.
    fn news(&self) -> Result<News, Unreadable>;
}

/// What announcing needs beside the event.
pub struct Announcer {
    /// The letters.
    pub templates: Templates,
    /// Where the department gets its mail.
    pub department_mail: String,
    /// In which language.
    pub department_language: Language,
}

/// Tells of events.
pub struct Announce(pub Arc<Announcer>);

impl<M: Tells> On<M> for Announce {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<M>) -> Result<(), Stop> {
        let news = event.message.news().map_err(Stop::refused)?;
        self.0.announce(conn, event.id, M::TYPE, event.time, &news).await
    }
}

impl Announcer {
    /// Makes the notifications of one event. Waits ([`Stop::NotYet`]) while somebody who must be told isn't known.
    pub async fn announce(
        &self,
        conn: &mut AsyncPgConnection,
        event_id: Uuid,
        event_type: &str,
        at: DateTime<Utc>,
        news: &News,
    ) -> Result<(), Stop> {
        for route in routes_of(event_type) {
            for recipient in self.audience(conn, route.audience, at, news).await? {
                let letter = self
                    .templates
                    .fill(route.template, recipient.language, &recipient.name, &news.facts)
                    .map_err(Stop::refused)?;
                let notification =
                    Notification::new(event_id, route, &news.about, &recipient, letter, Utc::now());
                store::notifications::insert(conn, &notification).await?;
            }
        }
        Ok(())
    }

    async fn audience(
        &self,
        conn: &mut AsyncPgConnection,
        audience: Audience,
        at: DateTime<Utc>,
        news: &News,
    ) -> Result<Vec<Recipient>, Stop> {
        let one = match audience {
            Audience::Managers => {
                let managers = store::recipients::managers(conn).await?;
                return managers.ok_or_else(|| Stop::not_yet("a manager"));
            }
            Audience::Candidate => news.candidate.clone(),
            Audience::Department => Some(Recipient::department(
                &self.department_mail,
                self.department_language,
            )),
            Audience::Client => return known(conn, Kind::Client, news.client).await,
            Audience::Worker => return known(conn, Kind::Worker, news.worker).await,
        };
        match one {
            Some(recipient) => introduce(conn, &recipient, at).await,
            None => Ok(Vec::new()),
        }
    }
}

/// A candidate or the department: nobody else introduces them than the event and the settings. Nobody once erased.
async fn introduce(
    conn: &mut AsyncPgConnection,
    recipient: &Recipient,
    at: DateTime<Utc>,
) -> Result<Vec<Recipient>, Stop> {
    // Written only when it says something new: the department's row would be a queue for all kits otherwise.
    if store::recipients::find(conn, recipient.id).await?.as_ref() != Some(recipient) {
        let standing = Standing {
            version: at.timestamp_micros(),
            hires: false,
            archived: false,
            at,
        };
        store::recipients::note(conn, recipient, standing).await?;
    }
    Ok(store::recipients::find(conn, recipient.id)
        .await?
        .into_iter()
        .collect())
}

/// The client or worker of that id, if the event concerns one.
async fn known(conn: &mut AsyncPgConnection, kind: Kind, id: Option<Uuid>) -> Result<Vec<Recipient>, Stop> {
    let Some(id) = id else { return Ok(Vec::new()) };
    let found = store::recipients::find(conn, id).await?;
    let found = found.ok_or_else(|| Stop::not_yet(format!("{} {id}", kind.word())))?;
    Ok(vec![found])
}
