//! svc-admin.
