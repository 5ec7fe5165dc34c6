//! Messages with every field set, made from the contract alone: equal contracts give equal bytes.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use regex::Regex;

use crate::rules::{Rules, alternatives};

/// 2026-01-02T03:04:05Z.
const TIME: i64 = 1_767_323_045;
/// The deepest nesting of messages. A message that contains itself has no full sample.
const MAX_DEPTH: usize = 10;

/// The message with every field set; one variant for each of several fields that exclude each
/// other.
pub(crate) fn variants(message: &MessageDescriptor) -> Vec<DynamicMessage> {
    (0..width(message, 0))
        .map(|variant| full(message, variant, 0))
        .collect()
}

/// The number of variants that set each field at least once. A list contains all variants of its
/// elements.
fn width(message: &MessageDescriptor, depth: usize) -> usize {
    assert!(depth < MAX_DEPTH, "{} contains itself", message.full_name());
    let own = alternatives(message).iter().map(Vec::len).max().unwrap_or(1);
    let inside = message
        .fields()
        .filter(|field| !field.is_list())
        .filter_map(|field| match field.kind() {
            Kind::Message(inner) => Some(width(&inner, depth + 1)),
            _ => None,
        });
    inside.max().unwrap_or(1).max(own)
}

fn full(message: &MessageDescriptor, variant: usize, depth: usize) -> DynamicMessage {
    let mut filled = DynamicMessage::new(message.clone());
    match message.full_name() {
        "google.protobuf.Timestamp" => {
            filled.set_field_by_name("seconds", Value::I64(TIME));
            filled.set_field_by_name("nanos", Value::I32(678_901_000));
            return filled;
        }
        "google.protobuf.Duration" => {
            filled.set_field_by_name("seconds", Value::I64(1));
            return filled;
        }
        _ => {}
    }
    let groups = alternatives(message);
    for field in message.fields() {
        let group = groups
            .iter()
            .find(|group| group.iter().any(|name| name == field.name()));
        if group.is_some_and(|group| group[variant.min(group.len() - 1)] != field.name()) {
            continue;
        }
        let rules = Rules::of(&field);
        assert!(
            !field.is_map(),
            "{}: maps have no fixed encoding, so that the digest of a request would vary",
            field.full_name()
        );
        let value = if field.is_list() {
            list(&field, &rules, depth)
        } else {
            single(&field, &rules, variant, depth)
        };
        filled.set_field(&field, value);
    }
    filled
}

fn list(field: &FieldDescriptor, rules: &Rules, depth: usize) -> Value {
    let least = rules.count(&["repeated", "min_items"]).unwrap_or(0).max(2);
    let most = rules.count(&["repeated", "max_items"]).unwrap_or(usize::MAX);
    let wanted = match field.kind() {
        Kind::Message(inner) => width(&inner, depth + 1).max(least),
        _ => least,
    };
    let items = rules.of_items();
    let elements = (0..wanted.min(most)).map(|place| single(field, &items, place, depth));
    Value::List(elements.collect())
}

/// One value that passes the rules. `place` makes elements of a list, and variants, differ.
fn single(field: &FieldDescriptor, rules: &Rules, place: usize, depth: usize) -> Value {
    match field.kind() {
        Kind::String => Value::String(text(field, rules, place)),
        Kind::Bytes => {
            let most = rules.count(&["bytes", "max_len"]).unwrap_or(usize::MAX);
            let words = format!("{} {place}", field.name()).into_bytes();
            Value::Bytes(words.into_iter().take(most).collect::<Vec<u8>>().into())
        }
        Kind::Bool => Value::Bool(true),
        Kind::Double => Value::F64(0.5),
        Kind::Float => Value::F32(0.5),
        Kind::Enum(kind) => {
            let chosen = kind.values().find(|value| value.number() != 0);
            Value::EnumNumber(chosen.map_or(0, |value| value.number()))
        }
        Kind::Message(inner) if inner.full_name() == "google.protobuf.Duration" => {
            let least = rules.get(&["duration", "gte"]);
            least.unwrap_or_else(|| Value::Message(full(&inner, place, depth + 1)))
        }
        Kind::Message(inner) => {
            assert!(depth < MAX_DEPTH, "{} contains itself", field.full_name());
            Value::Message(full(&inner, place, depth + 1))
        }
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            Value::I32(number(field, rules, "int32", place, i32::MIN, i32::MAX))
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            Value::I64(number(field, rules, "int64", place, i64::MIN, i64::MAX))
        }
        Kind::Uint32 | Kind::Fixed32 => Value::U32(number(field, rules, "uint32", place, u32::MIN, u32::MAX)),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(number(field, rules, "uint64", place, u64::MIN, u64::MAX)),
    }
}

fn number<N>(field: &FieldDescriptor, rules: &Rules, kind: &str, place: usize, least: N, most: N) -> N
where
    N: TryFrom<i128> + Into<i128> + Copy,
{
    let bound = |name: &str| rules.number(&[kind, name]);
    let low = bound("gte").or_else(|| Some(bound("gt")? + 1));
    let high = bound("lte").or_else(|| Some(bound("lt")? - 1));
    let (low, high) = (
        low.unwrap_or_else(|| least.into()),
        high.unwrap_or_else(|| most.into()),
    );
    // Not zero, because a zero is not encoded.
    let preferred = i128::from(field.number()) * 3 + i128::try_from(place).unwrap_or_default();
    N::try_from(preferred.clamp(low, high)).unwrap_or(least)
}

fn text(field: &FieldDescriptor, rules: &Rules, place: usize) -> String {
    let name = field.name().replace('_', "-");
    if rules.is_true(&["string", "uuid"]) {
        return uuid(field.full_name(), place);
    }
    if rules.is_true(&["string", "email"]) {
        return format!("{name}-{place}@example.org");
    }
    if rules.is_true(&["string", "uri"]) {
        return format!("https://example.org/{name}/{place}");
    }
    let allowed = rules.list(&["string", "in"]);
    if let Some(value) = allowed.get(place.min(allowed.len().saturating_sub(1))) {
        return value.as_str().unwrap_or_default().to_owned();
    }
    if let Some(pattern) = rules.get(&["string", "pattern"]) {
        return matching(field, pattern.as_str().unwrap_or_default(), &name, place);
    }
    let least = rules.count(&["string", "min_len"]).unwrap_or(0);
    let most = rules.count(&["string", "max_len"]).unwrap_or(usize::MAX);
    let mut words = format!("{name} {place} «é»");
    while words.chars().count() < least {
        words.push('x');
    }
    words.chars().take(most).collect()
}

/// A text that matches a pattern. Contracts have patterns for names, currencies and digests.
fn matching(field: &FieldDescriptor, pattern: &str, name: &str, place: usize) -> String {
    let pattern = Regex::new(pattern).unwrap_or_else(|error| panic!("{}: {error}", field.full_name()));
    let digest = format!("{:064x}", place + 10);
    let word: String = format!("{name}-{place}").chars().rev().take(30).collect();
    let word: String = word
        .chars()
        .rev()
        .skip_while(|letter| !letter.is_ascii_lowercase())
        .collect();
    let candidates = [word, "RUB".to_owned(), digest];
    let found = candidates
        .into_iter()
        .find(|candidate| pattern.is_match(candidate));
    found.unwrap_or_else(|| {
        panic!(
            "{}: extend crates/contract-history/src/sample.rs for the pattern {pattern}",
            field.full_name()
        )
    })
}

/// An id that depends on the field alone (FNV-1a of its name).
fn uuid(name: &str, place: usize) -> String {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    let (high, low) = (hash >> 32, hash & 0xffff_ffff);
    format!("{high:08x}-{:04x}-4000-8000-{place:04x}{low:08x}", low >> 16)
}
