//! The messages of a request: how large they may be, and whether they are messages at all.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::Refusal;

/// A message's flag and length, which come before it.
const PREFIX: usize = 5;

/// The body of a request, in which no message is longer than the limit, and none cut short, compressed or missing.
///
/// It reads the messages' prefixes, so that a long one is refused before any of it is kept. Generated servers have a
/// setting of their own for this, but each would have to be told, and they answer `OUT_OF_RANGE`; what is no message at
/// all they answer with INTERNAL, as if it were the server's fault.
pub(super) struct Measured {
    body: Body,
    limit: usize,
    /// Is an end without any message as good as one after it?
    may_be_empty: bool,
    /// How much of the next message's prefix has come.
    seen: usize,
    /// The last four bytes of a prefix: the flag before them is shifted out.
    length: u32,
    /// How much of the current message is still to come.
    left: usize,
}

impl Measured {
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

    fn measure(&mut self, mut data: &[u8]) -> Result<(), Refusal> {
        while !data.is_empty() {
            let (message, rest) = data.split_at(self.left.min(data.len()));
            self.left -= message.len();
            let (prefix, rest) = rest.split_at((PREFIX - self.seen).min(rest.len()));
            if self.seen == 0 && prefix.first().is_some_and(|flag| *flag != 0) {
                return Err(Refusal::malformed("compressed messages are not taken"));
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

    /// Nothing more will come.
    fn end(&self) -> Result<(), Refusal> {
        if self.seen > 0 || self.left > 0 {
            return Err(Refusal::malformed("the last message is cut short"));
        }
        if !self.may_be_empty {
            return Err(Refusal::malformed("there is no message"));
        }
        Ok(())
    }

    fn too_large(&self) -> Refusal {
        let (length, limit) = (self.left, self.limit);
        Refusal::exhausted(
            "MESSAGE_TOO_LARGE",
            format!("a message of {length} bytes; at most {limit} are allowed"),
        )
        .with("max_bytes", limit.to_string())
    }
}

impl http_body::Body for Measured {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let checked = match ready!(Pin::new(&mut this.body).poll_frame(context)) {
            Some(Ok(frame)) => match frame.data_ref() {
                Some(data) => this.measure(data),
                None => this.end(),
            }
            .map(|()| Some(Ok(frame))),
            None => this.end().map(|()| None),
            // Whatever could not be read, the caller has sent it.
            Some(Err(status)) if status.code() == Code::Internal => {
                Err(Refusal::malformed("the body can't be read"))
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
        // Where the end itself is at fault, the reader must come and hear of it.
        self.body.is_end_stream() && self.end().is_ok()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use tonic::body::Body;

    use super::Measured;

    /// Messages of these lengths, as they come over the wire.
    fn wire(lengths: &[usize]) -> Vec<u8> {
        let message = |length: &usize| {
            let prefix = u32::try_from(*length).unwrap().to_be_bytes();
            [&[0_u8][..], &prefix, &vec![0xff; *length]].concat()
        };
        lengths.iter().flat_map(message).collect()
    }

    #[test]
    fn messages_are_measured_however_the_wire_cuts_them() {
        let good = wire(&[0, 10, 300, 0, 1000, 1]);
        let bad = wire(&[10, 1001]);
        for piece in [1, 2, 3, 5, 7, 64, 10_000] {
            let measure = |bytes: &[u8]| {
                let mut body = Measured::new(Body::empty(), 1000, false);
                bytes.chunks(piece).try_for_each(|part| body.measure(part))
            };
            assert!(measure(&good).is_ok(), "in pieces of {piece}");
            assert_eq!(measure(&bad).unwrap_err().reason(), "MESSAGE_TOO_LARGE");
        }
    }

    #[test]
    fn a_long_message_is_refused_before_any_of_it_has_come() {
        let mut body = Measured::new(Body::empty(), 1000, false);
        assert!(body.measure(&[0, 0, 0, 3]).is_ok());
        assert!(body.measure(&[0xe9]).is_err());
        let mut body = Measured::new(Body::empty(), 1000, false);
        assert!(body.measure(&[0, 0xff, 0xff, 0xff, 0xff]).is_err());
    }

    #[test]
    fn what_is_no_message_is_the_callers_fault() {
        let ended = |bytes: &[u8], may_be_empty| {
            let mut body = Measured::new(Body::empty(), 1000, may_be_empty);
            body.measure(bytes).and_then(|()| body.end())
        };
        let whole = wire(&[10]);
        for cut in 1..whole.len() {
            assert!(ended(&whole[..cut], true).is_err(), "cut after {cut} bytes");
        }
        assert!(ended(&whole, false).is_ok());
        assert!(ended(&[], true).is_ok(), "an upload of nothing");
        assert!(ended(&[], false).is_err(), "a call without its message");
        assert!(ended(&[1, 0, 0, 0, 0], true).is_err(), "compressed");
        assert!(ended(&[0xff, 0, 0, 0, 0], true).is_err(), "nonsense");
    }
}
