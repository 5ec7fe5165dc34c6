//! The call `WatchNotifications`.

use std::collections::HashSet;
use std::time::Duration;

use futures::Stream;
use notify_contract::v1 as pb;
use service_host::{Database, Refusal};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};
use uuid::Uuid;

use super::{convert, reader};
use crate::error::Error;
use crate::store::notifications::{self, NotificationRow};

/// How often the feed is looked at when nothing was committed here: another replica may have made something.
const POLL: Duration = Duration::from_secs(1);

/// The newest entries that each look compares with those of the look before.
const WINDOW: i64 = 100;

/// Messages that wait for a slow reader before the watch pauses.
const BUFFER: usize = 16;

type Item = Result<pb::WatchNotificationsResponse, Status>;

pub(super) async fn handle(
    db: &Database,
    request: &Request<pb::WatchNotificationsRequest>,
) -> Result<impl Stream<Item = Item> + Send + use<>, Error> {
    let (_, feed) = reader::of(request)?;
    let mut watch = Watch {
        db: db.clone(),
        feed,
        seen: HashSet::new(),
        floor: 0,
    };
    // What is there before the answer begins is not news.
    let old = watch.look().await?;
    watch.floor = old.iter().map(|row| row.seq).min().unwrap_or_default();
    let (news, stream) = mpsc::channel(BUFFER);
    tokio::spawn(watch.run(news));
    Ok(ReceiverStream::new(stream))
}

struct Watch {
    db: Database,
    feed: Uuid,
    /// The newest entries of the last look. Compared by identity, never by "after the last one": a transaction that
    /// began earlier may commit later, and its entry would be passed over.
    seen: HashSet<i64>,
    /// Entries older than all of the first look are old, also when erasing newer ones brings them into the window.
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
            for row in fresh.iter().rev().filter(|row| row.seq > self.floor) {
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

    /// What the last look did not see, newest first.
    async fn look(&mut self) -> Result<Vec<NotificationRow>, diesel::result::Error> {
        let mut conn = self.db.connection().await?;
        let rows = notifications::feed(&mut conn, self.feed, false, None, WINDOW).await?;
        let now: HashSet<i64> = rows.iter().map(|row| row.seq).collect();
        let before = std::mem::replace(&mut self.seen, now);
        Ok(rows
            .into_iter()
            .filter(|row| !before.contains(&row.seq))
            .collect())
    }
}
