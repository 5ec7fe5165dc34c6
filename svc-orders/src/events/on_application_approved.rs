use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use onboarding_contract::v1::ApplicationApproved;

use super::{required, uuid};
use crate::domain::id::WorkerId;
use crate::domain::worker::{Record, Standing, Worker};
use crate::{clock, store, wire};

/// Lets the hired worker into the pool, once (H5), and has waiting orders matched again (O4).
pub(super) struct OnApplicationApproved;

impl On<ApplicationApproved> for OnApplicationApproved {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<ApplicationApproved>,
    ) -> Result<(), Stop> {
        let approved = &event.message;
        let person = required("candidate", approved.candidate.as_ref())?;
        let worker = Worker {
            id: WorkerId(uuid("worker_id", &approved.worker_id)?),
            name: person.name.clone(),
            email: person.email.clone(),
            language: person.language.clone(),
            standing: Standing::Active,
            age: required("age", u8::try_from(approved.age).ok())?,
            traits: wire::to_traits(&approved.traits),
            record: Record::default(),
            admitted_at: clock::now(),
            version: 1,
        };
        let application = uuid("application_id", &approved.application_id)?;
        if store::workers::admit(conn, &worker, application, &approved.photo).await? {
            store::match_queue::want_all(conn).await?;
        }
        Ok(())
    }
}
