//! The calls, one file each.

mod convert;
mod count_stock;
mod create_material;
mod get_kit;
mod get_material;
mod issue_kit;
mod list_employees;
mod list_kits;
mod list_materials;
mod list_stock_movements;
mod mark_cookie;
mod mark_kit_ready;
mod receive_stock;
mod register_employee;
mod request_materials;
mod return_materials;
mod staff;
mod take_kit;
mod update_employee;
mod update_material;
mod watch_kits;
mod write_off_stock;

use service_host::{Clock, Database};

use crate::domain::cookie::RetrySchedule;

/// What calls work with.
#[derive(Clone)]
pub struct Api {
    pub db: Database,
    pub clock: Clock,
    /// When the bakery is called about the cookies of new kits.
    pub schedule: RetrySchedule,
}

consumables_contract::dispatch!(ConsumablesService for Api);
