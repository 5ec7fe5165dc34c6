//! What calls and jobs share: inside a transaction, with domain and store, and without wire types.

pub mod assess;
pub mod erase;
