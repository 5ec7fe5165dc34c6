//! The contract of the billing context, generated from `proto/artel/billing/v1` by
//! `contract-build`.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));
