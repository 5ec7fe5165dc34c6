//! What calls and events write the same way.

use std::collections::BTreeMap;

use consumables_contract::v1 as pb;
pub use conventions::wire::timestamp;

use crate::domain::ids::MaterialCode;
use crate::domain::line::Line;
use crate::store::materials::MaterialRow;

/// Lines on the wire, with the names of their materials.
pub fn items(lines: &[Line], names: &BTreeMap<MaterialCode, MaterialRow>) -> Vec<pb::KitItem> {
    lines
        .iter()
        .map(|line| {
            let row = names.get(&line.material);
            pb::KitItem {
                material_code: line.material.to_string(),
                material_name: row.map(|row| row.name.clone()).unwrap_or_default(),
                unit: row.map(|row| row.unit.clone()).unwrap_or_default(),
                quantity: i64::from(line.needed),
                short: i64::from(line.short()),
            }
        })
        .collect()
}
