//! The person who applies.

use sha2::{Digest as _, Sha256};
use strum::{AsRefStr, EnumString};

/// The person behind an application. All of it is personal data, and is erased with the
/// application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    pub name: Name,
    pub age: Age,
    pub email: Email,
    /// The language of e-mails to the applicant.
    pub language: Language,
}

/// A request's field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct Invalid {
    pub field: String,
    /// The rule, as a sentence for the caller.
    pub rule: &'static str,
}

impl Invalid {
    pub fn new(field: impl Into<String>, rule: &'static str) -> Self {
        Self {
            field: field.into(),
            rule,
        }
    }
}

/// A name of 1 to 200 characters, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Reads a name and trims it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > 200 {
            return Err(Invalid::new("name", "a name has 1 to 200 characters"));
        }
        // A line break in a name would let an applicant add headers and text to e-mails.
        if text.chars().any(char::is_control) {
            return Err(Invalid::new("name", "a name has no control characters"));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An age of 18 to 100 whole years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age(u8);

impl Age {
    pub fn new(years: i32) -> Result<Self, Invalid> {
        match u8::try_from(years) {
            Ok(years) if (18..=100).contains(&years) => Ok(Self(years)),
            _ => Err(Invalid::new("age", "workers are 18 to 100 years old")),
        }
    }

    pub fn years(self) -> u8 {
        self.0
    }
}

/// The languages of e-mails. The text is the language's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsRefStr, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Language {
    Ru,
    En,
}

impl Language {
    pub fn parse(code: &str) -> Result<Self, Invalid> {
        code.parse()
            .map_err(|_| Invalid::new("language", "e-mails are written in ru or en"))
    }
}

/// A well-formed e-mail address. The confirmation shows whether it belongs to the applicant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    text: String,
    at: usize,
}

impl Email {
    /// Reads an address and trims it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let refused = |rule| Err(Invalid::new("email", rule));
        let text = text.trim();
        if text.len() > 254 || !text.is_ascii() {
            return refused("an address has at most 254 ASCII characters");
        }
        let Some(at) = text.rfind('@') else {
            return refused("an address has an @");
        };
        let (local, domain) = (&text[..at], &text[at + 1..]);
        if local.is_empty() || local.len() > 64 || !local.split('.').all(is_local_word) {
            return refused("the part before the @ is not a mailbox name");
        }
        let labels: Vec<&str> = domain.split('.').collect();
        if labels.len() < 2 || !labels.iter().all(|label| is_domain_label(label)) {
            return refused("the part after the @ is not a domain name");
        }
        Ok(Self {
            text: text.to_owned(),
            at,
        })
    }

    /// The address as the applicant wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A key that is the same for all spellings of one mailbox's address: it ignores case, `+tags`
    /// and Gmail's dots.
    pub fn person(&self) -> PersonKey {
        let local = self.text[..self.at].to_ascii_lowercase();
        let domain = self.text[self.at + 1..].to_ascii_lowercase();
        let mailbox = local
            .split('+')
            .next()
            .filter(|word| !word.is_empty())
            .unwrap_or(&local);
        let normal = match domain.as_str() {
            "gmail.com" | "googlemail.com" => format!("{}@gmail.com", mailbox.replace('.', "")),
            _ => format!("{mailbox}@{domain}"),
        };
        PersonKey(Sha256::digest(normal).into())
    }
}

/// Identifies a person by a digest of the mailbox, so that no address is stored as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PersonKey([u8; 32]);

impl PersonKey {
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn is_local_word(word: &str) -> bool {
    !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
}

fn is_domain_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h1_names_are_trimmed_and_bounded() {
        assert_eq!(
            Name::parse(" Анна-Мария О'Нил ").unwrap().as_str(),
            "Анна-Мария О'Нил"
        );
        for name in ["", "  ", "Eve\nBcc: all@example.com", "a\u{0}b", &"я".repeat(201)] {
            assert!(Name::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn h1_workers_are_18_to_100_years_old() {
        assert_eq!(Age::new(18).unwrap().years(), 18);
        assert_eq!(Age::new(100).unwrap().years(), 100);
        for years in [17, 101, 0, -1, i32::MAX] {
            assert!(Age::new(years).is_err(), "{years}");
        }
    }

    #[test]
    fn h1_well_formed_addresses_are_accepted() {
        for email in ["a@b.ru", "John.O'Neil+job@mail.example.com", "x_y-z@a-b.co"] {
            assert!(Email::parse(email).is_ok(), "{email}");
        }
    }

    #[test]
    fn h1_malformed_addresses_are_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for email in [
            "",
            "a",
            "@b.ru",
            "a@",
            "a@b",
            "a@b..ru",
            ".a@b.ru",
            "a..b@c.ru",
            "a b@c.ru",
            "a@-b.ru",
            "a@b.ru\nBcc: c@d.ru",
            "a@b@c",
            "почта@пример.рф",
            "\"a\"@b.ru",
            &long,
        ] {
            assert!(Email::parse(email).is_err(), "{email:?}");
        }
    }

    #[test]
    fn h1_all_spellings_of_one_mailbox_are_one_person() {
        let person = |email: &str| Email::parse(email).unwrap().person();
        assert_eq!(person("Ann.Lee+job@Gmail.com"), person("annlee@googlemail.com"));
        assert_eq!(person("ann+1@example.com"), person("ANN@example.com"));
        assert_ne!(person("ann.lee@example.com"), person("annlee@example.com"));
        assert_ne!(person("+a@example.com"), person("+b@example.com"));
    }
}
