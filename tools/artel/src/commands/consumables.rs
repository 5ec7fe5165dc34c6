//! The consumables department.

use clap::Subcommand;
use uuid::Uuid;

use super::{Page, Request};
use crate::contracts::Context::Consumables;

/// Kits. Employees' commands want --as consumables:EMPLOYEE.
#[derive(Debug, Subcommand)]
pub enum Kit {
    /// The queue, earliest slot first; with --order that order's kits.
    List {
        /// Only this order's, in any state.
        #[arg(long)]
        order: Option<Uuid>,
        #[command(flatten)]
        page: Page,
    },
    /// Show one.
    Show {
        /// The kit.
        kit_id: Uuid,
    },
    /// Take one to collect it.
    Take {
        /// The kit.
        kit_id: Uuid,
        /// Also from a colleague.
        #[arg(long)]
        take_over: bool,
    },
    /// Mark that the cookie is in.
    Cookie {
        /// The kit.
        kit_id: Uuid,
    },
    /// Mark one ready.
    Ready {
        /// The kit.
        kit_id: Uuid,
    },
    /// Issue one to its worker.
    Issue {
        /// The kit.
        kit_id: Uuid,
        /// To whom.
        #[arg(long)]
        worker: Uuid,
        /// Why the cookie isn't in, where it isn't.
        #[arg(long, default_value = "")]
        without_cookie: String,
    },
}

impl Kit {
    /// As a call.
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

/// Materials. Employees' commands want --as consumables:EMPLOYEE.
#[derive(Debug, Subcommand)]
pub enum Material {
    /// Make one.
    Create {
        /// Such as soap.
        code: String,
        /// As people call it.
        #[arg(long)]
        name: String,
        /// What is counted.
        #[arg(long, default_value = "piece")]
        unit: String,
        /// Less than so many is low.
        #[arg(long, default_value_t = 0)]
        low_level: i64,
    },
    /// List them with their stock.
    List(Page),
    /// Take a delivery into stock.
    Receive {
        /// The material.
        code: String,
        /// How much.
        quantity: i64,
        /// From where.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Write off what is spoiled.
    WriteOff {
        /// The material.
        code: String,
        /// How much.
        quantity: i64,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Say what a stock-take counted.
    Count {
        /// The material.
        code: String,
        /// How much is there.
        counted: i64,
        /// What was found.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Every movement, newest first.
    Movements {
        /// The material.
        code: String,
        #[command(flatten)]
        page: Page,
    },
}

impl Material {
    /// As a call.
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
    /// Register one.
    Register {
        /// Their name.
        #[arg(long)]
        name: String,
        /// Their id, where their tokens have one already.
        #[arg(long)]
        id: Option<Uuid>,
    },
    /// List them.
    List(Page),
}

impl Employee {
    /// As a call.
    pub fn request(self) -> Request {
        match self {
            Self::Register { name, id } => Request::new(Consumables, "RegisterEmployee")
                .field("name", name)
                .field("employeeId", id),
            Self::List(page) => page.of(Request::new(Consumables, "ListEmployees")),
        }
    }
}
