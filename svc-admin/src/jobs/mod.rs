//! What the clock starts.

use std::time::Duration;

use service_host::{Database, jobs, requests};
use tokio_util::sync::CancellationToken;

/// Forgets the answers to commands that nobody will repeat any more.
pub async fn purge_requests(db: Database, shutdown: CancellationToken) {
    let requests = db.clone();
    jobs::every("purge-requests", Duration::from_hours(1), &db)
        .run(shutdown, async move || {
            requests::purge(&requests).await.map(|_| ())
        })
        .await;
}
