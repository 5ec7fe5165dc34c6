//! One material in one kit.

use crate::domain::ids::{KitId, MaterialCode};

/// How much of one material a kit needs, and how much of it is set aside.
///
/// `returned <= reserved <= needed`. While the kit is open `reserved` pieces are set aside on the shelf; once it is
/// issued they are what the worker took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The kit.
    pub kit: KitId,
    /// The material.
    pub material: MaterialCode,
    /// Pieces that the kit needs.
    pub needed: u32,
    /// Pieces set aside for it, or issued with it.
    pub reserved: u32,
    /// Pieces that the worker brought back after the issue.
    pub returned: u32,
}

impl Line {
    /// A line with nothing set aside yet.
    pub fn new(kit: KitId, material: MaterialCode, needed: u32) -> Self {
        Self {
            kit,
            material,
            needed,
            reserved: 0,
            returned: 0,
        }
    }

    /// Pieces still missing.
    pub fn short(&self) -> u32 {
        self.needed.saturating_sub(self.reserved)
    }
}
