use conventions::wire;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop, id, required};
use onboarding_contract::v1::ApplicationApproved;
use service_host::Clock;

use crate::domain::worker::{Admission, Record, Standing, Worker};

/// Admits the hired worker to the pool, once (H5). Queued orders are matched again (O4).
pub(super) struct OnApplicationApproved {
    pub(super) clock: Clock,
}

impl On<ApplicationApproved> for OnApplicationApproved {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<ApplicationApproved>,
    ) -> Result<(), Stop> {
        let approved = &event.message;
        let person = required("candidate", approved.candidate.as_ref())?;
        let worker = Worker {
            id: id("worker_id", &approved.worker_id)?,
            name: person.name.clone(),
            email: person.email.clone(),
            language: person.language.clone(),
            standing: Standing::Active,
            age: required("age", u8::try_from(approved.age).ok())?,
            traits: wire::to_traits(&approved.traits),
            record: Record::default(),
            admitted_at: self.clock.now(),
            version: 1,
        };
        let admission = Admission {
            worker,
            application: id("application_id", &approved.application_id)?,
            portrait: approved.photo.clone(),
        };
        messaging::save(conn, &admission).await?;
        Ok(())
    }
}
