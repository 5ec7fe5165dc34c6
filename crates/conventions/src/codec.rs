//! The server side's codec: decode, then validate, before any handler sees the message.

use std::marker::PhantomData;

use prost::Message;
use prost_protovalidate::Validate;
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder};
use tonic_prost::{ProstCodec, ProstEncoder};
use tonic_types::{ErrorDetails, StatusExt as _};

/// Prost's codec, whose decoder refuses what breaks the message's `buf.validate` rules.
///
/// A request type without rules does not implement [`Validate`] and does not compile here, so that
/// no request is served unchecked. A malformed message is the caller's fault and is refused with
/// `INVALID_ARGUMENT`; prost would answer `INTERNAL`.
#[derive(Debug, Clone)]
pub struct ValidatingCodec<T, U> {
    messages: PhantomData<(T, U)>,
}

impl<T, U> Default for ValidatingCodec<T, U> {
    fn default() -> Self {
        Self {
            messages: PhantomData,
        }
    }
}

impl<T, U> Codec for ValidatingCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Validate + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = ValidatingDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::default().encoder()
    }

    fn decoder(&mut self) -> Self::Decoder {
        ValidatingDecoder { message: PhantomData }
    }
}

/// The decoder of [`ValidatingCodec`].
#[derive(Debug)]
pub struct ValidatingDecoder<U> {
    message: PhantomData<U>,
}

impl<U: Message + Validate + Default> Decoder for ValidatingDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        let message = U::decode(buffer).map_err(|error| {
            Status::with_error_details(
                tonic::Code::InvalidArgument,
                format!("the request is not a valid protobuf message: {error}"),
                ErrorDetails::with_error_info("MALFORMED_REQUEST", "artel", []),
            )
        })?;
        message.validate().map_err(|error| refused(&error))?;
        Ok(Some(message))
    }
}

/// How many violations a refusal names at most. It is sent in HTTP/2 trailers, whose size clients
/// limit.
const MAX_VIOLATIONS: usize = 20;

fn refused(error: &prost_protovalidate::ValidationError) -> Status {
    let mut details = ErrorDetails::with_error_info("INVALID_FIELD", "artel", []);
    let mut texts = Vec::new();
    for violation in error.violations().iter().take(MAX_VIOLATIONS) {
        let text = if violation.message().is_empty() {
            explanation(violation.rule_id())
        } else {
            violation.message()
        };
        texts.push(format!("{}: {text}", violation.field_path()));
        details.add_bad_request_violation(violation.field_path(), text);
    }
    Status::with_error_details(tonic::Code::InvalidArgument, texts.join("; "), details)
}

/// A sentence for rules about a text's format, for which the validation library gives only a rule
/// id.
fn explanation(rule: &str) -> &str {
    match rule {
        "string.uuid" => "must be a UUID",
        "string.email" => "must be an e-mail address",
        "string.uri" => "must be a URI",
        other => other,
    }
}
