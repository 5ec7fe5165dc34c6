//! Service host.
