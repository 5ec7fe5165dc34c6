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

use service_host::Database;

use crate::domain::cookie::Patience;

/// What calls work with.
#[derive(Clone)]
pub struct Api {
    pub db: Database,
    /// How long to wait for a cookie before the kit is ready without one.
    pub patience: Patience,
}

consumables_contract::dispatch!(ConsumablesService for Api);
