//! The queue, live.
//!
//! A watcher re-reads the open queue whenever something was committed here, and every second for what other replicas
//! did, and sends what differs from what it sent before. Nothing can be missed, and a slow watcher only skips
//! intermediate states.

use std::collections::BTreeMap;
use std::time::Duration;

use consumables_contract::v1 as pb;
use service_host::{Caller, Database};
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::domain::kit::State;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::kit_views::{self, Filter, KitView};

/// The most kits that are watched.
const MOST: i64 = 1_000;
/// What other replicas commit is seen after this.
const POLL: Duration = Duration::from_secs(1);
/// However much is committed, the queue is read at most this often.
const REST: Duration = Duration::from_millis(100);

type Item = Result<pb::WatchKitsResponse, Status>;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::WatchKitsRequest>,
) -> Result<ReceiverStream<Item>, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    staff::admit(&mut *api.db.connection().await?, &caller).await?;
    let (sender, receiver) = mpsc::channel(64);
    let watcher = Watcher {
        db: api.db.clone(),
        employee: request.employee_id.parse().ok(),
        sent: BTreeMap::new(),
    };
    tokio::spawn(watcher.run(sender));
    Ok(ReceiverStream::new(receiver))
}

struct Watcher {
    db: Database,
    employee: Option<Uuid>,
    /// The open kits as they were sent last.
    sent: BTreeMap<Uuid, pb::Kit>,
}

impl Watcher {
    async fn run(mut self, sender: Sender<Item>) {
        let mut committed = self.db.committed();
        loop {
            match self.changes().await {
                Ok(kits) => {
                    for kit in kits {
                        let item = Ok(pb::WatchKitsResponse { kit: Some(kit) });
                        if sender.send(item).await.is_err() {
                            return;
                        }
                    }
                }
                Err(error) => {
                    // The caller is told and comes back; nobody reads the answer where they have gone.
                    let _ = sender.send(Err(Status::from(error))).await;
                    return;
                }
            }
            tokio::select! {
                () = sender.closed() => return,
                () = tokio::time::sleep(POLL) => {}
                () = async {
                    committed.changed().await;
                    tokio::time::sleep(REST).await;
                } => {}
            }
        }
    }

    /// What has changed since the last time.
    async fn changes(&mut self) -> Result<Vec<pb::Kit>, Error> {
        let filter = Filter {
            states: vec![State::Requested, State::Collecting, State::Ready],
            order: None,
        };
        let conn = &mut *self.db.connection().await?;
        let open = kit_views::list(conn, &filter, None, MOST).await?;
        let open: BTreeMap<Uuid, pb::Kit> = open
            .iter()
            .filter(|view| self.concerns(view))
            .map(|view| (view.kit.id.0, convert::kit(view)))
            .collect();
        let gone: Vec<Uuid> = self
            .sent
            .keys()
            .filter(|id| !open.contains_key(*id))
            .copied()
            .collect();
        let mut changes: Vec<pb::Kit> = Vec::new();
        if !gone.is_empty() {
            changes.extend(kit_views::of(conn, &gone).await?.iter().map(convert::kit));
        }
        changes.extend(
            open.iter()
                .filter(|(id, kit)| self.sent.get(id) != Some(kit))
                .map(|(_, kit)| kit.clone()),
        );
        self.sent = open;
        Ok(changes)
    }

    fn concerns(&self, view: &KitView) -> bool {
        self.employee
            .is_none_or(|employee| view.kit.collector.is_none_or(|collector| collector.0 == employee))
    }
}
