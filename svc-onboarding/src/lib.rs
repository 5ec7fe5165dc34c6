//! svc-onboarding.
