//! Development keys and tokens, in place of an OIDC provider on a developer's machine.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use uuid::Uuid;

use crate::failure::Error;

/// The default lifetime of a development token.
pub const TTL: Duration = Duration::from_hours(1);

const PRIVATE: &str = "private.json";
const PUBLIC: &str = "jwks.json";
/// The fixed beginning of an Ed25519 key in PKCS #8 (RFC 8410); its 32 secret bytes follow.
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// A key that signs development tokens.
pub struct Key {
    id: String,
    secret: EncodingKey,
    issuer: String,
    audience: String,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Stored {
    key_id: String,
    seed: [u8; 32],
    issuer: String,
    audience: String,
}

/// Creates a key in `folder`: `private.json` (secret, file mode 600) and `jwks.json` (for the
/// services). Keeps a key that exists.
pub fn init(folder: &Path, issuer: &str, audience: &str) -> Result<(), Error> {
    let private = folder.join(PRIVATE);
    if private.exists() && folder.join(PUBLIC).exists() {
        return Ok(());
    }
    let io = |error: std::io::Error| Error::Io(format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(io)?;
    let stored = Stored {
        key_id: Uuid::new_v4().to_string(),
        seed: rand::random(),
        issuer: issuer.to_owned(),
        audience: audience.to_owned(),
    };
    let text = serde_json::to_string_pretty(&stored).map_err(|error| Error::Io(error.to_string()))?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(&private)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(io)?;
    let key = Key::from(stored);
    let mut jwk = Jwk::from_encoding_key(&key.secret, Algorithm::EdDSA)
        .map_err(|error| Error::Io(error.to_string()))?;
    jwk.common.key_id = Some(key.id);
    fs::write(folder.join(PUBLIC), json!({ "keys": [jwk] }).to_string()).map_err(io)
}

impl From<Stored> for Key {
    fn from(stored: Stored) -> Self {
        let der = [PKCS8.as_slice(), &stored.seed].concat();
        Self {
            id: stored.key_id,
            secret: EncodingKey::from_ed_der(&der),
            issuer: stored.issuer,
            audience: stored.audience,
        }
    }
}

impl Key {
    /// Reads the key that [`init`] created in `folder`.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(PRIVATE);
        let text = fs::read_to_string(&path).map_err(|error| {
            let path = path.display();
            Error::Io(format!(
                "{path}: {error}\n  → `make up` makes development keys; --keys says where they are"
            ))
        })?;
        let stored: Stored =
            serde_json::from_str(&text).map_err(|error| Error::Io(format!("{}: {error}", path.display())))?;
        Ok(stored.into())
    }

    /// A token for `subject` in these roles (lower case, as in contracts without `ROLE_`).
    pub fn sign(&self, roles: &[String], subject: &str, ttl: Duration) -> Result<String, Error> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let claims = json!({
            "iss": self.issuer, "aud": self.audience, "sub": subject, "roles": roles,
            "iat": now, "exp": now.saturating_add(ttl.as_secs()),
        });
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.id.clone());
        encode(&header, &claims, &self.secret).map_err(|error| Error::Io(format!("signing: {error}")))
    }
}
