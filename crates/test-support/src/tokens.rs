//! Tokens of any kind, valid and invalid, signed with a key of the test's own.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use conventions::Role;
use jsonwebtoken::crypto::sign;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use uuid::Uuid;

/// How long the tokens of the shorthands are valid.
const HOUR: Duration = Duration::from_hours(1);
/// The default `iss` and `aud` of tokens.
const NAME: &str = "artel-test";

/// An issuer of tokens for one test: a new Ed25519 key, and a file with its JWKS that is deleted
/// with this value.
pub struct Tokens {
    folder: PathBuf,
    jwks: PathBuf,
    /// `iss` and `aud`.
    name: &'static str,
    key: Mutex<Key>,
}

/// A token that must be refused.
#[derive(Debug, Clone)]
pub struct BadToken {
    /// What is wrong with it.
    pub what: &'static str,
    /// The reason that the refusal must give.
    pub reason: &'static str,
    /// The token.
    pub token: String,
}

struct Key {
    id: String,
    secret: EncodingKey,
}

impl Key {
    fn fresh() -> Self {
        // An Ed25519 key in PKCS #8: a fixed beginning, then 32 random bytes.
        let mut der = vec![
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ];
        der.extend(rand::random::<[u8; 32]>());
        Self {
            id: Uuid::new_v4().to_string(),
            secret: EncodingKey::from_ed_der(&der),
        }
    }

    fn public(&self) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.secret, Algorithm::EdDSA).expect("it is an Ed25519 key");
        jwk.common.key_id = Some(self.id.clone());
        jwk
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.id.clone());
        encode(&header, claims, &self.secret).expect("claims are JSON")
    }
}

impl Tokens {
    /// A new issuer.
    #[allow(clippy::new_without_default, reason = "it writes a file")]
    pub fn new() -> Self {
        Self::of(NAME)
    }

    /// A new issuer whose tokens have this name as `iss` and `aud`.
    pub fn of(name: &'static str) -> Self {
        let folder = std::env::temp_dir().join(format!("artel-test-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&folder).expect("the folder for temporary files is writable");
        let tokens = Self {
            jwks: folder.join("jwks.json"),
            folder,
            name,
            key: Mutex::new(Key::fresh()),
        };
        tokens.withdraw();
        tokens
    }

    /// The file with the public keys.
    pub fn jwks_path(&self) -> &Path {
        &self.jwks
    }

    /// The `iss` of the tokens.
    pub fn issuer(&self) -> &'static str {
        self.name
    }

    /// The `aud` of the tokens.
    pub fn audience(&self) -> &'static str {
        self.name
    }

    /// A token with these roles that is valid for `ttl` from now.
    #[allow(clippy::needless_pass_by_value, reason = "ids are given as they are")]
    pub fn sign(&self, roles: &[Role], subject: impl ToString, ttl: Duration) -> String {
        let mut claims = self.claims(&subject);
        claims["exp"] = json!(now() + ttl.as_secs());
        claims["roles"] = roles.iter().map(|role| role.claim()).collect();
        self.with_key(|key| key.sign(&claims))
    }

    /// A client's token.
    pub fn client(&self, id: impl ToString) -> String {
        self.sign(&[Role::Client], id, HOUR)
    }

    /// A worker's token.
    pub fn worker(&self, id: impl ToString) -> String {
        self.sign(&[Role::Worker], id, HOUR)
    }

    /// A candidate's token.
    pub fn candidate(&self, id: impl ToString) -> String {
        self.sign(&[Role::Candidate], id, HOUR)
    }

    /// A manager's token.
    pub fn manager(&self, id: impl ToString) -> String {
        self.sign(&[Role::Manager], id, HOUR)
    }

    /// The token of a manager who reviews quality.
    pub fn quality(&self, id: impl ToString) -> String {
        self.sign(&[Role::Manager, Role::Quality], id, HOUR)
    }

    /// The token of an employee of the consumables department.
    pub fn consumables(&self, id: impl ToString) -> String {
        self.sign(&[Role::Consumables], id, HOUR)
    }

    /// A root manager's token.
    pub fn root(&self, id: impl ToString) -> String {
        self.sign(&[Role::Manager, Role::Root], id, HOUR)
    }

    /// Another program's token.
    pub fn service(&self, name: &str) -> String {
        self.sign(&[Role::Service], name, HOUR)
    }

    /// Begins to use a new key and removes the old one from the file.
    pub fn rotate(&self) {
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = Key::fresh();
        self.withdraw();
    }

    /// Begins to use a new key. The old one stays in the file until [`withdraw`](Self::withdraw).
    pub fn introduce(&self) {
        let new = Key::fresh();
        let old = self.with_key(Key::public);
        self.publish(&[old, new.public()]);
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = new;
    }

    /// Removes all keys from the file except the one in use.
    pub fn withdraw(&self) {
        self.publish(&[self.with_key(Key::public)]);
    }

    /// One token of a manager for every reason to refuse it.
    pub fn bad(&self) -> Vec<BadToken> {
        const INVALID: &str = "TOKEN_INVALID";
        let with = |claim: &str, value: Value| {
            let mut claims = self.claims(&Uuid::new_v4());
            claims[claim] = value;
            self.with_key(|key| key.sign(&claims))
        };
        let without = |claim: &str| {
            let mut claims = self.claims(&Uuid::new_v4());
            claims
                .as_object_mut()
                .expect("claims are an object")
                .remove(claim);
            self.with_key(|key| key.sign(&claims))
        };
        let good = with("iat", json!(now()));
        let stranger = Key::fresh();
        let forger = Key {
            id: self.with_key(|key| key.id.clone()),
            secret: Key::fresh().secret,
        };
        let pathfinder = Key {
            id: "../../../etc/ssl/private/jwks.json".to_owned(),
            secret: Key::fresh().secret,
        };
        let claims = self.claims(&Uuid::new_v4());
        let bad = |what, reason, token| BadToken { what, reason, token };
        vec![
            bad("expired", "TOKEN_EXPIRED", with("exp", json!(now() - 60))),
            bad("not valid yet", INVALID, with("nbf", json!(now() + 600))),
            bad("of another issuer", INVALID, with("iss", json!("somebody"))),
            bad("for another audience", INVALID, with("aud", json!("somebody"))),
            bad("without an end", INVALID, without("exp")),
            bad("without an issuer", INVALID, without("iss")),
            bad("without an audience", INVALID, without("aud")),
            bad("without a subject", INVALID, without("sub")),
            bad("with an empty subject", INVALID, with("sub", json!(""))),
            bad(
                "with roles that are no list",
                INVALID,
                with("roles", json!("manager")),
            ),
            bad("signed with an unknown key", INVALID, stranger.sign(&claims)),
            bad(
                "signed with another key under a known name",
                INVALID,
                forger.sign(&claims),
            ),
            bad("with the algorithm none", INVALID, self.unsigned(&claims)),
            bad(
                "signed by HMAC with the public key",
                INVALID,
                self.confused(&claims),
            ),
            bad("changed after signing", INVALID, self.tampered(&good)),
            bad("with a claim twice", INVALID, self.with_roles_twice(&claims)),
            bad(
                "whose key's name leads elsewhere",
                INVALID,
                pathfinder.sign(&claims),
            ),
            bad("cut short", INVALID, good[..good.len() - 10].to_owned()),
            bad(
                "longer than 8 KiB",
                INVALID,
                with("roles", json!(vec!["manager"; 1_000])),
            ),
            bad("not a token", INVALID, "nonsense".to_owned()),
        ]
    }

    /// JSON with a duplicate name: some readers use the first value, others the last.
    fn with_roles_twice(&self, claims: &Value) -> String {
        let text = claims.to_string().replacen('{', r#"{"roles":["root"],"#, 1);
        self.with_key(|key| {
            let mut header = Header::new(Algorithm::EdDSA);
            header.kid = Some(key.id.clone());
            let signed = format!(
                "{}.{}",
                base64(&json!(header)),
                BASE64_URL_SAFE_NO_PAD.encode(text)
            );
            let signature = sign(signed.as_bytes(), &key.secret, Algorithm::EdDSA).expect("it can be signed");
            format!("{signed}.{signature}")
        })
    }

    fn unsigned(&self, claims: &Value) -> String {
        let id = self.with_key(|key| key.id.clone());
        let header = json!({ "alg": "none", "typ": "JWT", "kid": id });
        format!("{}.{}.", base64(&header), base64(claims))
    }

    fn confused(&self, claims: &Value) -> String {
        let public = self.with_key(|key| serde_json::to_value(key.public()).expect("a key is JSON"));
        let x = BASE64_URL_SAFE_NO_PAD
            .decode(public["x"].as_str().unwrap_or_default())
            .unwrap_or_default();
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(self.with_key(|key| key.id.clone()));
        encode(&header, claims, &EncodingKey::from_secret(&x)).expect("claims are JSON")
    }

    fn publish(&self, keys: &[Jwk]) {
        let set = json!({ "keys": keys });
        // Readers must never see a partly written file.
        let new = self.folder.join("new");
        std::fs::write(&new, set.to_string()).expect("the folder is writable");
        std::fs::rename(&new, &self.jwks).expect("the folder is writable");
    }

    /// The claims of a manager, valid for one hour.
    fn claims(&self, subject: &impl ToString) -> Value {
        let now = now();
        json!({
            "iss": self.name, "aud": self.name, "sub": subject.to_string(),
            "iat": now, "nbf": now - 1, "exp": now + HOUR.as_secs(), "roles": ["manager"],
        })
    }

    /// The same token with the role of a root manager.
    fn tampered(&self, token: &str) -> String {
        let mut parts = token.split('.');
        let (header, _, signature) = (parts.next(), parts.next(), parts.next());
        let mut claims = self.claims(&Uuid::new_v4());
        claims["roles"] = json!(["root"]);
        format!(
            "{}.{}.{}",
            header.unwrap_or_default(),
            base64(&claims),
            signature.unwrap_or_default()
        )
    }

    fn with_key<T>(&self, read: impl FnOnce(&Key) -> T) -> T {
        read(&self.key.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn base64(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_secs())
}
