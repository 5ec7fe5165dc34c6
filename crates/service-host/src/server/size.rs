//! How large a message may be.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use crate::Refusal;

/// A message's flag and length, which come before it.
const PREFIX: usize = 5;

/// The body of a request, in which no message is longer than the limit.
///
/// It reads the messages' prefixes, so that a long one is refused before any of it is kept. Generated servers have a
/// setting of their own for this, but each would have to be told, and they answer `OUT_OF_RANGE`.
pub(super) struct Measured {
    body: Body,
    limit: usize,
    /// How much of the next message's prefix has come.
    seen: usize,
    /// The last four bytes of a prefix: the flag before them is shifted out.
    length: u32,
    /// How much of the current message is still to come.
    left: usize,
}

impl Measured {
    pub(super) fn new(body: Body, limit: usize) -> Self {
        Self {
            body,
            limit,
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
            self.seen += prefix.len();
            self.length = prefix
                .iter()
                .fold(self.length, |length, byte| (length << 8) | u32::from(*byte));
            if self.seen == PREFIX {
                self.seen = 0;
                self.left = usize::try_from(self.length).unwrap_or(usize::MAX);
                if self.left > self.limit {
                    return Err(self.refusal());
                }
            }
            data = rest;
        }
        Ok(())
    }

    fn refusal(&self) -> Refusal {
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
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
            && let Err(refusal) = this.measure(data)
        {
            this.body = Body::empty();
            return Poll::Ready(Some(Err(refusal.into())));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
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
            [&[1_u8][..], &prefix, &vec![0xff; *length]].concat()
        };
        lengths.iter().flat_map(message).collect()
    }

    #[test]
    fn messages_are_measured_however_the_wire_cuts_them() {
        let good = wire(&[0, 10, 300, 0, 1000, 1]);
        let bad = wire(&[10, 1001]);
        for piece in [1, 2, 3, 5, 7, 64, 10_000] {
            let measure = |bytes: &[u8]| {
                let mut body = Measured::new(Body::empty(), 1000);
                bytes.chunks(piece).try_for_each(|part| body.measure(part))
            };
            assert!(measure(&good).is_ok(), "in pieces of {piece}");
            assert_eq!(measure(&bad).unwrap_err().reason(), "MESSAGE_TOO_LARGE");
        }
    }

    #[test]
    fn a_long_message_is_refused_before_any_of_it_has_come() {
        let mut body = Measured::new(Body::empty(), 1000);
        assert!(body.measure(&[0, 0, 0, 3]).is_ok());
        assert!(body.measure(&[0xe9]).is_err());
        let mut body = Measured::new(Body::empty(), 1000);
        assert!(body.measure(&[0, 0xff, 0xff, 0xff, 0xff]).is_err());
    }
}
