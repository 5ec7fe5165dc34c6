//! svc-totalizator.
