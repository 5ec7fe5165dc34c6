//! Notify: tells people what happened, by mail and in their own feed (N1–N4).

pub mod domain;
pub mod templates;
