//! Whether somebody works here: a token says that they once did, the register says that they do.

use conventions::Role;
use diesel_async::AsyncPgConnection;
use service_host::Caller;

use crate::domain::ids::EmployeeId;
use crate::error::Error;
use crate::store::employees;

/// The active employee who is calling.
pub(super) async fn employee(conn: &mut AsyncPgConnection, caller: &Caller) -> Result<EmployeeId, Error> {
    let id = EmployeeId(caller.subject_uuid()?);
    if employees::is_active(conn, id).await? {
        Ok(id)
    } else {
        Err(Error::NotAnEmployee)
    }
}

/// Refuses employees who are none any more. Managers and workers are admitted by their roles alone.
pub(super) async fn admit(conn: &mut AsyncPgConnection, caller: &Caller) -> Result<(), Error> {
    if caller.roles().iter().all(|role| *role == Role::Consumables) {
        employee(conn, caller).await?;
    }
    Ok(())
}
