//! svc-onboarding: from an application on the public site to a worker in the pool.

pub mod domain;
