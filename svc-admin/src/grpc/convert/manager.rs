use admin_contract::v1 as pb;
use service_host::field;

use crate::domain::manager::Manager;
use crate::error::Error;
use crate::grpc::Api;
use crate::grpc::entry::Submitted;

impl Submitted<Manager> for pb::Manager {
    fn draft(self, _: &Api) -> Result<Manager, Error> {
        let person = field::required("manager.person", self.person)?;
        Ok(Manager {
            name: person.name,
            email: person.email,
            language: person.language,
            roles: self.roles,
        })
    }
}
