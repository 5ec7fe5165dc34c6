//! Somebody who is written to.

use std::str::FromStr;

use uuid::Uuid;

use super::language::Language;

/// The department's own id: it is one recipient, whoever works there.
pub const DEPARTMENT: Uuid = Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0001);

/// What a recipient is to the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Orders services.
    Client,
    /// Performs orders.
    Worker,
    /// Applied for a vacancy; known by the application's id.
    Candidate,
    /// Configures, hires, reviews.
    Manager,
    /// The consumables department as a whole.
    Department,
}

/// No kind of recipient.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no kind of recipient")]
pub struct UnknownKind(String);

impl Kind {
    const ALL: [Self; 5] = [
        Self::Client,
        Self::Worker,
        Self::Candidate,
        Self::Manager,
        Self::Department,
    ];

    /// The word that the database keeps.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Worker => "worker",
            Self::Candidate => "candidate",
            Self::Manager => "manager",
            Self::Department => "department",
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == word)
            .ok_or_else(|| UnknownKind(word.to_owned()))
    }
}

/// Somebody who is written to, as other contexts' events told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The client's, worker's, manager's or application's id, or [`DEPARTMENT`].
    pub id: Uuid,
    /// What they are.
    pub kind: Kind,
    /// As they wrote it.
    pub name: String,
    /// Where to write to.
    pub email: String,
    /// How to write.
    pub language: Language,
}

impl Recipient {
    /// The consumables department, as it is configured.
    pub fn department(email: &str, language: Language) -> Self {
        let name = match language {
            Language::Ru => "Отдел расходников",
            Language::En => "Consumables department",
        };
        Self {
            id: DEPARTMENT,
            kind: Kind::Department,
            name: name.to_owned(),
            email: email.to_owned(),
            language,
        }
    }
}
