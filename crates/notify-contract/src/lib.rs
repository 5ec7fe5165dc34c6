//! The contract of the notify context, generated from `proto/artel/notify/v1` by `contract-build`.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));
