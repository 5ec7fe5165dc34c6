//! Which event is announced to whom, how letters write its facts, and when a mail is sent again.
//! Pure: no clock, database or network.

pub mod announcement;
pub mod delivery;
pub mod facts;
pub mod ids;
pub mod language;
pub mod notification;
pub mod recipient;
pub mod routing;
