//! The calls, one file each.

mod convert;
mod list_deliveries;
mod list_notifications;
mod list_recipients;
mod list_templates;
mod mark_read;
mod own_feed;
mod preview_template;
mod resend_delivery;
mod watch_notifications;

use std::sync::Arc;

use service_host::{Clock, Database};

use crate::use_cases::announce::Announcer;

/// What calls work with.
pub struct Api {
    pub db: Database,
    pub clock: Clock,
    pub announcer: Arc<Announcer>,
}

notify_contract::dispatch!(NotifyService for Api);
