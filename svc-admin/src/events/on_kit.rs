//! Events of kits: part of the history of their orders (A3).

use consumables_contract::KitEvent;
use consumables_contract::v1::{
    CookieDelivered, CookieFailed, CookieLate, CookieOrdered, KitCancelled, KitCollecting, KitIssued,
    KitReady, KitRequested,
};
use conventions::wire::InvalidField;
use conventions::{Actor, Event};
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};

use crate::store::reviewed_orders::{self, StoryEntry};

/// Listens to every event of a kit.
pub struct OnKit;

/// The detail of an event that the history shows.
trait Detail: Event {
    fn detail<'a>(&'a self, kit: &KitEvent<'a>) -> &'a str {
        kit.reason
    }
}

impl<E: Detail> On<E> for OnKit
where
    for<'a> KitEvent<'a>: TryFrom<&'a E, Error = InvalidField>,
{
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<E>) -> Result<(), Stop> {
        let kit = KitEvent::try_from(&event.message)?;
        let by = Actor::from(kit.by);
        let entry = StoryEntry {
            event_id: event.id,
            order_id: kit.order_id,
            at: kit.at,
            actor_role: by.role.claim().to_owned(),
            actor_id: by.id,
            what: kit.name.to_owned(),
            detail: event.message.detail(&kit).to_owned(),
            price_minor: None,
            price_currency: None,
            photo_id: None,
        };
        Ok(reviewed_orders::add_story_entry(conn, &entry).await?)
    }
}

impl Detail for KitRequested {}
impl Detail for KitCollecting {}
impl Detail for KitReady {}
impl Detail for KitIssued {
    fn detail<'a>(&'a self, _: &KitEvent<'a>) -> &'a str {
        &self.reason_without_cookie
    }
}
impl Detail for KitCancelled {}
impl Detail for CookieOrdered {}
impl Detail for CookieDelivered {}
impl Detail for CookieLate {}
impl Detail for CookieFailed {}
