//! The contract of the orders context, generated from `proto/artel/orders/v1` by `contract-build`.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));
