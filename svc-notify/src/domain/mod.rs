//! Who is told what: pure, without clock, database or network.

pub mod delivery;
pub mod facts;
pub mod language;
pub mod news;
pub mod notification;
pub mod recipient;
pub mod routing;
