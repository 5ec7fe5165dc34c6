//! The calls, one file each; [`Api`] only hands them on.

mod api;
mod balances;
mod caller;
mod cancel_order;
mod clients;
mod complete_work;
mod convert;
mod download_photo;
mod explain_match;
mod get_order;
mod import_clients;
mod list_orders;
mod offerings;
mod pipelines;
mod place_order;
mod register_client;
mod repeat_order;
mod report_failure;
mod start_work;
mod suspend_worker;
mod upload_photo;
mod watch_orders;
mod workers;

pub use api::Api;
pub use get_order::Reader;
pub use place_order::Together;
