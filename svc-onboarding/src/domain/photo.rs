//! A candidate's photo. Its format is recognised by the content.

use strum::AsRefStr;

use super::applicant::Invalid;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    pub format: Format,
    pub bytes: Vec<u8>,
}

/// The accepted formats. The text is the media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsRefStr)]
pub enum Format {
    #[strum(serialize = "image/jpeg")]
    Jpeg,
    #[strum(serialize = "image/png")]
    Png,
    #[strum(serialize = "image/webp")]
    Webp,
}

/// The largest photo in bytes. The event of the approval contains the photo, and a Kafka message
/// has at most 1 MiB.
pub const MAX_BYTES: usize = 512 * 1024;

impl Photo {
    /// Checks size, signature and end of a file. No bytes are no photo.
    pub fn check(bytes: Vec<u8>) -> Result<Option<Self>, Invalid> {
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.len() > MAX_BYTES {
            return Err(Invalid::new("photo", "a photo has at most 512 KiB"));
        }
        let format = Format::of(&bytes)
            .ok_or_else(|| Invalid::new("photo", "a photo is a complete JPEG, PNG or WebP file"))?;
        Ok(Some(Self { format, bytes }))
    }
}

impl Format {
    /// The format of a complete file. `None` for a truncated one.
    fn of(bytes: &[u8]) -> Option<Self> {
        const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        const PNG_END: &[u8] = b"IEND\xae\x42\x60\x82";
        if bytes.starts_with(PNG_START) && bytes.ends_with(PNG_END) {
            return Some(Self::Png);
        }
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) && bytes.ends_with(&[0xff, 0xd9]) {
            return Some(Self::Jpeg);
        }
        let riff_size = bytes
            .get(4..8)
            .and_then(|size| size.try_into().ok())
            .map(u32::from_le_bytes)?;
        let whole = usize::try_from(riff_size).is_ok_and(|size| size.checked_add(8) == Some(bytes.len()));
        (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") && whole).then_some(Self::Webp)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn format(bytes: &[u8]) -> Option<Format> {
        Photo::check(bytes.to_vec())
            .ok()
            .flatten()
            .map(|photo| photo.format)
    }

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR....IEND\xae\x42\x60\x82";

    #[test]
    fn h1_the_format_of_a_photo_is_recognised_by_its_content() {
        assert_eq!(format(PNG), Some(Format::Png));
        assert_eq!(format(b"\xff\xd8\xff\xe0....\xff\xd9"), Some(Format::Jpeg));
        assert_eq!(format(b"RIFF\x08\0\0\0WEBPVP8 "), Some(Format::Webp));
    }

    #[test]
    fn h1_files_that_are_no_complete_photo_are_refused() {
        for bytes in [
            b"GIF89a".as_slice(),
            b"<svg onload=alert(1)>",
            b"MZ",
            &PNG[..PNG.len() - 1],
            b"\xff\xd8\xff\xe0....",
            b"RIFF\x09\0\0\0WEBPVP8 ",
        ] {
            assert!(Photo::check(bytes.to_vec()).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn h1_a_photo_is_optional_and_bounded() {
        assert_eq!(Photo::check(Vec::new()), Ok(None));
        let mut large = vec![0; MAX_BYTES + 1];
        large[..3].copy_from_slice(&[0xff, 0xd8, 0xff]);
        large[MAX_BYTES - 1..].copy_from_slice(&[0xff, 0xd9]);
        assert!(Photo::check(large).is_err());
    }

    proptest! {
        #[test]
        fn h1_no_file_makes_the_check_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Photo::check(bytes);
        }
    }
}
