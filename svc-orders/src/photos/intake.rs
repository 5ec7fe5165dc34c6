use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::Error;
use crate::domain::photo::{Format, LARGEST};

/// As many bytes as prove any of the formats.
const PROOF: usize = 12;

/// A photo on its way in: never holds more than the largest photo, and refuses what isn't one after its first bytes.
#[derive(Debug, Default)]
pub struct Intake {
    content: Vec<u8>,
}

/// A photo that is acceptable.
#[derive(Debug, Clone)]
pub struct Received {
    /// The bytes.
    pub content: Bytes,
    /// What they prove to be.
    pub format: Format,
    /// Their SHA-256, in hex.
    pub sha256: String,
}

impl Intake {
    /// The next piece.
    pub fn take(&mut self, chunk: &[u8]) -> Result<(), Error> {
        if self.content.len() + chunk.len() > LARGEST {
            return Err(Error::TooLarge);
        }
        self.content.extend_from_slice(chunk);
        if self.content.len() >= PROOF && Format::of(&self.content).is_none() {
            return Err(Error::Format);
        }
        Ok(())
    }

    /// That was all. `expected` is the SHA-256 that the sender gave, in hex; empty where none was given.
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
        let mut intake = Intake::default();
        chunks.iter().try_for_each(|chunk| intake.take(chunk))?;
        intake.finish(expected)
    }

    #[test]
    fn o9_a_photo_may_come_in_any_pieces() {
        for size in [1, 3, 12, 1_000] {
            let chunks: Vec<&[u8]> = PNG.chunks(size).collect();
            let received = taken(&chunks, "").unwrap();
            assert_eq!((received.content.as_ref(), received.format), (PNG, Format::Png));
        }
    }

    #[test]
    fn o9_what_is_no_photo_is_refused_after_its_first_bytes() {
        let mut intake = Intake::default();
        intake.take(b"<html><scr").unwrap();
        assert!(matches!(intake.take(b"ipt>"), Err(Error::Format)));
        assert!(matches!(taken(&[], ""), Err(Error::Empty)));
        assert!(matches!(taken(&[b"\xFF\xD8"], ""), Err(Error::Format)));
    }

    #[test]
    fn o9_a_photo_has_10_mib_at_most() {
        let mut whole = PNG.to_vec();
        whole.resize(LARGEST, 0);
        assert!(taken(&[&whole], "").is_ok());
        assert!(matches!(taken(&[&whole, b"x"], ""), Err(Error::TooLarge)));
    }

    #[test]
    fn o9_a_photo_that_was_bent_on_its_way_is_refused() {
        let sha256 = taken(&[PNG], "").unwrap().sha256;
        assert!(taken(&[PNG], &sha256).is_ok());
        assert!(matches!(taken(&[PNG, b"!"], &sha256), Err(Error::Checksum)));
    }
}
