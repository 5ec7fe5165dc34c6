//! The contract of the onboarding context, generated from `proto/artel/onboarding/v1` by
//! `contract-build`.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));
