//! The contract of the admin context, generated from `proto/artel/admin/v1` by `contract-build`.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));
