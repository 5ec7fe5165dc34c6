//! Mails.

use clap::Subcommand;
use uuid::Uuid;

use super::{Page, Request};
use crate::contracts::Context::Notify;

/// Mails.
#[derive(Debug, Subcommand)]
pub enum Mail {
    /// Deliveries, newest first.
    List {
        /// Only deliveries with this status.
        #[arg(long, value_parser = ["pending", "sent", "dead", "erased"])]
        status: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Send a mail again that was given up.
    Resend {
        /// The delivery's id.
        delivery_id: Uuid,
    },
    /// List templates.
    Templates,
    /// Render a template with example data.
    Preview {
        /// The template's name.
        template: String,
        /// ru or en.
        #[arg(long, default_value = "ru", value_parser = ["ru", "en"])]
        language: String,
    },
}

impl Mail {
    /// Converts the command to a call.
    pub fn request(self) -> Request {
        match self {
            Self::List { status, page } => {
                let status = status.map(|status| format!("DELIVERY_STATUS_{}", status.to_uppercase()));
                page.of(Request::new(Notify, "ListDeliveries").field("status", status))
            }
            Self::Resend { delivery_id } => {
                Request::new(Notify, "ResendDelivery").field("deliveryId", delivery_id)
            }
            Self::Templates => Request::new(Notify, "ListTemplates"),
            Self::Preview { template, language } => Request::new(Notify, "PreviewTemplate")
                .field("template", template)
                .field("language", language),
        }
    }
}
