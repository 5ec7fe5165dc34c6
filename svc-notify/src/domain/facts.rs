//! The facts of a letter. Each language writes them its own way.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use money::{Currency, Money};
use serde::{Deserialize, Serialize};

use super::language::Language;

/// The longest text taken from an event, in characters. Contracts allow less; a longer text is cut.
const MAX_TEXT: usize = 4000;

/// One fact. In JSON, as in a template's `example.json`: `{"slot": {"start": …, "end": …}}`,
/// `"nothing"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A name, an address or a reason, shown on one line.
    Text(String),
    /// A longer text that keeps its line breaks.
    Lines(String),
    Number(i64),
    Flag(bool),
    Time(DateTime<Utc>),
    /// A half-open interval, shown with times.
    Slot(Span),
    /// A half-open interval, shown as days.
    Period(Span),
    Money(Amount),
    /// The path and query of a page of the company's site.
    Link(String),
    /// A list of things of one kind.
    Items(Vec<Facts>),
    /// The event does not have this fact.
    Nothing,
}

/// A half-open interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// Money that can be read from JSON.
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

/// The facts of one letter, by their names in the template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, Fact>);

/// A fact in the form in which a template uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Escaped in HTML.
    Text(String),
    Number(i64),
    Flag(bool),
    Items(Vec<Values>),
    /// False in a condition.
    Nothing,
}

/// The facts of one letter as its template uses them.
pub type Values = BTreeMap<String, Value>;

/// How facts are written.
#[derive(Clone, Copy, Debug)]
pub struct Locale<'a> {
    pub language: Language,
    /// The company's time zone.
    pub zone: Tz,
    /// The URL of the public site, without a slash at the end.
    pub site: &'a str,
}

impl Facts {
    pub fn with(mut self, name: &str, fact: Fact) -> Self {
        self.0.insert(name.to_owned(), fact);
        self
    }

    pub fn text(self, name: &str, text: &str) -> Self {
        self.with(name, Fact::Text(text.to_owned()))
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub fn values(&self, locale: Locale<'_>) -> Values {
        self.0
            .iter()
            .map(|(name, fact)| (name.clone(), fact.value(locale)))
            .collect()
    }
}

impl Fact {
    fn value(&self, locale: Locale<'_>) -> Value {
        let Locale { language, zone, site } = locale;
        Value::Text(match self {
            Self::Text(text) => one_line(text, MAX_TEXT),
            Self::Lines(text) => lines(text),
            Self::Number(number) => return Value::Number(*number),
            Self::Flag(flag) => return Value::Flag(*flag),
            Self::Time(at) => language.time(*at, zone),
            Self::Slot(slot) => language.slot(slot.start, slot.end, zone),
            Self::Period(period) => language.period(period.start, period.end, zone),
            Self::Money(Amount(amount)) => language.money(*amount),
            Self::Link(path) => format!("{site}{path}"),
            Self::Items(items) => {
                return Value::Items(items.iter().map(|item| item.values(locale)).collect());
            }
            Self::Nothing => return Value::Nothing,
        })
    }
}

/// The text as one line of at most `chars` characters. Control characters become spaces, because a
/// name with line breaks could start a header or a paragraph of its own.
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
        .take(MAX_TEXT)
        .collect()
}

/// Control characters, line and paragraph separators, and marks that change the direction of text.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The value as a part of a query. All but the unreserved characters of RFC 3986 are
/// percent-encoded.
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
    use super::{Facts, Locale, Value, in_query, one_line};
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
    fn values_in_links_cannot_end_their_parameter() {
        assert_eq!(in_query("a&b=c #/я"), "a%26b%3Dc%20%23%2F%D1%8F");
    }

    #[test]
    fn facts_of_an_example_are_written_in_the_language() {
        let example = r#"{"price": {"money": {"minor_units": 100, "currency": "RUB"}}, "link": {"link": "/x"}, "no": "nothing"}"#;
        let facts: Facts = serde_json::from_str(example).unwrap();
        let locale = Locale {
            language: Language::En,
            zone: chrono_tz::UTC,
            site: "https://artel.example",
        };
        let values = facts.values(locale);
        assert_eq!(values["price"], Value::Text("RUB\u{a0}1.00".into()));
        assert_eq!(values["link"], Value::Text("https://artel.example/x".into()));
        assert_eq!(values["no"], Value::Nothing);
    }
}
