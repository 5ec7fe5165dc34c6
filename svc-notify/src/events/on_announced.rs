//! Makes the notifications of an event.

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use service_host::Clock;

use super::convert::Announced;
use crate::use_cases::announce::Announcer;

pub struct OnAnnounced {
    pub announcer: Arc<Announcer>,
    pub clock: Clock,
}

impl<M: Announced> On<M> for OnAnnounced {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<M>) -> Result<(), Stop> {
        let announcement = event.message.announcement()?;
        let (event, now) = ((event.id, M::TYPE, event.time), self.clock.now());
        Ok(self.announcer.announce(conn, event, &announcement, now).await?)
    }
}
