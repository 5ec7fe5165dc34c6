use service_host::Refusal;

use crate::domain::photo::{MAX_COUNT, MAX_SIZE};

/// Why a photo is refused, or cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the content is not a JPEG, PNG or WebP image")]
    Format,
    #[error("a photo may have {MAX_SIZE} bytes at most")]
    TooLarge,
    #[error("the photo is empty")]
    Empty,
    #[error("the content does not match the given SHA-256")]
    Checksum,
    #[error("the first message, and no other, must have the metadata")]
    Order,
    #[error("an order may have {MAX_COUNT} photos at most")]
    TooMany,
    #[error("the photo store failed")]
    Store(#[from] object_store::Error),
    /// The setting `ARTEL_PHOTO_STORE` names no store.
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
