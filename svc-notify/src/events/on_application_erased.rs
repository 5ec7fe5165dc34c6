//! A candidate's personal data is erased: here, too (H7).

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use onboarding_contract::v1::ApplicationErased;

use super::{applications, wire};
use crate::store;

/// Empties what was written about the application, to the candidate and to managers, and forgets the address.
pub struct OnApplicationErased;

impl On<ApplicationErased> for OnApplicationErased {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<ApplicationErased>,
    ) -> Result<(), Stop> {
        let application_id = &event.message.application_id;
        let candidate = wire::id("application_id", application_id).map_err(Stop::refused)?;
        store::notifications::erase(conn, applications::KIND, application_id, candidate).await?;
        Ok(store::recipients::erase(conn, candidate, event.time).await?)
    }
}
