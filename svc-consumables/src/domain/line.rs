//! One material in one kit.

use crate::domain::ids::KitId;
use crate::domain::material::Material;

/// `returned <= reserved <= needed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub kit: KitId,
    pub material: Material,
    /// Pieces that the kit needs.
    pub needed: u32,
    /// Pieces reserved in stock while the kit is open; after the issue, the pieces issued.
    pub reserved: u32,
    /// Pieces that the worker returned after the issue.
    pub returned: u32,
}

impl Line {
    /// A line with nothing reserved.
    pub fn new(kit: KitId, material: Material, needed: u32) -> Self {
        Self {
            kit,
            material,
            needed,
            reserved: 0,
            returned: 0,
        }
    }

    /// Pieces that are still missing.
    pub fn short(&self) -> u32 {
        self.needed.saturating_sub(self.reserved)
    }
}
