//! The contract of the consumables context, generated from `proto/artel/consumables/v1` by
//! `contract-build`.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));
