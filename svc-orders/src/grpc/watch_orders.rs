use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use conventions::wire;
use orders_contract::v1 as pb;
use service_host::{Caller, Clock, Database, Refusal, field};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};

use super::caller::actor;
use super::list_orders::restrict;
use super::{Api, convert};
use crate::domain::actor::Actor;
use crate::domain::ids::OrderId;
use crate::store::changes::{self, Watched};
use crate::{Error, store};

/// The interval between queries without a commit in this process: another replica may have
/// committed.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The shortest interval between two queries of a watcher, under any load.
const MIN_INTERVAL: Duration = Duration::from_millis(200);
/// How much later than newer changes a change may become visible: longer than any transaction
/// lasts.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);
/// How far back `since` may lie.
const MAX_HISTORY: TimeDelta = TimeDelta::days(1);
/// How many changes are read at once.
const BATCH: i64 = 500;
/// How many changes may be queued for a slow watcher before reading pauses.
const BUFFER: usize = 64;

type Answer = Result<pb::WatchOrdersResponse, Status>;

/// Streams changes of orders as they happen (O8).
#[expect(clippy::unused_async, reason = "dispatch! awaits every handler")]
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::WatchOrdersRequest>,
) -> Result<ReceiverStream<Answer>, Error> {
    let viewer = actor(&Caller::of(&request)?)?;
    let request = request.get_ref();
    let (client, worker) = restrict(viewer, &request.client_id, &request.worker_id)?;
    let order = field::optional_id("order_id", &request.order_id)?;
    let now = api.clock.now();
    let since = match &request.since {
        None => now,
        Some(since) => wire::moment(since)
            .ok_or_else(|| Refusal::invalid("since", "is not a valid time"))?
            .max(now - MAX_HISTORY),
    };
    let (sender, receiver) = mpsc::channel(BUFFER);
    let watched = Watched {
        client,
        worker,
        order,
    };
    let watch = Watch {
        db: api.db.clone(),
        clock: api.clock.clone(),
        viewer,
        watched,
        since,
        read_from: since,
        sent: HashMap::new(),
    };
    tokio::spawn(watch.run(sender));
    Ok(ReceiverStream::new(receiver))
}

/// One watcher. Changes become visible out of order. Each query therefore reads everything of the
/// last [`OVERLAP`] again, and skips the changes that were sent.
struct Watch {
    db: Database,
    clock: Clock,
    viewer: Actor,
    watched: Watched,
    /// Earlier changes are not sent.
    since: DateTime<Utc>,
    read_from: DateTime<Utc>,
    sent: HashMap<(OrderId, i64), DateTime<Utc>>,
}

impl Watch {
    /// Runs until the caller hangs up or the database fails. The caller can then continue with
    /// `since`.
    async fn run(mut self, sender: mpsc::Sender<Answer>) {
        let mut committed = self.db.committed();
        loop {
            if let Err(error) = self.send_new(&sender).await {
                // Sending fails if the caller has hung up.
                let _ = sender.send(Err(error.into())).await;
                return;
            }
            tokio::select! {
                () = sender.closed() => return,
                () = tokio::time::sleep(MIN_INTERVAL) => {}
            }
            tokio::select! {
                () = sender.closed() => return,
                () = committed.changed() => {}
                () = tokio::time::sleep(POLL_INTERVAL) => {}
            }
        }
    }

    async fn send_new(&mut self, sender: &mpsc::Sender<Answer>) -> Result<(), Error> {
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
                        // A worker who was taken off the order learns only that.
                        order: order
                            .is_visible_to(self.viewer)
                            .then(|| convert::order(&order, &kits, self.viewer)),
                    };
                    if sender.send(Ok(answer)).await.is_err() {
                        return Ok(());
                    }
                }
            }
            // A full batch at one microsecond would end the loop: it cannot be passed by time. Real
            // clients do not cause 500 changes within a microsecond.
            match last.filter(|last| full && *last > self.read_from) {
                Some(last) => self.read_from = last,
                None => break,
            }
        }
        self.read_from = self.since.max(self.clock.now() - OVERLAP);
        self.sent.retain(|_, at| *at >= self.read_from);
        Ok(())
    }
}
