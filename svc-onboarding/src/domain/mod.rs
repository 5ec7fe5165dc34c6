//! The hiring rules. They are pure: no clock, no network, no database. Functions take `now`.
//!
//! | module | rule |
//! |---|---|
//! | [`challenge`], [`rate`], [`photo`], [`form`], [`applicant`] | H1: checks that cost little |
//! | [`secret`] | H1, H3: tokens, of which only a hash is stored |
//! | [`application`], [`event`] | H1–H7: the life of an application |
//! | [`task`], [`test_set`], [`attempt`] | H3: kinds of task, and tests with a time limit |
//! | [`scoring`], [`rule`] | H4: scores, traits and the recommendation of the vacancy's rule |
//! | [`variant`] | H6: which variant of a test set a candidate gets |

pub mod applicant;
pub mod application;
pub mod attempt;
pub mod challenge;
pub mod event;
pub mod form;
pub mod ids;
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
