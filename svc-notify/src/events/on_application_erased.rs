//! Erases what the service knows about a candidate (H7).

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop, id};
use onboarding_contract::v1::ApplicationErased;

use crate::domain::ids::RecipientId;
use crate::store::{notifications, recipients};

/// Erases the letters about the application, to the candidate and to managers, and the candidate's
/// name and address.
pub struct OnApplicationErased;

impl On<ApplicationErased> for OnApplicationErased {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<ApplicationErased>,
    ) -> Result<(), Stop> {
        let candidate: RecipientId = id("application_id", &event.message.application_id)?;
        notifications::erase(conn, "application", &candidate.to_string(), candidate).await?;
        Ok(recipients::erase(conn, candidate, event.time).await?)
    }
}
