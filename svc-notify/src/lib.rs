//! svc-notify.
