//! Whether a caller is an active employee. The register decides, because a token stays valid after
//! an employee has left.

use consumables_contract::METHODS;
use conventions::Role;
use diesel_async::AsyncPgConnection;
use service_host::Caller;

use crate::domain::ids::EmployeeId;
use crate::error::Error;
use crate::store::employees;

/// The calling employee, if active.
pub(super) async fn employee(conn: &mut AsyncPgConnection, caller: &Caller) -> Result<EmployeeId, Error> {
    let id = EmployeeId(caller.subject_uuid()?);
    if employees::is_active(conn, id).await? {
        Ok(id)
    } else {
        Err(Error::NotAnEmployee)
    }
}

/// Refuses inactive employees. A caller whom the method admits as other staff, such as a manager,
/// is admitted by that role alone.
pub(super) async fn admit(conn: &mut AsyncPgConnection, caller: &Caller) -> Result<(), Error> {
    if is_admitted_as_employee(caller) {
        employee(conn, caller).await?;
    }
    Ok(())
}

/// Whether the method admits the caller as an employee of the department and as no other staff. The
/// role of a worker admits to own kits only.
fn is_admitted_as_employee(caller: &Caller) -> bool {
    let admitted: Vec<Role> = METHODS
        .iter()
        .filter(|method| method.path == caller.method())
        .flat_map(|method| method.roles)
        .copied()
        .filter(|role| caller.has(*role))
        .collect();
    admitted.contains(&Role::Consumables)
        && admitted
            .iter()
            .all(|role| matches!(role, Role::Consumables | Role::Worker))
}
