//! An invoice as a document to keep or print (B9).
//!
//! [`Sheet`] decides what stands on it, line by line; `pdf` draws such lines. Everything on it is ASCII, so that the
//! fonts that every reader has suffice.

mod pdf;
mod sheet;

pub use sheet::Sheet;
