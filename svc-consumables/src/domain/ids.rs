//! Ids as types, so that a worker's can't be passed for a kit's.

use std::fmt;

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A kit.
    KitId,
    /// An order, as svc-orders names it.
    OrderId,
    /// A client, as svc-orders names it.
    ClientId,
    /// A worker, as svc-orders names it.
    WorkerId,
    /// An employee of the department: the subject of the employee's tokens.
    EmployeeId,
    /// A service type, as svc-admin names it.
    ServiceTypeId,
}

/// A material, by the code that service types name it with: `soap`, `microfibre-cloth`. Unique for ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaterialCode(pub String);

impl fmt::Display for MaterialCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
