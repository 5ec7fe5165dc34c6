//! The calls, one file each.

mod convert;
mod list_deliveries;
mod list_notifications;
mod list_recipients;
mod list_templates;
mod mark_read;
mod preview_template;
mod reader;
mod resend_delivery;
mod watch_notifications;

use std::sync::Arc;

use service_host::Database;

use crate::events::announce::Announcer;

/// What calls work with.
pub struct Api {
    pub db: Database,
    pub announcer: Arc<Announcer>,
}

notify_contract::dispatch!(NotifyService for Api);
