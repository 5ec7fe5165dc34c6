//! What calls and events write the same way.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use consumables_contract::v1 as pb;
use prost_types::Timestamp;

use crate::domain::ids::MaterialCode;
use crate::domain::line::Line;
use crate::store::materials::MaterialRow;

/// A time on the wire.
pub fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: time.timestamp(),
        // Below 10^9, or below 2·10^9 in a leap second; both fit.
        nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

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
