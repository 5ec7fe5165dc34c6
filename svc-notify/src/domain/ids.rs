//! Ids as types: passing a notification's id where a recipient's is expected does not compile.

conventions::ids! {
    /// The id of the client, worker, manager or application, or
    /// [`DEPARTMENT`](super::recipient::DEPARTMENT).
    RecipientId,
    /// Also the id of the notification's delivery.
    NotificationId,
}
