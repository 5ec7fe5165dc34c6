//! Keys and algorithms confused: a token is believed where its key signed it in that key's own way,
//! and nowhere else, whatever it says of itself.

use std::net::TcpListener;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::crypto::sign;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey};
use serde_json::{Value, json};
use test_support::{Tokens, authorised, eventually, reason_of};
use tonic::Status;
use uuid::Uuid;

use crate::contract::STAFF;
use crate::support::{BOUND, Host, message};

/// What tokens carry as `iss` and `aud`.
const ISSUER: &str = "artel-test";

/// A key that the issuer publishes under this name.
struct Key {
    id: &'static str,
    algorithm: Algorithm,
    secret: EncodingKey,
    /// As X.509 has it.
    der: &'static [u8],
    /// Where the key itself begins in that.
    own: usize,
}

impl Key {
    /// One of each kind that is believed.
    fn all() -> [Self; 3] {
        [
            Self {
                id: "rsa",
                algorithm: Algorithm::RS256,
                secret: EncodingKey::from_rsa_der(include_bytes!("keys/rsa-2048.der")),
                der: include_bytes!("keys/rsa-2048.public.der"),
                own: 24,
            },
            Self {
                id: "elliptic",
                algorithm: Algorithm::ES256,
                secret: EncodingKey::from_ec_der(include_bytes!("keys/ec-p256.der")),
                der: include_bytes!("keys/ec-p256.public.der"),
                own: 27,
            },
            Self {
                id: "edwards",
                algorithm: Algorithm::EdDSA,
                secret: EncodingKey::from_ed_der(include_bytes!("keys/ed25519.der")),
                der: include_bytes!("keys/ed25519.public.der"),
                own: 12,
            },
        ]
    }

    fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.secret, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.to_owned());
        json!(jwk)
    }

    fn header(&self) -> Value {
        json!({ "alg": self.algorithm, "kid": self.id })
    }

    /// Signed as this key signs, under any header.
    fn sign(&self, header: &impl ToString) -> String {
        signed(header, &self.secret, self.algorithm)
    }

    /// The public key in every form in which one can take it for a secret.
    fn taken_for_secrets(&self) -> Vec<EncodingKey> {
        let jwk = self.public();
        let lines = BASE64_STANDARD.encode(self.der);
        let lines: Vec<_> = lines.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
            lines.join("\n")
        );
        let number = ["n", "x"].iter().find_map(|name| jwk[name].as_str()).unwrap();
        let forms = [
            self.der.to_vec(),
            self.der[self.own..].to_vec(),
            pem.clone().into_bytes(),
            format!("{pem}\n").into_bytes(),
            BASE64_URL_SAFE_NO_PAD.decode(number).unwrap(),
            number.as_bytes().to_vec(),
            jwk.to_string().into_bytes(),
            vec![],
        ];
        forms.iter().map(|form| EncodingKey::from_secret(form)).collect()
    }
}

/// A manager's token, put together by hand: the header needn't be how it is signed.
fn signed(header: &impl ToString, secret: &EncodingKey, algorithm: Algorithm) -> String {
    let text = unsigned(header);
    let signature = sign(text.as_bytes(), secret, algorithm).unwrap();
    format!("{text}.{signature}")
}

fn unsigned(header: &impl ToString) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({
        "iss": ISSUER, "aud": ISSUER, "sub": Uuid::new_v4(), "exp": now + 600, "roles": ["manager"],
    });
    [header.to_string(), claims.to_string()]
        .map(|part| BASE64_URL_SAFE_NO_PAD.encode(part))
        .join(".")
}

/// A server whose issuer publishes these keys.
struct House {
    host: Host,
    _database: test_support::Database,
}

impl House {
    async fn open(keys: &[Value], known: &Key) -> Self {
        let tokens = Tokens::of(ISSUER);
        std::fs::write(tokens.jwks_path(), json!({ "keys": keys }).to_string()).unwrap();
        let database = crate::support::fresh_database().await;
        let config = crate::support::Config::new(database.url(), &tokens, &[]);
        let house = Self {
            host: Host::start_from(config, tokens).await,
            _database: database,
        };
        let token = known.sign(&known.header());
        eventually(BOUND, async || house.call(&token).await).await;
        house
    }

    async fn call(&self, token: &str) -> Result<(), Status> {
        let request = authorised(message(Uuid::new_v4(), "who"), token);
        self.host.call(STAFF, request).await.map(drop)
    }

    async fn refuses(&self, token: &str, what: &str) {
        let refused = self.call(token).await.expect_err(what);
        assert_eq!(reason_of(&refused), "TOKEN_INVALID", "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_each_kind_is_believed_in_its_own_way_and_in_no_other() {
    let keys = Key::all();
    let house = House::open(&keys.each_ref().map(Key::public), &keys[0]).await;
    let families = [AlgorithmFamily::Rsa, AlgorithmFamily::Ec, AlgorithmFamily::Ed];
    let ways = || families.iter().flat_map(AlgorithmFamily::algorithms).copied();
    for named in &keys {
        for key in &keys {
            for way in ways() {
                let header = json!({ "alg": way, "kid": named.id });
                let text = unsigned(&header);
                // A key of one kind can't sign as another kind does.
                let Ok(signature) = sign(text.as_bytes(), &key.secret, way) else {
                    assert_ne!(way, key.algorithm);
                    continue;
                };
                let token = format!("{text}.{signature}");
                let what = format!("{header}, signed with {} by {way:?}", key.id);
                if key.id == named.id && way == key.algorithm {
                    house.call(&token).await.expect(&what);
                } else {
                    house.refuses(&token, &what).await;
                }
            }
        }
        for (form, secret) in named.taken_for_secrets().iter().enumerate() {
            for way in AlgorithmFamily::Hmac.algorithms() {
                let header = json!({ "alg": way, "kid": named.id });
                let token = signed(&header, secret, *way);
                house.refuses(&token, &format!("{header}, form {form}")).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_header_says_makes_up_for_its_key_and_algorithm() {
    let keys = Key::all();
    let house = House::open(&keys.each_ref().map(Key::public), &keys[0]).await;
    let [rsa, elliptic, edwards] = &keys;
    for key in [elliptic, edwards] {
        let (own, id) = (json!(key.algorithm), key.id);
        let mut lies: Vec<String> = [
            "none", "None", "NONE", "", " ", "HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "ES384",
            "ES512", "EdDSA", "es256", "eddsa", "ES256 ", "Ed25519",
        ]
        .into_iter()
        .filter(|alg| own != *alg)
        .map(|alg| json!({ "alg": alg, "kid": id }).to_string())
        .collect();
        lies.extend(
            [
                json!({ "kid": id }),
                json!({ "alg": null, "kid": id }),
                json!({ "alg": [own], "kid": id }),
                // Which key, when there are several.
                json!({ "alg": own }),
                json!({ "alg": own, "kid": null }),
                json!({ "alg": own, "kid": "" }),
                json!({ "alg": own, "kid": [id] }),
                json!({ "alg": own, "kid": format!("{id} ") }),
                json!({ "alg": own, "kid": rsa.id }),
                // What a reader would have to understand, and doesn't.
                json!({ "alg": own, "kid": id, "crit": [] }),
                json!({ "alg": own, "kid": id, "crit": ["exp"], "exp": 0 }),
                json!({ "alg": own, "kid": id, "crit": ["b64"], "b64": false }),
            ]
            .map(|lie| lie.to_string()),
        );
        // One reader takes the first, another the last.
        lies.push(format!(r#"{{"alg":"none","alg":{own},"kid":"{id}"}}"#));
        lies.push(format!(r#"{{"alg":{own},"kid":"{}","kid":"{id}"}}"#, rsa.id));
        lies.push(format!(r#"[{own},"{id}"]"#));
        lies.push(String::new());
        for lie in lies {
            house.refuses(&key.sign(&lie), &lie).await;
            house.refuses(&format!("{}.", unsigned(&lie)), &lie).await;
        }
        let bare = unsigned(&key.header());
        for signature in ["", ".", "..", ".AAAA", ".e30.", ".="] {
            house.refuses(&format!("{bare}{signature}"), signature).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_a_token_brings_along_is_neither_believed_nor_fetched() {
    let [known, forger, _] = Key::all();
    let house = House::open(&[known.public()], &known).await;
    let own = TcpListener::bind("127.0.0.1:0").unwrap();
    own.set_nonblocking(true).unwrap();
    let url = format!("http://{}/jwks.json", own.local_addr().unwrap());
    let certificate = BASE64_STANDARD.encode(forger.der);
    for kid in [json!(known.id), json!(forger.id), json!(url), Value::Null] {
        for (name, brought) in [
            ("jwk", forger.public()),
            ("jku", json!(url)),
            ("x5u", json!(url)),
            ("x5c", json!([certificate])),
        ] {
            let mut header = json!({ "alg": forger.algorithm, name: brought });
            if !kid.is_null() {
                header["kid"] = kid.clone();
            }
            house.refuses(&forger.sign(&header), &header.to_string()).await;
        }
    }
    let asked = own.accept().map(|(_, who)| who);
    assert_eq!(asked.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_a_keys_name_is_believed_where_there_is_only_one_key() {
    let [_, known, _] = Key::all();
    let mut unnamed = known.public();
    unnamed.as_object_mut().unwrap().remove("kid");
    let house = House::open(&[known.public()], &known).await;
    let token = known.sign(&json!({ "alg": known.algorithm }));
    house.call(&token).await.unwrap();
    drop(house);
    // The same key without a name of its own is another: which of the two is meant?
    let house = House::open(&[known.public(), unnamed], &known).await;
    house.refuses(&token, "no name, two keys").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_keys_by_one_name_the_first_is_meant_and_secrets_or_keys_for_other_use_are_nobodys() {
    let [rsa, elliptic, edwards] = Key::all();
    let with = |key: &Key, changes: Value| {
        let mut public = key.public();
        for (name, value) in changes.as_object().unwrap() {
            public[name] = value.clone();
        }
        public
    };
    let secret = EncodingKey::from_secret(b"published by mistake");
    let shared = BASE64_URL_SAFE_NO_PAD.encode(b"published by mistake");
    let published = [
        elliptic.public(),
        with(&edwards, json!({ "kid": elliptic.id })),
        with(&edwards, json!({ "kid": "encrypts", "use": "enc" })),
        with(&rsa, json!({ "kid": "pss", "alg": "PS256" })),
        with(&rsa, json!({ "kid": "hmac", "alg": "HS256" })),
        json!({ "kty": "oct", "k": shared, "kid": "secret", "alg": "HS256" }),
    ];
    let house = House::open(&published, &elliptic).await;
    let header = |alg: Algorithm, kid: &str| json!({ "alg": alg, "kid": kid });
    for token in [
        edwards.sign(&header(Algorithm::EdDSA, elliptic.id)),
        edwards.sign(&header(Algorithm::EdDSA, "encrypts")),
        rsa.sign(&header(Algorithm::RS256, "pss")),
        signed(&header(Algorithm::PS256, "pss"), &rsa.secret, Algorithm::PS256),
        rsa.sign(&header(Algorithm::RS256, "hmac")),
        signed(&header(Algorithm::HS256, "secret"), &secret, Algorithm::HS256),
    ] {
        house.refuses(&token, &token).await;
    }
    house.call(&elliptic.sign(&elliptic.header())).await.unwrap();
}
