use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use orders_contract::v1 as pb;
use service_host::{Caller, Database, Refusal};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};

use super::caller::actor;
use super::list_orders::whose;
use super::{Api, convert};
use crate::domain::actor::Actor;
use crate::domain::id::OrderId;
use crate::store::changes::{self, Watched};
use crate::{Error, clock, store, wire};

/// How often is looked when nothing in this process was committed: another replica may have.
const POLL: Duration = Duration::from_secs(1);
/// How long a watcher rests after looking, however much is committed.
const REST: Duration = Duration::from_millis(200);
/// For how long a change may become visible after changes that are newer: longer than any transaction lasts.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);
/// How far back a watcher may ask.
const FURTHEST: TimeDelta = TimeDelta::days(1);
/// How many changes are read at once.
const BATCH: i64 = 500;
/// How many changes a slow watcher may be behind before reading stops until they are taken.
const BUFFER: usize = 64;

type Answer = Result<pb::WatchOrdersResponse, Status>;

/// O8: changes of orders as they happen.
#[expect(clippy::unused_async, reason = "dispatch! awaits every handler")]
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::WatchOrdersRequest>,
) -> Result<ReceiverStream<Answer>, Error> {
    let viewer = actor(&Caller::of(&request)?)?;
    let request = request.get_ref();
    let (client, worker) = whose(viewer, &request.client_id, &request.worker_id)?;
    let order = match request.order_id.as_str() {
        "" => None,
        id => Some(OrderId(wire::to_uuid("order_id", id)?)),
    };
    let now = clock::now();
    let since = match &request.since {
        None => now,
        Some(since) => wire::moment(since)
            .ok_or_else(|| Refusal::invalid("since", "not a moment"))?
            .max(now - FURTHEST),
    };
    let (sender, receiver) = mpsc::channel(BUFFER);
    let watched = Watched {
        client,
        worker,
        order,
    };
    let watch = Watch {
        db: api.db.clone(),
        viewer,
        watched,
        since,
        read_from: since,
        sent: HashMap::new(),
    };
    tokio::spawn(watch.run(sender));
    Ok(ReceiverStream::new(receiver))
}

/// One watcher. Changes don't become visible in the order of their times, so everything of the last [`OVERLAP`] is read
/// again and again, and what was sent is remembered for as long.
struct Watch {
    db: Database,
    viewer: Actor,
    watched: Watched,
    /// Nothing before is told.
    since: DateTime<Utc>,
    read_from: DateTime<Utc>,
    sent: HashMap<(OrderId, i64), DateTime<Utc>>,
}

impl Watch {
    /// Until the caller hangs up or the database fails; then the caller may call again, with `since`.
    async fn run(mut self, sender: mpsc::Sender<Answer>) {
        let mut committed = self.db.committed();
        loop {
            if let Err(error) = self.tell(&sender).await {
                // Nobody listens any more, or nobody can be told anything but this.
                let _ = sender.send(Err(error.into())).await;
                return;
            }
            tokio::select! {
                () = sender.closed() => return,
                () = tokio::time::sleep(REST) => {}
            }
            tokio::select! {
                () = sender.closed() => return,
                () = committed.changed() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    async fn tell(&mut self, sender: &mpsc::Sender<Answer>) -> Result<(), Error> {
        loop {
            let mut conn = self.db.connection().await?;
            let changes = changes::since(&mut conn, self.watched, self.read_from, BATCH).await?;
            let ids: Vec<OrderId> = changes.iter().map(|(_, order)| order.id).collect();
            let kits = store::kits::of_orders(&conn, &ids).await?;
            drop(conn);
            let full = i64::try_from(changes.len()).is_ok_and(|length| length == BATCH);
            let last = changes.last().map(|(entry, _)| entry.at);
            for (entry, order) in changes {
                if self.sent.insert((entry.order, entry.version), entry.at).is_none() {
                    let answer = pb::WatchOrdersResponse {
                        change: Some(convert::change(&entry)),
                        // Whoever was taken off the order hears that, and no more of it.
                        order: order
                            .is_visible_to(self.viewer)
                            .then(|| convert::order(&order, &kits, self.viewer)),
                    };
                    if sender.send(Ok(answer)).await.is_err() {
                        return Ok(());
                    }
                }
            }
            // A whole batch of one moment can't be passed by time; such a moment is longer than a batch in no real life.
            match last.filter(|last| full && *last > self.read_from) {
                Some(last) => self.read_from = last,
                None => break,
            }
        }
        self.read_from = self.since.max(clock::now() - OVERLAP);
        self.sent.retain(|_, at| *at >= self.read_from);
        Ok(())
    }
}
