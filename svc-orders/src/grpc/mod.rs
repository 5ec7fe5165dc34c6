//! The calls, one file each.

mod caller;
mod cancel_order;
mod complete_work;
mod convert;
mod download_photo;
mod explain_match;
mod get_balance;
mod get_client;
mod get_order;
mod get_pipeline;
mod get_worker;
mod import_clients;
mod list_built_in_steps;
mod list_clients;
mod list_offerings;
mod list_orders;
mod list_pipelines;
mod list_workers;
mod place_order;
mod put_pipeline;
mod quote_order;
mod register_client;
mod reinstate_worker;
mod repeat_order;
mod report_failure;
mod start_work;
mod suspend_worker;
mod upload_photo;
mod watch_orders;

use std::sync::Arc;

pub use get_order::Reader;
use money::Currency;
pub use place_order::PlacementBatcher;
use service_host::{Clock, Database};
use tokio::sync::Semaphore;

use crate::photos::PhotoStore;
use crate::use_cases::match_order::Matcher;

/// What calls work with.
#[derive(Clone)]
pub struct Api {
    pub db: Database,
    pub placing: PlacementBatcher,
    pub reader: Reader,
    pub photos: PhotoStore,
    /// Bounds how many photos are uploaded at once.
    pub uploads: Arc<Semaphore>,
    /// Explains what a pipeline would choose.
    pub matcher: Arc<Matcher>,
    /// The only currency of the deployment.
    pub currency: Currency,
    pub clock: Clock,
}

orders_contract::dispatch!(OrdersService for Api);
orders_contract::dispatch!(WorkersService for Api);
orders_contract::dispatch!(MatchingService for Api);
