//! Evidence photos (O9): recognised by their content, not by their name.

/// The largest photo: 10 MiB.
pub const MAX_SIZE: usize = 10 * 1024 * 1024;

/// The most photos of one order.
pub const MAX_COUNT: i64 = 20;

/// An accepted format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
pub enum Format {
    #[strum(serialize = "image/jpeg")]
    Jpeg,
    #[strum(serialize = "image/png")]
    Png,
    #[strum(serialize = "image/webp")]
    WebP,
}

impl Format {
    /// The format that the first bytes of the content identify; `None` for any other.
    pub fn of(content: &[u8]) -> Option<Self> {
        match content {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }

    pub fn media_type(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o9_a_photo_is_recognised_by_its_content() {
        assert_eq!(Format::of(b"\xFF\xD8\xFF\xE0rest"), Some(Format::Jpeg));
        assert_eq!(Format::of(b"\x89PNG\r\n\x1A\nrest"), Some(Format::Png));
        assert_eq!(Format::of(b"RIFF\x00\x01\x02\x03WEBPVP8 "), Some(Format::WebP));
        for other in [
            &b""[..],
            b"\xFF\xD8",
            b"GIF89a",
            b"RIFF\x00\x01\x02\x03WAVE",
            b"<svg/>",
            b"MZ\x90",
        ] {
            assert_eq!(Format::of(other), None);
        }
    }

    #[test]
    fn o9_a_media_type_reads_back() {
        for format in [Format::Jpeg, Format::Png, Format::WebP] {
            assert_eq!(format.media_type().parse(), Ok(format));
        }
        assert!("image/gif".parse::<Format>().is_err());
    }
}
