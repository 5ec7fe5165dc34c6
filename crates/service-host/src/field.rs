//! Conversion of request fields into domain values. The `buf.validate` rules have checked the
//! fields already. A value that passes these rules but cannot be converted is refused with its
//! field's name.

use std::str::FromStr;

use crate::Refusal;

/// The id in a request's field: `field::id::<OrderId>("order_id", &request.order_id)?`.
///
/// # Errors
/// `INVALID_ARGUMENT` with the field's name if the text is not a UUID.
pub fn id<I: FromStr>(field: &str, text: &str) -> Result<I, Refusal> {
    text.parse()
        .map_err(|_| Refusal::invalid(field, "must be a UUID"))
}

/// The id in a field that may be empty.
///
/// # Errors
/// As [`id`].
pub fn optional_id<I: FromStr>(field: &str, text: &str) -> Result<Option<I>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    id(field, text).map(Some)
}

/// The value of a field that must be set.
///
/// # Errors
/// `INVALID_ARGUMENT` with the field's name if it is missing.
pub fn required<T>(field: &str, value: Option<T>) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::invalid(field, "is required"))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_text_that_is_not_a_uuid_is_refused_with_its_field() {
        for text in ["", "x", "00000000-0000-0000-0000-00000000000"] {
            let refused = id::<Uuid>("worker_id", text).unwrap_err();
            assert!(
                refused.to_string().contains("worker_id: must be a UUID"),
                "{refused}"
            );
        }
        assert!(optional_id::<Uuid>("order_id", "x").is_err());
        assert_eq!(optional_id::<Uuid>("order_id", "").unwrap(), None);
    }
}
