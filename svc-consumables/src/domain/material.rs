//! The catalogue of materials.

use crate::domain::ids::MaterialCode;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    pub code: MaterialCode,
    pub name: String,
    /// The name of one piece: `piece`, `bottle`.
    pub unit: String,
    /// Stock is low while fewer pieces than this are free. 0: never.
    pub low_level: u32,
}

impl Material {
    /// A material that a service type names and the catalogue does not know yet.
    pub fn unnamed(code: MaterialCode) -> Self {
        Self {
            name: code.to_string(),
            unit: "piece".to_owned(),
            low_level: 0,
            code,
        }
    }
}
