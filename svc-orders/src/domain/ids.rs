//! Ids, each of its own type.

conventions::ids! {
    ClientId,
    WorkerId,
    OrderId,
    /// The same in all versions of a service type.
    ServiceTypeId,
    PhotoId,
}
