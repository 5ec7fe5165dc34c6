//! Requests that should not be: bytes and values bent in every way that a hostile or broken caller
//! could.

use bytes::Bytes;
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::{DynamicMessage, Kind, ReflectMessage as _, Value};
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use uuid::Uuid;

use crate::wire::{Call, GRPC_WEB, framed};

/// Bytes of any kind.
pub fn noise(rng: &mut StdRng) -> Vec<u8> {
    let length = rng.random_range(0..300);
    (0..length).map(|_| rng.random()).collect()
}

/// Bends an encoded message somewhere.
pub fn bend(bytes: &mut Vec<u8>, rng: &mut StdRng) {
    let at = rng.random_range(0..=bytes.len());
    let end = rng.random_range(at..=bytes.len());
    match rng.random_range(0..11) {
        0 | 1 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
        2 if at < bytes.len() => bytes[at] = rng.random(),
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..end)),
        5 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        // No text is UTF-8 that holds these.
        6 => bytes
            .splice(at..end.min(at + 3), [0xff, 0xfe, 0xc0])
            .for_each(drop),
        // A number of more than ten bytes is none.
        7 => bytes.splice(at..at, [0xff; 11]).for_each(drop),
        8 => unknown_field(bytes, rng),
        9 => nest(bytes, rng),
        _ => lie_about_length(bytes, rng),
    }
}

/// A field that no message has, of any wire type, groups and the two that don't exist among them.
fn unknown_field(bytes: &mut Vec<u8>, rng: &mut StdRng) {
    encode_varint(
        u64::from(rng.random_range(500..536_870_911_u32)) << 3 | rng.random_range(0..8),
        bytes,
    );
    bytes.extend(noise(rng));
}

/// The message within itself, deeper than any decoder should follow.
fn nest(bytes: &mut Vec<u8>, rng: &mut StdRng) {
    let field = rng.random_range(1..12);
    for _ in 0..rng.random_range(1..200) {
        let inner = std::mem::take(bytes);
        encode_key(field, WireType::LengthDelimited, bytes);
        encode_varint(inner.len() as u64, bytes);
        bytes.extend(inner);
    }
}

fn lie_about_length(bytes: &mut Vec<u8>, rng: &mut StdRng) {
    encode_key(rng.random_range(1..12), WireType::LengthDelimited, bytes);
    encode_varint(rng.random::<u64>() >> rng.random_range(0..64), bytes);
}

/// Says something extreme in one field, somewhere in the message.
pub fn spice(message: &mut DynamicMessage, rng: &mut StdRng) {
    let fields: Vec<_> = message.descriptor().fields().collect();
    let Some(field) = fields.choose(rng) else { return };
    // What keeps commands from being accepted stays.
    if field.name() == "request_id" {
        return;
    }
    if let Kind::Message(_) = field.kind()
        && rng.random_bool(0.8)
    {
        match message.get_field_mut(field) {
            Value::Message(inner) => spice(inner, rng),
            Value::List(items) => {
                if let Some(Value::Message(inner)) = items.first_mut() {
                    spice(inner, rng);
                }
            }
            _ => {}
        }
        return;
    }
    if field.is_list() {
        let item = match message.get_field(field).as_list().and_then(|items| items.first()) {
            Some(item) => item.clone(),
            None => return,
        };
        let count = *[0, 2, 30, 2_000].choose(rng).unwrap_or(&0);
        message.set_field(field, Value::List(vec![item; count]));
    } else if field.is_map() || rng.random_bool(0.1) {
        message.clear_field(field);
    } else if let Some(value) = extreme(&field.kind(), rng) {
        message.set_field(field, value);
    }
}

fn extreme(kind: &Kind, rng: &mut StdRng) -> Option<Value> {
    const TEXTS: [&str; 14] = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{1}",
        "\u{202e}эя\u{300}👩‍👩‍👧",
        "'; DROP TABLE orders; --",
        "../../../../etc/passwd",
        "{{name}}<script>%s%n${x}",
        "\r\nBcc: everyone@example.org",
        "9223372036854775808",
        "00000000-0000-0000-0000-000000000000",
        "{urn:uuid:67E55044-10B1-426F-9247-BB680E5FE0C8}",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ];
    const LONG: [i64; 8] = [
        0,
        1,
        -1,
        i64::MIN,
        i64::MAX,
        i64::MAX - 1,
        253_402_300_800,
        -62_135_596_801,
    ];
    const SHORT: [i32; 6] = [0, 1, -1, i32::MIN, i32::MAX, 1_000_000_000];
    const REAL: [f64; 6] = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, f64::MAX];
    const SHORT_REAL: [f32; 6] = [0.0, -0.0, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE, f32::MAX];
    Some(match kind {
        Kind::String if rng.random_bool(0.1) => Value::String("ж".repeat(rng.random_range(1..20_000))),
        Kind::String => Value::String((*TEXTS.choose(rng)?).to_owned()),
        Kind::Bytes => Value::Bytes(Bytes::from(noise(rng))),
        Kind::Bool => Value::Bool(rng.random()),
        Kind::Double => Value::F64(*REAL.choose(rng)?),
        Kind::Float => Value::F32(*SHORT_REAL.choose(rng)?),
        Kind::Enum(_) => Value::EnumNumber(*SHORT.choose(rng)?),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(*SHORT.choose(rng)?),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(*LONG.choose(rng)?),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(*[0, 1, u32::MAX].choose(rng)?),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(*[0, 1, u64::MAX, 1 << 63].choose(rng)?),
        Kind::Message(_) => return None,
    })
}

/// The message with one of its values changed, each in turn; what the fields of these names say
/// stays.
pub fn variations(message: &DynamicMessage, kept: &[&str]) -> Vec<DynamicMessage> {
    let mut all = Vec::new();
    for field in message.descriptor().fields() {
        let absent = field.kind().as_message().is_some() && !message.has_field(&field);
        if absent || kept.contains(&field.name()) {
            continue;
        }
        for value in others(&message.get_field(&field), kept) {
            let mut other = message.clone();
            other.set_field(&field, value);
            all.push(other);
        }
    }
    all
}

/// What could stand in a value's place.
fn others(value: &Value, kept: &[&str]) -> Vec<Value> {
    match value {
        Value::Bool(value) => vec![Value::Bool(!value)],
        Value::EnumNumber(value) => vec![Value::EnumNumber(value + 1), Value::EnumNumber(value - 1)],
        Value::I32(value) => vec![Value::I32(value + 1), Value::I32(value - 1)],
        Value::I64(value) => vec![Value::I64(value + 1), Value::I64(value - 1)],
        Value::U32(value) => vec![Value::U32(value + 1)],
        Value::U64(value) => vec![Value::U64(value + 1)],
        Value::String(value) if Uuid::parse_str(value).is_ok() => {
            vec![Value::String(Uuid::new_v4().to_string())]
        }
        Value::String(value) => vec![
            Value::String(format!("{value}a")),
            Value::String(Uuid::new_v4().to_string()),
        ],
        Value::Message(inner) => variations(inner, kept).into_iter().map(Value::Message).collect(),
        Value::List(items) => {
            let firsts = items.first().map(|first| others(first, kept)).unwrap_or_default();
            let with = |first| Value::List([&[first], &items[1..]].concat());
            firsts.into_iter().map(with).collect()
        }
        _ => vec![],
    }
}

/// Bends what is around the message: the frame, the headers, the protocol.
pub fn misframe(call: &mut Call, message: &[u8], rng: &mut StdRng) {
    let mut frame = framed(message).to_vec();
    match rng.random_range(0..12) {
        0 => frame[0] = 1,
        1 => frame[0] = rng.random(),
        2 => frame[4] = frame[4].wrapping_add(1),
        3 => frame[4] = frame[4].wrapping_sub(1),
        4 => frame[1..5].copy_from_slice(&[0xff; 4]),
        5 => frame.clear(),
        6 => frame.truncate(rng.random_range(0..5)),
        7 => frame.extend(framed(message)),
        8 => {
            frame[0] = 1;
            call.headers.push(("grpc-encoding", "gzip"));
        }
        9 => call.headers.push(("grpc-encoding", "nonsense")),
        10 => call.headers.push(("grpc-timeout", "1 century")),
        _ => {
            call.content_type = *[
                "text/plain",
                "application/grpc-web-text",
                "application/grpc+json",
                "",
            ]
            .choose(rng)
            .unwrap_or(&"");
        }
    }
    if call.content_type.starts_with("application/grpc") && rng.random_bool(0.2) {
        call.content_type = GRPC_WEB;
    }
    call.body = frame.into();
}
