//! The consumables department.

use clap::Subcommand;
use uuid::Uuid;

use super::{Page, Request};
use crate::contracts::Context::Consumables;

/// Kits. Commands of employees need --as consumables:EMPLOYEE.
#[derive(Debug, Subcommand)]
pub enum Kit {
    /// List the queue, earliest slot first, or the kits of one order.
    List {
        /// List the kits of this order, in any state.
        #[arg(long)]
        order: Option<Uuid>,
        #[command(flatten)]
        page: Page,
    },
    /// Show a kit.
    Show {
        /// The kit's id.
        kit_id: Uuid,
    },
    /// Take a kit to collect it.
    Take {
        /// The kit's id.
        kit_id: Uuid,
        /// Take it over from a colleague.
        #[arg(long)]
        take_over: bool,
    },
    /// Record that the cookie is in the kit.
    Cookie {
        /// The kit's id.
        kit_id: Uuid,
    },
    /// Mark a kit as ready.
    Ready {
        /// The kit's id.
        kit_id: Uuid,
    },
    /// Issue a kit to its worker.
    Issue {
        /// The kit's id.
        kit_id: Uuid,
        /// The worker's id.
        #[arg(long)]
        worker: Uuid,
        /// The reason why the kit has no cookie.
        #[arg(long, default_value = "")]
        without_cookie: String,
    },
}

impl Kit {
    /// Converts the command to a call.
    pub fn request(self) -> Request {
        let about = |method: &str, id: Uuid| {
            Request::new(Consumables, method)
                .field("kitId", id)
                .by("consumables")
        };
        match self {
            Self::List { order, page } => {
                page.of(Request::new(Consumables, "ListKits").field("orderId", order))
            }
            Self::Show { kit_id } => Request::new(Consumables, "GetKit").field("kitId", kit_id),
            Self::Take { kit_id, take_over } => about("TakeKit", kit_id).field("takeOver", take_over),
            Self::Cookie { kit_id } => about("MarkCookie", kit_id),
            Self::Ready { kit_id } => about("MarkKitReady", kit_id),
            Self::Issue {
                kit_id,
                worker,
                without_cookie,
            } => about("IssueKit", kit_id)
                .field("workerId", worker)
                .field("withoutCookieReason", without_cookie),
        }
    }
}

/// Materials. Commands of employees need --as consumables:EMPLOYEE.
#[derive(Debug, Subcommand)]
pub enum Material {
    /// Create a material.
    Create {
        /// The code, such as soap.
        code: String,
        /// The name.
        #[arg(long)]
        name: String,
        /// The unit.
        #[arg(long, default_value = "piece")]
        unit: String,
        /// The threshold: a lower stock is announced as low.
        #[arg(long, default_value_t = 0)]
        low_level: i64,
    },
    /// List materials with their stock.
    List(Page),
    /// Record a delivery.
    Receive {
        /// The material's code.
        code: String,
        /// The quantity.
        quantity: i64,
        /// The source.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Write off damaged material.
    WriteOff {
        /// The material's code.
        code: String,
        /// The quantity.
        quantity: i64,
        /// The reason.
        #[arg(long)]
        reason: String,
    },
    /// Record the result of a stock-take.
    Count {
        /// The material's code.
        code: String,
        /// The counted quantity.
        counted: i64,
        /// The remark.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// List movements, newest first.
    Movements {
        /// The material's code.
        code: String,
        #[command(flatten)]
        page: Page,
    },
}

impl Material {
    /// Converts the command to a call.
    pub fn request(self) -> Request {
        let by = |method: &str| Request::new(Consumables, method).by("consumables");
        match self {
            Self::Create {
                code,
                name,
                unit,
                low_level,
            } => by("CreateMaterial")
                .field("code", code)
                .field("name", name)
                .field("unit", unit)
                .field("lowLevel", low_level),
            Self::List(page) => page.of(Request::new(Consumables, "ListMaterials")),
            Self::Receive {
                code,
                quantity,
                reason,
            } => by("ReceiveStock")
                .field("materialCode", code)
                .field("quantity", quantity)
                .field("reason", reason),
            Self::WriteOff {
                code,
                quantity,
                reason,
            } => by("WriteOffStock")
                .field("materialCode", code)
                .field("quantity", quantity)
                .field("reason", reason),
            Self::Count {
                code,
                counted,
                reason,
            } => by("CountStock")
                .field("materialCode", code)
                .field("counted", counted)
                .field("reason", reason),
            Self::Movements { code, page } => {
                page.of(Request::new(Consumables, "ListStockMovements").field("materialCode", code))
            }
        }
    }
}

/// Employees.
#[derive(Debug, Subcommand)]
pub enum Employee {
    /// Register an employee.
    Register {
        /// The name.
        #[arg(long)]
        name: String,
        /// The id, if the employee's tokens carry one already.
        #[arg(long)]
        id: Option<Uuid>,
    },
    /// List employees.
    List(Page),
}

impl Employee {
    /// Converts the command to a call.
    pub fn request(self) -> Request {
        match self {
            Self::Register { name, id } => Request::new(Consumables, "RegisterEmployee")
                .field("name", name)
                .field("employeeId", id),
            Self::List(page) => page.of(Request::new(Consumables, "ListEmployees")),
        }
    }
}
