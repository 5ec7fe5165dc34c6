//! Clients, workers, orders, matching.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Page, Request, file};
use crate::cli::Globals;
use crate::contracts::Context::Orders;
use crate::failure::Error;
use crate::story;

/// The largest chunk of a photo in one message, in bytes.
const CHUNK: usize = 512 * 1024;

/// Clients.
#[derive(Debug, Subcommand)]
pub enum Client {
    /// Register a client.
    Register {
        /// The name.
        #[arg(long)]
        name: String,
        /// The e-mail address.
        #[arg(long)]
        email: String,
        /// The language of mails.
        #[arg(long, default_value = "ru", value_parser = ["ru", "en"])]
        language: String,
        /// The contact, such as a phone number.
        #[arg(long, default_value = "")]
        phone: String,
    },
    /// Show a client.
    Show {
        /// The client's id.
        client_id: Uuid,
    },
    /// List clients.
    List(Page),
    /// List the service types that a client can order, with approximate prices.
    Offerings {
        /// The client's id.
        client_id: Uuid,
    },
    /// Show a client's or worker's balance as svc-orders reflects it.
    Balance {
        /// The client's or worker's id.
        owner_id: Uuid,
    },
}

impl Client {
    /// Converts the command to a call.
    pub fn request(self) -> Request {
        match self {
            Self::Register {
                name,
                email,
                language,
                phone,
            } => Request::new(Orders, "RegisterClient")
                .field(
                    "person",
                    json!({ "name": name, "email": email, "language": language }),
                )
                .field("phone", phone),
            Self::Show { client_id } => Request::new(Orders, "GetClient").field("clientId", client_id),
            Self::List(page) => page.of(Request::new(Orders, "ListClients")),
            Self::Offerings { client_id } => Request::new(Orders, "ListOfferings")
                .field("clientId", client_id)
                .by_person("client", &client_id.to_string()),
            Self::Balance { owner_id } => Request::new(Orders, "GetBalance").field("ownerId", owner_id),
        }
    }
}

/// Workers.
#[derive(Debug, Subcommand)]
pub enum Worker {
    /// Show a worker.
    Show {
        /// The worker's id.
        worker_id: Uuid,
    },
    /// List workers.
    List(Page),
    /// Suspend a worker; the worker's future orders are matched again.
    Suspend {
        /// The worker's id.
        worker_id: Uuid,
        /// The reason.
        #[arg(long)]
        reason: String,
    },
    /// Reinstate a worker.
    Reinstate {
        /// The worker's id.
        worker_id: Uuid,
    },
}

impl Worker {
    /// Converts the command to a call.
    pub fn request(self) -> Request {
        match self {
            Self::Show { worker_id } => Request::new(Orders, "GetWorker").field("workerId", worker_id),
            Self::List(page) => page.of(Request::new(Orders, "ListWorkers")),
            Self::Suspend { worker_id, reason } => Request::new(Orders, "SuspendWorker")
                .field("workerId", worker_id)
                .field("reason", reason),
            Self::Reinstate { worker_id } => {
                Request::new(Orders, "ReinstateWorker").field("workerId", worker_id)
            }
        }
    }
}

/// A slot: [start, end).
#[derive(Debug, Args)]
pub struct Slot {
    /// The start, such as 2026-11-24T10:00:00+03:00.
    #[arg(long, value_parser = time)]
    start: String,
    /// The end.
    #[arg(long, value_parser = time)]
    end: String,
}

impl Slot {
    fn json(self) -> Value {
        json!({ "start": self.start, "end": self.end })
    }
}

fn time(text: &str) -> Result<String, String> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        .map_err(|_| "must be a time such as 2026-11-24T10:00:00+03:00".to_owned())
}

/// Orders.
#[derive(Debug, Subcommand)]
pub enum Order {
    /// Show what an order would cost.
    Quote {
        /// The client's id.
        #[arg(long)]
        client: Uuid,
        /// The service type's id.
        #[arg(long)]
        service_type: Uuid,
    },
    /// Place an order as its client.
    Place {
        /// The client's id.
        #[arg(long)]
        client: Uuid,
        /// The service type's id.
        #[arg(long)]
        service_type: Uuid,
        /// The description.
        #[arg(long)]
        description: String,
        /// The place.
        #[arg(long)]
        place: String,
        /// The contact at the place.
        #[arg(long)]
        contact: String,
        #[command(flatten)]
        slot: Slot,
    },
    /// Show an order.
    Show {
        /// The order's id.
        order_id: Uuid,
    },
    /// List orders.
    List {
        /// Only orders of this client.
        #[arg(long)]
        client: Option<Uuid>,
        /// Only orders of this worker.
        #[arg(long)]
        worker: Option<Uuid>,
        #[command(flatten)]
        page: Page,
    },
    /// Cancel an order before work starts.
    Cancel {
        /// The order's id.
        order_id: Uuid,
        /// The reason.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Repeat a failed or cancelled order, as its client.
    Repeat {
        /// The order's id.
        order_id: Uuid,
        /// The client's id.
        #[arg(long)]
        client: Uuid,
        #[command(flatten)]
        slot: Slot,
    },
    /// Start work with a photo, as the order's worker.
    Start {
        /// The order's id.
        order_id: Uuid,
        /// JPEG, PNG or WebP, at most 10 MiB.
        #[arg(long)]
        photo: PathBuf,
    },
    /// Complete work with a photo of the signed report, as the order's worker.
    Complete {
        /// The order's id.
        order_id: Uuid,
        /// JPEG, PNG or WebP, at most 10 MiB.
        #[arg(long)]
        photo: PathBuf,
    },
    /// Report that an order failed.
    Fail {
        /// The order's id.
        order_id: Uuid,
        /// The reason.
        #[arg(long)]
        reason: String,
    },
    /// Explain which worker matching chose, and why.
    Explain {
        /// The order's id.
        order_id: Uuid,
    },
}

impl Order {
    /// Executes the command.
    pub async fn run(self, globals: &Globals) -> Result<(), Error> {
        let about = |method: &str, id: Uuid| Request::new(Orders, method).field("orderId", id);
        let request = match self {
            Self::Quote { client, service_type } => Request::new(Orders, "QuoteOrder")
                .field("clientId", client)
                .field("serviceTypeId", service_type)
                .by_person("client", &client.to_string()),
            Self::Place {
                client,
                service_type,
                description,
                place,
                contact,
                slot,
            } => Request::new(Orders, "PlaceOrder")
                .field("clientId", client)
                .field("serviceTypeId", service_type)
                .field("description", description)
                .field("place", place)
                .field("contact", contact)
                .field("slot", slot.json())
                .by_person("client", &client.to_string()),
            Self::Show { order_id } => about("GetOrder", order_id),
            Self::List { client, worker, page } => page.of(Request::new(Orders, "ListOrders")
                .field("clientId", client)
                .field("workerId", worker)),
            Self::Cancel { order_id, reason } => about("CancelOrder", order_id).field("reason", reason),
            Self::Repeat {
                order_id,
                client,
                slot,
            } => about("RepeatOrder", order_id)
                .field("slot", slot.json())
                .by_person("client", &client.to_string()),
            Self::Fail { order_id, reason } => about("ReportFailure", order_id).field("reason", reason),
            Self::Explain { order_id } => about("ExplainMatch", order_id),
            Self::Start { order_id, photo } => evidence(globals, "StartWork", order_id, &photo).await?,
            Self::Complete { order_id, photo } => evidence(globals, "CompleteWork", order_id, &photo).await?,
        };
        globals.send(request).await
    }
}

/// Uploads the photo as the order's worker and returns the call that refers to it.
async fn evidence(
    globals: &Globals,
    method: &str,
    order_id: Uuid,
    photo: &std::path::Path,
) -> Result<Request, Error> {
    let bytes = std::fs::read(photo).map_err(|error| Error::Io(format!("{}: {error}", photo.display())))?;
    let order = globals
        .ask(Request::new(Orders, "GetOrder").field("orderId", order_id))
        .await?;
    let worker = order
        .pointer("/order/assignment/workerId")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let metadata = json!({ "requestId": Uuid::new_v4().to_string(), "orderId": order_id.to_string() });
    let mut messages = vec![json!({ "metadata": metadata })];
    messages.extend(
        bytes
            .chunks(CHUNK)
            .map(|chunk| json!({ "chunk": BASE64_STANDARD.encode(chunk) })),
    );
    let uploaded = globals
        .caller(&format!("worker:{worker}"))?
        .upload(Orders, "UploadPhoto", messages)
        .await?;
    let photo_id = story::text(&uploaded, "/photo/photoId")?;
    Ok(Request::new(Orders, method)
        .field("orderId", order_id)
        .field("photoId", photo_id)
        .by_person("worker", &worker))
}

/// Matching pipelines.
#[derive(Debug, Subcommand)]
pub enum Pipeline {
    /// List pipelines.
    List(Page),
    /// List the built-in steps.
    Steps,
    /// Show a pipeline.
    Show {
        /// Its name.
        name: String,
        /// The version; 0 is the newest.
        #[arg(long, default_value_t = 0)]
        version: i64,
    },
    /// Create the next version from a JSON file: {"name": …, "baseVersion": …, "steps": [{"name":
    /// …, "weight": …}]}.
    Put {
        /// The file; - reads standard input.
        file: PathBuf,
    },
}

impl Pipeline {
    /// Converts the command to a call.
    pub fn request(self) -> Result<Request, Error> {
        Ok(match self {
            Self::List(page) => page.of(Request::new(Orders, "ListPipelines")),
            Self::Steps => Request::new(Orders, "ListBuiltInSteps"),
            Self::Show { name, version } => Request::new(Orders, "GetPipeline")
                .field("name", name)
                .field("version", version),
            Self::Put { file: path } => Request {
                body: file(&path)?,
                ..Request::new(Orders, "PutPipeline")
            },
        })
    }
}
