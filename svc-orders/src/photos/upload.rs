use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::Error;
use crate::domain::photo::{Format, MAX_SIZE};

/// The number of bytes that identify any of the formats.
const SIGNATURE: usize = 12;

/// The content received so far. Holds at most [`MAX_SIZE`] bytes, and refuses other formats after
/// their first bytes.
#[derive(Debug, Default)]
pub struct Upload {
    content: Vec<u8>,
}

/// An accepted photo.
#[derive(Debug, Clone)]
pub struct Received {
    pub content: Bytes,
    pub format: Format,
    /// In hex.
    pub sha256: String,
}

impl Upload {
    /// Adds the next chunk.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Error> {
        if self.content.len() + chunk.len() > MAX_SIZE {
            return Err(Error::TooLarge);
        }
        self.content.extend_from_slice(chunk);
        if self.content.len() >= SIGNATURE && Format::of(&self.content).is_none() {
            return Err(Error::Format);
        }
        Ok(())
    }

    /// Checks the complete content. `expected` is its SHA-256 in hex; empty if the caller gave
    /// none.
    pub fn finish(self, expected: &str) -> Result<Received, Error> {
        if self.content.is_empty() {
            return Err(Error::Empty);
        }
        let format = Format::of(&self.content).ok_or(Error::Format)?;
        let sha256 = format!("{:x}", Sha256::digest(&self.content));
        if !expected.is_empty() && expected != sha256 {
            return Err(Error::Checksum);
        }
        Ok(Received {
            content: self.content.into(),
            format,
            sha256,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1A\n and then pixels";

    fn taken(chunks: &[&[u8]], expected: &str) -> Result<Received, Error> {
        let mut upload = Upload::default();
        chunks.iter().try_for_each(|chunk| upload.push(chunk))?;
        upload.finish(expected)
    }

    #[test]
    fn o9_a_photo_may_be_sent_in_chunks_of_any_size() {
        for size in [1, 3, 12, 1_000] {
            let chunks: Vec<&[u8]> = PNG.chunks(size).collect();
            let received = taken(&chunks, "").unwrap();
            assert_eq!((received.content.as_ref(), received.format), (PNG, Format::Png));
        }
    }

    #[test]
    fn o9_another_format_is_refused_after_its_first_bytes() {
        let mut upload = Upload::default();
        upload.push(b"<html><scr").unwrap();
        assert!(matches!(upload.push(b"ipt>"), Err(Error::Format)));
        assert!(matches!(taken(&[], ""), Err(Error::Empty)));
        assert!(matches!(taken(&[b"\xFF\xD8"], ""), Err(Error::Format)));
    }

    #[test]
    fn o9_a_photo_may_have_10_mib_at_most() {
        let mut whole = PNG.to_vec();
        whole.resize(MAX_SIZE, 0);
        assert!(taken(&[&whole], "").is_ok());
        assert!(matches!(taken(&[&whole, b"x"], ""), Err(Error::TooLarge)));
    }

    #[test]
    fn o9_a_photo_that_does_not_match_its_checksum_is_refused() {
        let sha256 = taken(&[PNG], "").unwrap().sha256;
        assert!(taken(&[PNG], &sha256).is_ok());
        assert!(matches!(taken(&[PNG, b"!"], &sha256), Err(Error::Checksum)));
    }
}
