//! The people who get notifications.

use super::ids::RecipientId;
use super::language::Language;

/// The consumables department is one recipient with its own id, independent of its employees.
pub const DEPARTMENT: RecipientId =
    RecipientId(uuid::Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0001));

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    Client,
    Worker,
    /// Known by the id of the application.
    Candidate,
    Manager,
    /// The consumables department.
    Department,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub id: RecipientId,
    pub kind: Kind,
    /// One line without control characters.
    pub name: String,
    pub email: String,
    pub language: Language,
}

impl Recipient {
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
