//! Checks of request messages: their size and their framing.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::Refusal;

/// The length of the flag and the length before each message, in bytes.
const PREFIX: usize = 5;

/// A request body that fails if a message is longer than the limit, incomplete, compressed or
/// missing.
///
/// It reads the prefixes of the messages, so that a long message is refused before it is stored.
/// Generated servers have their own limit, but it must be set for each server and they answer with
/// `OUT_OF_RANGE`. They also answer malformed messages with INTERNAL, although the caller is at
/// fault.
pub(super) struct CheckedBody {
    body: Body,
    limit: usize,
    /// Whether the body may end without a message.
    may_be_empty: bool,
    /// How many bytes of the next prefix were received.
    seen: usize,
    /// The last four bytes of the prefix. The flag before them is shifted out.
    length: u32,
    /// How many bytes of the current message are still missing.
    left: usize,
}

impl CheckedBody {
    pub(super) fn new(body: Body, limit: usize, may_be_empty: bool) -> Self {
        Self {
            body,
            limit,
            may_be_empty,
            seen: 0,
            length: 0,
            left: 0,
        }
    }

    fn check(&mut self, mut data: &[u8]) -> Result<(), Refusal> {
        while !data.is_empty() {
            let (message, rest) = data.split_at(self.left.min(data.len()));
            self.left -= message.len();
            let (prefix, rest) = rest.split_at((PREFIX - self.seen).min(rest.len()));
            if self.seen == 0 && prefix.first().is_some_and(|flag| *flag != 0) {
                return Err(Refusal::malformed("compressed messages are not supported"));
            }
            self.seen += prefix.len();
            self.length = prefix
                .iter()
                .fold(self.length, |length, byte| (length << 8) | u32::from(*byte));
            if self.seen == PREFIX {
                self.seen = 0;
                self.may_be_empty = true;
                self.left = usize::try_from(self.length).unwrap_or(usize::MAX);
                if self.left > self.limit {
                    return Err(self.too_large());
                }
            }
            data = rest;
        }
        Ok(())
    }

    /// Checks the end of the body.
    fn end(&self) -> Result<(), Refusal> {
        if self.seen > 0 || self.left > 0 {
            return Err(Refusal::malformed("the last message is incomplete"));
        }
        if !self.may_be_empty {
            return Err(Refusal::malformed("the message is missing"));
        }
        Ok(())
    }

    fn too_large(&self) -> Refusal {
        let (length, limit) = (self.left, self.limit);
        Refusal::exhausted(
            "MESSAGE_TOO_LARGE",
            format!("the message has {length} bytes; at most {limit} are allowed"),
        )
        .with("max_bytes", limit.to_string())
    }
}

impl http_body::Body for CheckedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let checked = match ready!(Pin::new(&mut this.body).poll_frame(context)) {
            Some(Ok(frame)) => match frame.data_ref() {
                Some(data) => this.check(data),
                None => this.end(),
            }
            .map(|()| Some(Ok(frame))),
            None => this.end().map(|()| None),
            // The caller sent a body that cannot be read.
            Some(Err(status)) if status.code() == Code::Internal => {
                Err(Refusal::malformed("the body cannot be read"))
            }
            Some(Err(status)) => Ok(Some(Err(status))),
        };
        Poll::Ready(checked.unwrap_or_else(|refusal| {
            this.body = Body::empty();
            (this.seen, this.left, this.may_be_empty) = (0, 0, true);
            Some(Err(refusal.into()))
        }))
    }

    fn is_end_stream(&self) -> bool {
        // If the end is invalid, the reader must poll once more to get the error.
        self.body.is_end_stream() && self.end().is_ok()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use tonic::body::Body;

    use super::CheckedBody;

    /// Messages of these lengths in wire format.
    fn wire(lengths: &[usize]) -> Vec<u8> {
        let message = |length: &usize| {
            let prefix = u32::try_from(*length).unwrap().to_be_bytes();
            [&[0_u8][..], &prefix, &vec![0xff; *length]].concat()
        };
        lengths.iter().flat_map(message).collect()
    }

    #[test]
    fn messages_are_checked_for_all_sizes_of_chunks() {
        let good = wire(&[0, 10, 300, 0, 1000, 1]);
        let bad = wire(&[10, 1001]);
        for piece in [1, 2, 3, 5, 7, 64, 10_000] {
            let check = |bytes: &[u8]| {
                let mut body = CheckedBody::new(Body::empty(), 1000, false);
                bytes.chunks(piece).try_for_each(|part| body.check(part))
            };
            assert!(check(&good).is_ok(), "in chunks of {piece}");
            assert_eq!(check(&bad).unwrap_err().reason(), "MESSAGE_TOO_LARGE");
        }
    }

    #[test]
    fn a_long_message_is_refused_before_any_of_it_is_received() {
        let mut body = CheckedBody::new(Body::empty(), 1000, false);
        assert!(body.check(&[0, 0, 0, 3]).is_ok());
        assert!(body.check(&[0xe9]).is_err());
        let mut body = CheckedBody::new(Body::empty(), 1000, false);
        assert!(body.check(&[0, 0xff, 0xff, 0xff, 0xff]).is_err());
    }

    #[test]
    fn a_malformed_message_is_the_callers_fault() {
        let ended = |bytes: &[u8], may_be_empty| {
            let mut body = CheckedBody::new(Body::empty(), 1000, may_be_empty);
            body.check(bytes).and_then(|()| body.end())
        };
        let whole = wire(&[10]);
        for cut in 1..whole.len() {
            assert!(ended(&whole[..cut], true).is_err(), "cut after {cut} bytes");
        }
        assert!(ended(&whole, false).is_ok());
        assert!(ended(&[], true).is_ok(), "an empty upload");
        assert!(ended(&[], false).is_err(), "a call without its message");
        assert!(ended(&[1, 0, 0, 0, 0], true).is_err(), "compressed");
        assert!(ended(&[0xff, 0, 0, 0, 0], true).is_err(), "nonsense");
    }
}
