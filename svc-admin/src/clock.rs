//! The one place where the time is read. Everything below takes `now`.

use chrono::{DateTime, SubsecRound as _, Utc};

/// Now, to the microsecond: what the database keeps, what was announced and what was answered are the same moment.
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
