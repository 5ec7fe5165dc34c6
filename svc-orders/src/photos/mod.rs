//! The store of evidence photos (O9), a local folder or S3, and the check of uploads.

mod error;
mod object_store;
mod upload;

pub use error::Error;
pub use object_store::PhotoStore;
pub use upload::{Received, Upload};
