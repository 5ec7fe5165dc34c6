//! Makes the notifications of one event, in the transaction of the event.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::domain::announcement::Announcement;
use crate::domain::ids::RecipientId;
use crate::domain::language::Language;
use crate::domain::notification::Notification;
use crate::domain::recipient::{Kind, Recipient};
use crate::domain::routing::{Audience, routes_of};
use crate::error::Error;
use crate::store::notifications;
use crate::store::recipients::{self, Details};
use crate::templates::Templates;

pub struct Announcer {
    pub templates: Templates,
    pub department_mail: String,
    pub department_language: Language,
}

impl Announcer {
    /// Makes a notification for each recipient in the routing table. `at` is the time of the event.
    ///
    /// # Errors
    /// [`Error::NotKnownYet`] if the event concerns a person who is not known yet.
    pub async fn announce(
        &self,
        conn: &mut AsyncPgConnection,
        (event_id, event_type, at): (Uuid, &str, DateTime<Utc>),
        announcement: &Announcement,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        for route in routes_of(event_type) {
            for recipient in self.audience(conn, route.audience, at, announcement).await? {
                let (language, facts) = (recipient.language, &announcement.facts);
                let letter = self
                    .templates
                    .fill(route.template, language, &recipient.name, facts)?;
                let notification =
                    Notification::new(event_id, route, &announcement.about, &recipient, letter, now);
                notifications::insert(conn, &notification).await?;
            }
        }
        Ok(())
    }

    async fn audience(
        &self,
        conn: &mut AsyncPgConnection,
        audience: Audience,
        at: DateTime<Utc>,
        announcement: &Announcement,
    ) -> Result<Vec<Recipient>, Error> {
        let described = match audience {
            Audience::Client => return known(conn, Kind::Client, announcement.client).await,
            Audience::Worker => return known(conn, Kind::Worker, announcement.worker).await,
            Audience::Managers => {
                let managers = recipients::managers(conn).await?;
                return managers.ok_or_else(|| Error::NotKnownYet("a manager".to_owned()));
            }
            Audience::Candidate => announcement.candidate.clone(),
            Audience::Department => Some(Recipient::department(
                &self.department_mail,
                self.department_language,
            )),
        };
        match described {
            Some(recipient) => introduce(conn, &recipient, at).await,
            None => Ok(Vec::new()),
        }
    }
}

/// Stores a candidate, described by the event, or the department, described by the settings.
/// Returns no recipient if the candidate was erased.
async fn introduce(
    conn: &mut AsyncPgConnection,
    recipient: &Recipient,
    at: DateTime<Utc>,
) -> Result<Vec<Recipient>, Error> {
    // Written only if something changed, because otherwise all kits would wait for the lock of the
    // department's row.
    if recipients::find(conn, recipient.id).await?.as_ref() != Some(recipient) {
        recipients::save(conn, recipient, Details::new(at.timestamp_micros(), at)).await?;
    }
    Ok(recipients::find(conn, recipient.id).await?.into_iter().collect())
}

/// The client or worker with this id. Without an id the event concerns none.
async fn known(
    conn: &mut AsyncPgConnection,
    kind: Kind,
    id: Option<RecipientId>,
) -> Result<Vec<Recipient>, Error> {
    let Some(id) = id else { return Ok(Vec::new()) };
    let found = recipients::find(conn, id).await?;
    let found = found.ok_or_else(|| Error::NotKnownYet(format!("{kind} {id}")))?;
    Ok(vec![found])
}
