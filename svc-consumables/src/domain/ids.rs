//! Ids as types: passing a worker's id where a kit's is expected does not compile.

use std::fmt;

conventions::ids! {
    KitId,
    OrderId,
    ClientId,
    WorkerId,
    /// The subject of the employee's tokens.
    EmployeeId,
    ServiceTypeId,
}

/// The code by which service types name a material: `soap`, `microfibre-cloth`. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaterialCode(pub String);

impl fmt::Display for MaterialCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
