//! What a letter says, apart from the words around it: facts that each language writes in its own way.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use money::{Currency, Money};
use serde::{Deserialize, Serialize};

use super::language::Language;

/// Longest text taken over from an event, in characters. Contracts allow less; what is longer is cut.
const TEXT_CHARS: usize = 4000;

/// One fact. Its JSON form, as in a template's `example.json`: `{"slot": {"start": …, "end": …}}`, `"nothing"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A name, an address, a reason: one line, whatever was written.
    Text(String),
    /// A longer text that keeps its lines.
    Lines(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A moment.
    Time(DateTime<Utc>),
    /// When something is to happen, half-open.
    Slot(Span),
    /// Which days something covers, half-open.
    Period(Span),
    /// A sum.
    Money(Amount),
    /// A page of the company's site, by its path and query.
    Link(String),
    /// Several things of one kind.
    Items(Vec<Facts>),
    /// A fact that this event hasn't got.
    Nothing,
}

/// A half-open interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Included.
    pub start: DateTime<Utc>,
    /// Excluded.
    pub end: DateTime<Utc>,
}

/// Money in a form that JSON can carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawAmount", into = "RawAmount")]
pub struct Amount(pub Money);

#[derive(Serialize, Deserialize)]
struct RawAmount {
    minor_units: i64,
    currency: String,
}

impl TryFrom<RawAmount> for Amount {
    type Error = money::Error;

    fn try_from(raw: RawAmount) -> Result<Self, Self::Error> {
        Ok(Self(Money::new(
            raw.minor_units,
            raw.currency.parse::<Currency>()?,
        )))
    }
}

impl From<Amount> for RawAmount {
    fn from(Amount(money): Amount) -> Self {
        Self {
            minor_units: money.minor_units(),
            currency: money.currency().to_string(),
        }
    }
}

/// The facts of one letter, by the names that its template uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, Fact>);

/// A fact as a template sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Word {
    /// Written out; escaped where the letter is HTML.
    Text(String),
    /// To be written or compared.
    Number(i64),
    /// To be asked.
    Flag(bool),
    /// To be gone through.
    Items(Vec<Words>),
    /// Not there: false when asked.
    Nothing,
}

/// All the words of one letter.
pub type Words = BTreeMap<String, Word>;

/// In which language, on which clock, and where links lead to.
#[derive(Clone, Copy, Debug)]
pub struct Locale<'a> {
    /// The recipient's language.
    pub language: Language,
    /// The company's time zone.
    pub zone: Tz,
    /// The public site's address, without a slash at its end.
    pub site: &'a str,
}

impl Facts {
    /// Adds a fact.
    pub fn with(mut self, name: &str, fact: Fact) -> Self {
        self.0.insert(name.to_owned(), fact);
        self
    }

    /// Adds a text of one line.
    pub fn text(self, name: &str, text: &str) -> Self {
        self.with(name, Fact::Text(text.to_owned()))
    }

    /// The names of the facts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The facts in words.
    pub fn in_words(&self, locale: Locale<'_>) -> Words {
        self.0
            .iter()
            .map(|(name, fact)| (name.clone(), fact.in_words(locale)))
            .collect()
    }
}

impl Fact {
    /// Money, or nothing where there is none.
    pub fn money(amount: Option<Money>) -> Self {
        amount.map_or(Self::Nothing, |amount| Self::Money(Amount(amount)))
    }

    fn in_words(&self, locale: Locale<'_>) -> Word {
        let Locale { language, zone, site } = locale;
        Word::Text(match self {
            Self::Text(text) => one_line(text, TEXT_CHARS),
            Self::Lines(text) => lines(text),
            Self::Number(number) => return Word::Number(*number),
            Self::Flag(flag) => return Word::Flag(*flag),
            Self::Time(at) => language.moment(*at, zone),
            Self::Slot(slot) => language.slot(slot.start, slot.end, zone),
            Self::Period(period) => language.period(period.start, period.end, zone),
            Self::Money(Amount(amount)) => language.money(*amount),
            Self::Link(path) => format!("{site}{path}"),
            Self::Items(items) => {
                return Word::Items(items.iter().map(|item| item.in_words(locale)).collect());
            }
            Self::Nothing => return Word::Nothing,
        })
    }
}

/// The text as one line of at most so many characters. Control characters become spaces: a name with line breaks in it must
/// not start a header or a paragraph of its own.
pub fn one_line(text: &str, chars: usize) -> String {
    let flat: String = text
        .chars()
        .map(|c| if is_hostile(c) || c == '\n' { ' ' } else { c })
        .collect();
    flat.trim().chars().take(chars).collect()
}

fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars()
        .filter(|c| *c == '\n' || !is_hostile(*c))
        .take(TEXT_CHARS)
        .collect()
}

/// Control characters, line and paragraph separators, and the marks that turn the direction of what follows.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The value as a part of a query, percent-encoded but for the characters that RFC 3986 never reserves.
pub fn in_query(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String never fails.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{Facts, Locale, Word, in_query, one_line};
    use crate::domain::language::Language;

    #[test]
    fn hostile_names_stay_on_one_line() {
        assert_eq!(
            one_line("Anna\r\nBcc: x@y\u{2028}\u{202e}!", 100),
            "Anna  Bcc: x@y  !"
        );
        assert_eq!(one_line(&"я".repeat(300), 200).chars().count(), 200);
    }

    #[test]
    fn values_in_links_cannot_leave_their_place() {
        assert_eq!(in_query("a&b=c #/я"), "a%26b%3Dc%20%23%2F%D1%8F");
    }

    #[test]
    fn facts_are_read_from_an_example_and_written_in_the_language() {
        let example = r#"{"price": {"money": {"minor_units": 100, "currency": "RUB"}}, "link": {"link": "/x"}, "no": "nothing"}"#;
        let facts: Facts = serde_json::from_str(example).unwrap();
        let locale = Locale {
            language: Language::En,
            zone: chrono_tz::UTC,
            site: "https://artel.example",
        };
        let words = facts.in_words(locale);
        assert_eq!(words["price"], Word::Text("RUB\u{a0}1.00".into()));
        assert_eq!(words["link"], Word::Text("https://artel.example/x".into()));
        assert_eq!(words["no"], Word::Nothing);
    }
}
