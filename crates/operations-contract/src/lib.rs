//! The contract of the operations context, generated from `proto/artel/operations/v1` by
//! `contract-build`.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));
