use std::collections::BTreeSet;
use std::time::Duration;

use notify_contract::v1 as pb;
use service_host::{Database, Refusal};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};

use super::{Api, convert, own_feed};
use crate::domain::ids::RecipientId;
use crate::error::Error;
use crate::store::notifications::{self, NotificationRow};

/// How often the feed is read without a commit in this process, because of other replicas.
const POLL: Duration = Duration::from_secs(1);

/// Notifications that one query reads. A read continues until it finds seen ones.
const PAGE: u8 = 100;

/// The number of newest notifications that are remembered. Smaller than a page, so that one query
/// is enough while nothing happens.
const REMEMBERED: usize = 50;

/// Messages that wait for a slow reader before the watcher waits, too.
const BUFFER: usize = 16;

type Item = Result<pb::WatchNotificationsResponse, Status>;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::WatchNotificationsRequest>,
) -> Result<ReceiverStream<Item>, Error> {
    let (_, feed) = own_feed::of(&request)?;
    let mut watch = Watch {
        db: api.db.clone(),
        feed,
        seen: BTreeSet::new(),
        floor: 0,
    };
    // Notifications from before the call are not sent.
    let old = watch.page(None).await?;
    watch.remember(&old);
    let (sender, stream) = mpsc::channel(BUFFER);
    tokio::spawn(watch.run(sender));
    Ok(ReceiverStream::new(stream))
}

struct Watch {
    db: Database,
    feed: RecipientId,
    /// The newest notifications that were read. A new one is found by comparison with them, not by
    /// "after the last one", because a transaction with a smaller number can commit later.
    seen: BTreeSet<i64>,
    /// Notifications up to this number are old. Without it, erasing newer ones would make older
    /// ones look new.
    floor: i64,
}

impl Watch {
    async fn run(mut self, sender: mpsc::Sender<Item>) {
        let mut committed = self.db.committed();
        loop {
            tokio::select! {
                () = sender.closed() => return,
                () = committed.changed() => {}
                () = tokio::time::sleep(POLL) => {}
            }
            let fresh = match self.read_new().await {
                Ok(fresh) => fresh,
                Err(error) => {
                    // Sending fails if the reader has gone.
                    let _ = sender.send(Err(Refusal::from(error).into())).await;
                    return;
                }
            };
            for row in fresh.iter().rev() {
                let notification = Some(convert::notification(row));
                if sender
                    .send(Ok(pb::WatchNotificationsResponse { notification }))
                    .await
                    .is_err()
                {
                    return;
                }
            }
        }
    }

    /// All notifications that no read has found yet, newest first.
    async fn read_new(&mut self) -> Result<Vec<NotificationRow>, diesel::result::Error> {
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

    /// Remembers the newest notifications one by one, the others by `floor`.
    fn remember(&mut self, rows: &[NotificationRow]) {
        self.seen.extend(rows.iter().map(|row| row.seq));
        while self.seen.len() > REMEMBERED {
            self.floor = self.seen.pop_first().unwrap_or(self.floor);
        }
    }
}
