//! Evidence photos (O9): told apart by their content, never by their name.

/// The largest photo: 10 MiB.
pub const LARGEST: usize = 10 * 1024 * 1024;

/// The most photos of one order.
pub const MOST: i64 = 20;

/// A format that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
}

impl Format {
    /// All that are accepted.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];

    /// The format that the first bytes prove, if it is an accepted one.
    pub fn of(content: &[u8]) -> Option<Self> {
        match content {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }

    /// The media type, `image/jpeg`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }

    /// What [`Self::media_type`] gave.
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.media_type() == media_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o9_a_photo_is_known_by_its_content() {
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
        for format in Format::ALL {
            assert_eq!(Format::from_media_type(format.media_type()), Some(format));
        }
        assert_eq!(Format::from_media_type("image/gif"), None);
    }
}
