//! Where evidence photos lie (O9): a local folder, or anything that speaks S3. The content is checked on its way in.

mod error;
mod intake;
mod object_store;

pub use error::Error;
pub use intake::{Intake, Received};
pub use object_store::PhotoStore;
