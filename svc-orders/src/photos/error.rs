use service_host::Refusal;

use crate::domain::photo::{LARGEST, MOST};

/// Why a photo isn't taken, or can't be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not JPEG, PNG or WebP, whatever its name says.
    #[error("the content is not a JPEG, PNG or WebP image")]
    Format,
    /// More than [`LARGEST`].
    #[error("a photo has {LARGEST} bytes at most")]
    TooLarge,
    /// Nothing.
    #[error("the photo is empty")]
    Empty,
    /// The content isn't what the sender meant to send.
    #[error("the content does not have the SHA-256 that was given")]
    Checksum,
    /// Chunks before the metadata, or the metadata twice.
    #[error("the first message, and only that, has the metadata")]
    Order,
    /// The order has as many as it may have.
    #[error("an order has {MOST} photos at most")]
    TooMany,
    /// The object store failed.
    #[error("the photo store failed")]
    Store(#[from] object_store::Error),
    /// The setting names no store.
    #[error("{0} is neither a folder nor s3://bucket")]
    Setting(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let problem = match error {
            Error::Format => "PHOTO_FORMAT",
            Error::TooLarge => "PHOTO_TOO_LARGE",
            Error::Empty => "PHOTO_EMPTY",
            Error::Checksum => "PHOTO_CHECKSUM",
            Error::Order => "PHOTO_ORDER",
            Error::TooMany => return Self::precondition("TOO_MANY_PHOTOS", text),
            Error::Store(source) => {
                tracing::error!(error = %source, "the photo store failed");
                return Self::unavailable("PHOTO_STORE_UNAVAILABLE", text, std::time::Duration::from_secs(1));
            }
            Error::Setting(_) => return Self::internal(error),
        };
        Self::invalid("chunk", text).with("problem", problem)
    }
}
