//! The issuer's public keys. They are read from a file or a URL at every interval, and at once when
//! a token has an unknown key.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse, ThumbprintHash,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

/// The largest key set, in bytes.
const LARGEST: usize = 1024 * 1024;
/// The shortest time between two reads that unknown keys cause, so that callers cannot flood the
/// issuer.
const SHORTEST_PAUSE: Duration = Duration::from_secs(2);
/// How long one read may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Why the keys could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the keys at {place} cannot be read")]
    Unreadable {
        place: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("the keys at {place} are not a JWKS")]
    Malformed {
        place: String,
        source: serde_json::Error,
    },
    #[error("{place} has no key for signing tokens (EdDSA, ES256, RS256)")]
    Empty { place: String },
}

/// One public key. Its own algorithm applies, not the algorithm that a token names.
pub(super) struct Key {
    pub algorithm: Algorithm,
    pub verifier: DecodingKey,
    /// Identifies the key independently of its name (RFC 7638).
    pub thumbprint: Arc<str>,
}

/// The keys in use.
#[derive(Default)]
pub(super) struct KeySet {
    by_id: HashMap<String, Key>,
    unnamed: Vec<Key>,
    /// The text of the key set, to detect changes.
    text: Vec<u8>,
}

impl KeySet {
    /// The key with this id. A token without an id uses the only key of a set.
    pub(super) fn find(&self, id: Option<&str>) -> Option<&Key> {
        if let Some(id) = id {
            return self.by_id.get(id);
        }
        let mut all = self.by_id.values().chain(&self.unnamed);
        all.next().filter(|_| all.next().is_none())
    }

    /// Whether the set contains this key.
    pub(super) fn holds(&self, thumbprint: &str) -> bool {
        let mut all = self.by_id.values().chain(&self.unnamed);
        all.any(|key| *key.thumbprint == *thumbprint)
    }

    fn is_empty(&self) -> bool {
        self.by_id.is_empty() && self.unnamed.is_empty()
    }

    fn parse(text: Vec<u8>, place: &str) -> Result<Self, Error> {
        #[derive(serde::Deserialize)]
        struct Document {
            keys: Vec<serde_json::Value>,
        }
        let document: Document = serde_json::from_slice(&text).map_err(|source| Error::Malformed {
            place: place.to_owned(),
            source,
        })?;
        let mut keys = Self {
            text,
            ..Self::default()
        };
        // Unusable keys are skipped, because issuers also publish encryption keys and new kinds of
        // keys.
        for jwk in document
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value::<Jwk>(key).ok())
        {
            let Some(key) = usable(&jwk) else { continue };
            match jwk.common.key_id {
                Some(id) => {
                    keys.by_id.entry(id).or_insert(key);
                }
                None => keys.unnamed.push(key),
            }
        }
        if keys.is_empty() {
            return Err(Error::Empty {
                place: place.to_owned(),
            });
        }
        Ok(keys)
    }
}

fn usable(jwk: &Jwk) -> Option<Key> {
    if matches!(&jwk.common.public_key_use, Some(other) if *other != PublicKeyUse::Signature) {
        return None;
    }
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        // 2048 bits are 342 characters of base64url. Shorter keys can be broken.
        AlgorithmParameters::RSA(key) if key.n.len() >= 342 => (Algorithm::RS256, KeyAlgorithm::RS256),
        _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|declared| declared != name) {
        return None;
    }
    let verifier = DecodingKey::from_jwk(jwk).ok()?;
    let thumbprint = jwk.thumbprint(ThumbprintHash::SHA256).ok()?.into();
    Some(Key {
        algorithm,
        verifier,
        thumbprint,
    })
}

/// The result of a read of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Nothing was read, because the last attempt was a moment ago.
    Skipped,
    /// The keys are the same as before.
    Same,
    /// The keys are different from before.
    Changed,
}

enum Source {
    File(PathBuf),
    Url(String, reqwest::Client),
}

/// The keys in use and their source.
pub(super) struct Keys {
    source: Source,
    current: watch::Sender<Arc<KeySet>>,
    /// When the last read began. Locked during a read, so that concurrent calls wait for one read.
    last_read: Mutex<Option<Instant>>,
}

impl Keys {
    pub(super) fn new(place: &str) -> Result<Self, reqwest::Error> {
        let source = if place.starts_with("http://") || place.starts_with("https://") {
            // Several crates bring a TLS provider. Without a choice, rustls panics at the first
            // connection.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let client = reqwest::Client::builder()
                .timeout(TIMEOUT)
                .connect_timeout(Duration::from_secs(2))
                .redirect(reqwest::redirect::Policy::none())
                .build()?;
            Source::Url(place.to_owned(), client)
        } else {
            Source::File(PathBuf::from(place))
        };
        Ok(Self {
            source,
            current: watch::Sender::default(),
            last_read: Mutex::default(),
        })
    }

    pub(super) fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.current.borrow())
    }

    /// The keys in use and all later changes.
    pub(super) fn watch(&self) -> watch::Receiver<Arc<KeySet>> {
        self.current.subscribe()
    }

    pub(super) fn is_loaded(&self) -> bool {
        !self.current().is_empty()
    }

    /// Reads the keys. If that fails, the current keys stay in use.
    pub(super) async fn read(&self) -> Result<Reading, Error> {
        let mut last_read = self.last_read.lock().await;
        *last_read = Some(Instant::now());
        self.read_locked().await
    }

    /// As [`read`](Self::read), but skips the read if the last one was a moment ago.
    pub(super) async fn read_if_stale(&self) -> Result<Reading, Error> {
        let mut last_read = self.last_read.lock().await;
        if last_read.is_some_and(|at| at.elapsed() < SHORTEST_PAUSE) {
            return Ok(Reading::Skipped);
        }
        *last_read = Some(Instant::now());
        self.read_locked().await
    }

    async fn read_locked(&self) -> Result<Reading, Error> {
        let text = self.source.text().await.map_err(|source| Error::Unreadable {
            place: self.source.place(),
            source,
        })?;
        if text == self.current().text {
            return Ok(Reading::Same);
        }
        let keys = KeySet::parse(text, &self.source.place())?;
        self.current.send_replace(Arc::new(keys));
        Ok(Reading::Changed)
    }
}

impl Source {
    fn place(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Url(url, _) => url.clone(),
        }
    }

    async fn text(&self) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
        match self {
            Self::File(path) => {
                let size = tokio::fs::metadata(path).await?.len();
                if size > LARGEST as u64 {
                    return Err("too large".into());
                }
                Ok(tokio::fs::read(path).await?)
            }
            Self::Url(url, client) => {
                let mut response = client.get(url).send().await?.error_for_status()?;
                let mut text = Vec::new();
                while let Some(chunk) = response.chunk().await? {
                    if text.len() + chunk.len() > LARGEST {
                        return Err("too large".into());
                    }
                    text.extend_from_slice(&chunk);
                }
                Ok(text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Keys, Reading};

    const JWKS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    #[tokio::test]
    async fn a_read_after_a_failed_one_is_skipped_and_the_keys_stay_in_use() {
        let place = std::env::temp_dir().join(format!("artel-keys-{}.json", uuid::Uuid::new_v4()));
        std::fs::write(&place, JWKS).unwrap();
        let keys = Keys::new(place.to_str().unwrap()).unwrap();
        assert_eq!(keys.read().await.unwrap(), Reading::Changed);
        assert_eq!(keys.read().await.unwrap(), Reading::Same);
        std::fs::remove_file(&place).unwrap();
        keys.read().await.unwrap_err();
        assert_eq!(keys.read_if_stale().await.unwrap(), Reading::Skipped);
        assert!(keys.is_loaded());
    }
}
