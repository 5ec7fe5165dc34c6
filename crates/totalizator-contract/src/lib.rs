//! The contract of the totalizator context, generated from `proto/artel/totalizator/v1` by
//! `contract-build`.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));
