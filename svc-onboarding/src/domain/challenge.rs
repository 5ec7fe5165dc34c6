//! Proof of work: an applicant's computer must solve a challenge, so that a flood of applications
//! costs its sender more than this service.
//!
//! An issued challenge is not stored, because it contains its own expiry and difficulty, signed.
//! Only the use of a solved challenge is recorded, so that each can be used once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::ids::VacancyId;

/// Issues challenges and checks their solutions.
#[derive(Clone)]
pub struct Challenges {
    key: Hmac<Sha256>,
    difficulty: Difficulty,
    lifetime: TimeDelta,
}

/// How many leading bits of a solution's digest must be zero. Each further bit doubles the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difficulty(u8);

/// A difficulty that no applicant could solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a difficulty is 0 to 40 bits")]
pub struct TooDifficult;

impl Difficulty {
    /// From 0 bits (no work) to 40 (days of work).
    pub fn new(bits: u8) -> Result<Self, TooDifficult> {
        if bits <= 40 {
            Ok(Self(bits))
        } else {
            Err(TooDifficult)
        }
    }

    pub fn bits(self) -> u8 {
        self.0
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Opaque to the solver: `base64url(id ‖ expiry ‖ difficulty ‖ signature)`.
    pub text: String,
    pub difficulty: Difficulty,
    pub expires_at: DateTime<Utc>,
}

/// A challenge with a correct solution. It can be used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Solved {
    /// Identifies the challenge when its use is recorded.
    pub id: Uuid,
    /// Until when its use must be recorded.
    pub expires_at: DateTime<Utc>,
}

/// Why a challenge or its solution is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("this challenge was not issued for this vacancy")]
    Forged,
    #[error("the challenge has expired; get a new one")]
    Expired,
    #[error("the nonce does not solve the challenge")]
    NotSolved,
}

const BODY: usize = 16 + 8 + 1;
/// Half of the digest is enough for a challenge that is valid for minutes.
const SIGNATURE: usize = 16;

impl Challenges {
    /// Challenges signed with `secret`, which all replicas share.
    pub fn new(secret: &[u8], difficulty: Difficulty, lifetime: TimeDelta) -> Self {
        // HMAC accepts a key of exactly one block without a fallible constructor.
        let mut key = [0; 64];
        let digest = Sha256::new()
            .chain_update(b"artel challenge v1")
            .chain_update(secret)
            .finalize();
        key[..32].copy_from_slice(&digest);
        Self {
            key: Hmac::new(&key.into()),
            difficulty,
            lifetime,
        }
    }

    /// A new challenge with a random id, for an application to one vacancy.
    pub fn issue(&self, id: Uuid, vacancy: VacancyId, now: DateTime<Utc>) -> Challenge {
        let expires_at = now + self.lifetime;
        let mut bytes = Vec::with_capacity(BODY + SIGNATURE);
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&expires_at.timestamp().to_be_bytes());
        bytes.push(self.difficulty.0);
        let signature = self.sign(&bytes, vacancy);
        bytes.extend_from_slice(&signature[..SIGNATURE]);
        Challenge {
            text: URL_SAFE_NO_PAD.encode(bytes),
            difficulty: self.difficulty,
            expires_at,
        }
    }

    /// Checks a solution. The signature is checked first, so that forged challenges cost no further
    /// work.
    pub fn check(
        &self,
        text: &str,
        nonce: u64,
        vacancy: VacancyId,
        now: DateTime<Utc>,
    ) -> Result<Solved, Refused> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refused::Forged)?;
        if bytes.len() != BODY + SIGNATURE {
            return Err(Refused::Forged);
        }
        let (body, signature) = bytes.split_at(BODY);
        self.key
            .clone()
            .chain_update(vacancy.0)
            .chain_update(body)
            .verify_truncated_left(signature)
            .map_err(|_| Refused::Forged)?;
        let (id, rest) = body.split_first_chunk::<16>().ok_or(Refused::Forged)?;
        let (expiry, difficulty) = rest.split_first_chunk::<8>().ok_or(Refused::Forged)?;
        let expires_at = DateTime::from_timestamp(i64::from_be_bytes(*expiry), 0).ok_or(Refused::Forged)?;
        let bits = difficulty.first().copied().ok_or(Refused::Forged)?;
        if zero_bits(text, nonce) < u32::from(bits) {
            return Err(Refused::NotSolved);
        }
        if now >= expires_at {
            return Err(Refused::Expired);
        }
        Ok(Solved {
            id: Uuid::from_bytes(*id),
            expires_at,
        })
    }

    fn sign(&self, body: &[u8], vacancy: VacancyId) -> [u8; 32] {
        self.key
            .clone()
            .chain_update(vacancy.0)
            .chain_update(body)
            .finalize()
            .into_bytes()
            .into()
    }
}

/// The leading zero bits of `SHA-256(challenge text ‖ nonce as 8 bytes, most significant first)`.
fn zero_bits(text: &str, nonce: u64) -> u32 {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(text)
        .chain_update(nonce.to_be_bytes())
        .finalize()
        .into();
    let first = u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default());
    first.leading_zeros()
}

/// The first nonce that solves a challenge. This is the work of a client.
pub fn solve(text: &str, difficulty: Difficulty) -> Option<u64> {
    (0..u64::MAX).find(|nonce| zero_bits(text, *nonce) >= u32::from(difficulty.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VACANCY: VacancyId = VacancyId(Uuid::from_u128(8));

    fn challenges(bits: u8) -> Challenges {
        Challenges::new(b"secret", Difficulty::new(bits).unwrap(), TimeDelta::minutes(10))
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn h1_a_solved_challenge_is_accepted_by_every_replica_that_shares_the_secret() {
        let challenge = challenges(10).issue(Uuid::from_u128(5), VACANCY, at(0));
        let nonce = solve(&challenge.text, challenge.difficulty).unwrap();
        let solved = challenges(10).check(&challenge.text, nonce, VACANCY, at(599));
        assert_eq!(solved.map(|solved| solved.id), Ok(Uuid::from_u128(5)));
    }

    #[test]
    fn h1_an_unsolved_challenge_is_refused() {
        let challenge = challenges(20).issue(Uuid::from_u128(5), VACANCY, at(0));
        let bad = (0..100)
            .find(|nonce| zero_bits(&challenge.text, *nonce) < 20)
            .unwrap();
        assert_eq!(
            challenges(20).check(&challenge.text, bad, VACANCY, at(1)),
            Err(Refused::NotSolved)
        );
    }

    #[test]
    fn h1_an_expired_challenge_is_refused() {
        let challenge = challenges(0).issue(Uuid::from_u128(5), VACANCY, at(0));
        assert!(challenges(0).check(&challenge.text, 0, VACANCY, at(599)).is_ok());
        assert_eq!(
            challenges(0).check(&challenge.text, 0, VACANCY, at(600)),
            Err(Refused::Expired)
        );
    }

    #[test]
    fn h1_a_challenge_with_another_signature_is_refused() {
        let other = Challenges::new(b"guess", Difficulty::new(0).unwrap(), TimeDelta::minutes(10));
        let forged = other.issue(Uuid::from_u128(5), VACANCY, at(0));
        assert_eq!(
            challenges(0).check(&forged.text, 0, VACANCY, at(1)),
            Err(Refused::Forged)
        );
    }

    #[test]
    fn h1_a_changed_challenge_is_refused() {
        let challenge = challenges(20).issue(Uuid::from_u128(5), VACANCY, at(0));
        let bytes = URL_SAFE_NO_PAD.decode(&challenge.text).unwrap();
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            let text = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(
                challenges(20).check(&text, 0, VACANCY, at(1)),
                Err(Refused::Forged),
                "byte {index}"
            );
        }
    }

    #[test]
    fn h1_a_challenge_is_valid_for_its_vacancy_only() {
        let challenge = challenges(0).issue(Uuid::from_u128(5), VACANCY, at(0));
        let other = VacancyId(Uuid::from_u128(9));
        assert_eq!(
            challenges(0).check(&challenge.text, 0, other, at(1)),
            Err(Refused::Forged)
        );
    }

    #[test]
    fn h1_a_difficulty_has_a_bound() {
        assert_eq!(Difficulty::new(41), Err(TooDifficult));
        assert!(Difficulty::new(40).is_ok());
    }

    proptest! {
        #[test]
        fn h1_no_text_makes_the_check_panic(text in "\\PC{0,120}", nonce in any::<u64>()) {
            prop_assert_eq!(challenges(0).check(&text, nonce, VACANCY, at(0)), Err(Refused::Forged));
        }
    }
}
