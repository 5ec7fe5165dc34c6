//! The hiring rules, pure: no clock, no network, no database. Everything takes `now` and returns what changed.
//!
//! | module | rule |
//! |---|---|
//! | [`challenge`], [`rate`], [`photo`], [`form`], [`applicant`] | H1: what is refused before it costs anything |
//! | [`secret`] | H1, H3: tokens of which only a hash is kept |
//! | [`application`] | H1–H7: the life of an application |
//! | [`task`], [`test_set`], [`attempt`] | H3: kinds of task, and taking them against the server's clock |
//! | [`scoring`], [`rule`] | H4: scores, traits and what the vacancy's rule recommends |
//! | [`variant`] | H6: which variant of a test set a candidate gets |

pub mod applicant;
pub mod application;
pub mod attempt;
pub mod challenge;
pub mod decimal;
pub mod form;
pub mod happened;
pub mod photo;
pub mod rate;
pub mod rule;
pub mod score;
pub mod scoring;
pub mod secret;
pub mod task;
pub mod test_set;
pub mod vacancy;
pub mod variant;
