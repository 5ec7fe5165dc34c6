//! The call `WatchNotifications`.

use std::collections::BTreeSet;
use std::time::Duration;

use notify_contract::v1 as pb;
use service_host::{Database, Refusal};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};
use uuid::Uuid;

use super::{Api, convert, reader};
use crate::error::Error;
use crate::store::notifications::{self, NotificationRow};

/// How often the feed is looked at when nothing was committed here: another replica may have made something.
const POLL: Duration = Duration::from_secs(1);

/// Entries that are read at once. A look reads on until it meets what is old.
const PAGE: u8 = 100;

/// The newest entries that a look compares with those of the look before. Smaller than a page: one page is enough while
/// nothing happens.
const REMEMBERED: usize = 50;

/// Messages that wait for a slow reader before the watch pauses.
const BUFFER: usize = 16;

type Item = Result<pb::WatchNotificationsResponse, Status>;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::WatchNotificationsRequest>,
) -> Result<ReceiverStream<Item>, Error> {
    let (_, feed) = reader::of(&request)?;
    let mut watch = Watch {
        db: api.db.clone(),
        feed,
        seen: BTreeSet::new(),
        floor: 0,
    };
    // What is there before the answer begins is not news.
    let old = watch.page(None).await?;
    watch.remember(&old);
    let (news, stream) = mpsc::channel(BUFFER);
    tokio::spawn(watch.run(news));
    Ok(ReceiverStream::new(stream))
}

struct Watch {
    db: Database,
    feed: Uuid,
    /// The newest entries that were met. Compared by identity, never by "after the last one": a transaction that began
    /// earlier may commit later, and its entry would be passed over.
    seen: BTreeSet<i64>,
    /// Entries up to this one are old, also when erasing newer ones brings them into sight.
    floor: i64,
}

impl Watch {
    async fn run(mut self, news: mpsc::Sender<Item>) {
        let mut committed = self.db.committed();
        loop {
            tokio::select! {
                () = news.closed() => return,
                () = committed.changed() => {}
                () = tokio::time::sleep(POLL) => {}
            }
            let fresh = match self.look().await {
                Ok(fresh) => fresh,
                Err(error) => {
                    // The reader has gone if this can't be sent.
                    let _ = news.send(Err(Refusal::from(error).into())).await;
                    return;
                }
            };
            for row in fresh.iter().rev() {
                let notification = Some(convert::notification(row));
                if news
                    .send(Ok(pb::WatchNotificationsResponse { notification }))
                    .await
                    .is_err()
                {
                    return;
                }
            }
        }
    }

    /// What no look has met yet, newest first; however much it is.
    async fn look(&mut self) -> Result<Vec<NotificationRow>, diesel::result::Error> {
        let (mut fresh, mut before) = (Vec::new(), None);
        loop {
            let page = self.page(before).await?;
            before = page.last().map(|row| row.seq);
            let is_last = page.len() < PAGE.into() || before.is_none_or(|oldest| oldest <= self.floor);
            fresh.extend(
                page.into_iter()
                    .filter(|row| row.seq > self.floor && !self.seen.contains(&row.seq)),
            );
            if is_last {
                self.remember(&fresh);
                return Ok(fresh);
            }
        }
    }

    async fn page(&self, before: Option<i64>) -> Result<Vec<NotificationRow>, diesel::result::Error> {
        let mut conn = self.db.connection().await?;
        notifications::feed(&mut conn, self.feed, false, before, PAGE.into()).await
    }

    /// The newest are remembered one by one, the others only as older than those.
    fn remember(&mut self, rows: &[NotificationRow]) {
        self.seen.extend(rows.iter().map(|row| row.seq));
        while self.seen.len() > REMEMBERED {
            self.floor = self.seen.pop_first().unwrap_or(self.floor);
        }
    }
}
