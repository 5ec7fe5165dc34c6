//! Database errors as refusals.

use std::time::Duration;

use diesel::result::Error;

use super::failure::{Failure, is_away, is_cancelled, is_contention, is_lock_timeout, is_nul};
use crate::Refusal;

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        if is_contention(&error) {
            return Self::conflict(
                "CONTENTION",
                "too many concurrent changes of the same data; try again",
            )
            .retry_after(Duration::from_millis(100))
            .because_of(error);
        }
        if is_away(&error) {
            return Self::unavailable(
                "DATABASE_UNAVAILABLE",
                "the database is away",
                Duration::from_secs(1),
            )
            .because_of(error);
        }
        if is_cancelled(&error) || is_lock_timeout(&error) {
            return Self::unavailable("DATABASE_BUSY", "the database is busy", Duration::from_secs(1))
                .because_of(error);
        }
        if is_nul(&error) {
            return Self::invalid("", "no text may hold the character U+0000").because_of(error);
        }
        Self::internal(error)
    }
}

impl Failure for Refusal {
    fn database(&self) -> Option<&Error> {
        std::error::Error::source(self)?.downcast_ref()
    }
}
