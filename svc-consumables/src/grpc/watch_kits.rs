//! A watcher reloads the queue of open kits after each commit of this process, and every second
//! because of other replicas. It sends the kits that differ from what it sent before: no change is
//! missed, and a slow watcher skips intermediate states.

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

/// The largest number of kits that are watched.
const LIMIT: i64 = 1_000;
/// How long a commit of another replica stays unseen.
const POLL: Duration = Duration::from_secs(1);
/// The shortest time between two reads.
const MIN_INTERVAL: Duration = Duration::from_millis(100);

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
    /// The open kits as sent last.
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
                    // The caller sees the error and watches again. Sending fails if the caller has
                    // gone.
                    let _ = sender.send(Err(Status::from(error))).await;
                    return;
                }
            }
            tokio::select! {
                () = sender.closed() => return,
                () = tokio::time::sleep(POLL) => {}
                () = async {
                    committed.changed().await;
                    tokio::time::sleep(MIN_INTERVAL).await;
                } => {}
            }
        }
    }

    /// The kits that changed since the last read.
    async fn changes(&mut self) -> Result<Vec<pb::Kit>, Error> {
        let filter = Filter {
            states: vec![State::Requested, State::Collecting, State::Ready],
            order: None,
        };
        let conn = &mut *self.db.connection().await?;
        let open = kit_views::list(conn, &filter, None, LIMIT).await?;
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
