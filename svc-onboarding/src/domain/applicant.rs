//! Who applies.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The person behind an application. Everything in here is personal data, and goes when the application is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// How they are called.
    pub name: Name,
    /// In whole years.
    pub age: Age,
    /// Where letters go.
    pub email: Email,
    /// What letters are written in.
    pub language: Language,
}

/// A field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Invalid {
    /// The request's field.
    pub field: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Invalid {
    pub(super) fn new(field: impl Into<String>, why: &'static str) -> Self {
        Self {
            field: field.into(),
            why,
        }
    }
}

/// A name as its bearer writes it: 1 to 200 characters, none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Reads a name; blanks around it are dropped.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > 200 {
            return Err(Invalid::new("name", "a name has 1 to 200 characters"));
        }
        // A line break in a name would let an applicant write headers and texts into other people's letters.
        if text.chars().any(char::is_control) {
            return Err(Invalid::new("name", "a name has no control characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An age at which one may work, and is believed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age(u8);

impl Age {
    /// 18 to 100.
    pub fn new(years: i32) -> Result<Self, Invalid> {
        match u8::try_from(years) {
            Ok(years) if (18..=100).contains(&years) => Ok(Self(years)),
            _ => Err(Invalid::new("age", "workers are 18 to 100 years old")),
        }
    }

    /// In whole years.
    pub fn years(self) -> u8 {
        self.0
    }
}

/// The languages that letters are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// Reads `ru` or `en`.
    pub fn parse(code: &str) -> Result<Self, Invalid> {
        match code {
            "ru" => Ok(Self::Ru),
            "en" => Ok(Self::En),
            _ => Err(Invalid::new("language", "letters are written in ru or en")),
        }
    }

    /// `ru` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
}

/// An e-mail address that could be somebody's. Whether it is, the confirmation shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    text: String,
    at: usize,
}

impl Email {
    /// Reads an address; blanks around it are dropped.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let refused = |why| Err(Invalid::new("email", why));
        let text = text.trim();
        if text.len() > 254 || !text.is_ascii() {
            return refused("an address has at most 254 ASCII characters");
        }
        let Some(at) = text.rfind('@') else {
            return refused("an address has an @");
        };
        let (local, domain) = (&text[..at], &text[at + 1..]);
        if local.is_empty() || local.len() > 64 || !local.split('.').all(is_local_word) {
            return refused("what stands before the @ is not a mailbox");
        }
        let labels: Vec<&str> = domain.split('.').collect();
        if labels.len() < 2 || !labels.iter().all(|label| is_domain_label(label)) {
            return refused("what stands after the @ is not a domain");
        }
        Ok(Self {
            text: text.to_owned(),
            at,
        })
    }

    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// One and the same for all the ways of writing one mailbox's address: case, `+tags`, and Gmail's dots.
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

/// Tells persons apart without saying who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PersonKey([u8; 32]);

impl PersonKey {
    /// The digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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
    fn h1_workers_are_of_age() {
        assert_eq!(Age::new(18).unwrap().years(), 18);
        assert_eq!(Age::new(100).unwrap().years(), 100);
        for years in [17, 101, 0, -1, i32::MAX] {
            assert!(Age::new(years).is_err(), "{years}");
        }
    }

    #[test]
    fn h1_addresses_that_could_be_somebodys_are_taken() {
        for email in ["a@b.ru", "John.O'Neil+job@mail.example.com", "x_y-z@a-b.co"] {
            assert!(Email::parse(email).is_ok(), "{email}");
        }
    }

    #[test]
    fn h1_other_addresses_are_refused() {
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
    fn h1_one_mailbox_is_one_person_however_it_is_written() {
        let person = |email: &str| Email::parse(email).unwrap().person();
        assert_eq!(person("Ann.Lee+job@Gmail.com"), person("annlee@googlemail.com"));
        assert_eq!(person("ann+1@example.com"), person("ANN@example.com"));
        assert_ne!(person("ann.lee@example.com"), person("annlee@example.com"));
        assert_ne!(person("+a@example.com"), person("+b@example.com"));
    }
}
