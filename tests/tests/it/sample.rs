//! Requests that could be: made from a message's rules, with ids that name nothing.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "bounds in rules are small whole numbers"
)]

use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value,
};
use rand::Rng as _;
use rand::rngs::StdRng;
use uuid::Uuid;

/// What samples say where it matters.
pub struct Wish<'a> {
    /// The request id. An invalid UUID prevents every command from being accepted, whatever its
    /// other bytes.
    pub request_id: &'a str,
    /// The field that names the owner, and who that should be.
    pub owner: Option<(&'a str, &'a str)>,
}

/// A message whose every field keeps to its rules.
pub fn message(of: &MessageDescriptor, wish: &Wish<'_>, rng: &mut StdRng, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(of.clone());
    match of.full_name() {
        "google.protobuf.Timestamp" => {
            message.set_field_by_name(
                "seconds",
                Value::I64(rng.random_range(1_700_000_000..1_900_000_000)),
            );
            return message;
        }
        "google.protobuf.Duration" => {
            message.set_field_by_name("seconds", Value::I64(rng.random_range(1..100_000)));
            return message;
        }
        _ => {}
    }
    for field in of.fields() {
        // Of a choice, one is taken; of a recursive message, the top.
        let optional = field.containing_oneof().is_some() || depth > 4;
        if optional && rng.random_bool(0.5) {
            continue;
        }
        let value = value(&field, wish, rng, depth);
        message.set_field(&field, value);
    }
    message
}

fn value(field: &FieldDescriptor, wish: &Wish<'_>, rng: &mut StdRng, depth: usize) -> Value {
    let rules = Rules::of(field);
    if field.is_map() {
        let key = MapKey::String("a".to_owned());
        return Value::Map([(key, one(field, &Rules(None), wish, rng, depth))].into());
    }
    if field.is_list() {
        let list = rules.part("repeated");
        let least = list.number("min_items").unwrap_or(1.0).max(1.0);
        let items = list.part("items");
        let count = rng.random_range(0..2) + least as usize;
        return Value::List((0..count).map(|_| one(field, &items, wish, rng, depth)).collect());
    }
    one(field, &rules, wish, rng, depth)
}

fn one(field: &FieldDescriptor, rules: &Rules, wish: &Wish<'_>, rng: &mut StdRng, depth: usize) -> Value {
    let whole = |kind: &str| {
        let rules = rules.part(kind);
        let least = rules
            .number("gte")
            .or(rules.number("gt").map(|gt| gt + 1.0))
            .unwrap_or(0.0);
        let most = rules
            .number("lte")
            .or(rules.number("lt").map(|lt| lt - 1.0))
            .unwrap_or(least + 10.0);
        (least as i64, most.min(least + 1_000.0) as i64)
    };
    match field.kind() {
        Kind::String => Value::String(text(field, &rules.part("string"), wish, rng)),
        Kind::Bytes => Value::Bytes((0..rng.random_range(1..20)).map(|_| rng.random()).collect()),
        Kind::Bool => Value::Bool(rng.random()),
        Kind::Double => Value::F64(rng.random_range(0.0..1.0)),
        Kind::Float => Value::F32(rng.random_range(0.0..1.0)),
        Kind::Enum(values) => {
            let count = values.values().len();
            let chosen = values
                .values()
                .nth(rng.random_range(0..count))
                .map(|value| value.number());
            Value::EnumNumber(chosen.filter(|number| *number != 0).unwrap_or(1))
        }
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            let (least, most) = whole("int32");
            Value::I32(i32::try_from(rng.random_range(least..=most)).unwrap_or_default())
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            let (least, most) = whole("int64");
            Value::I64(rng.random_range(least..=most))
        }
        Kind::Uint32 | Kind::Fixed32 => Value::U32(rng.random_range(0..1_000)),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(rng.random_range(0..1_000)),
        Kind::Message(inner) => Value::Message(message(&inner, wish, rng, depth + 1)),
    }
}

fn text(field: &FieldDescriptor, rules: &Rules, wish: &Wish<'_>, rng: &mut StdRng) -> String {
    match (field.name(), wish.owner) {
        ("request_id", _) => return wish.request_id.to_owned(),
        ("page_token", _) if rng.random_bool(0.8) => return String::new(),
        ("currency_code", _) => return "RUB".to_owned(),
        (name, Some((owner, id))) if name == owner => return id.to_owned(),
        _ => {}
    }
    if rules.flag("uuid") || (rules.0.is_none() && field.name().ends_with("_id")) {
        return Uuid::from_bytes(rng.random()).to_string();
    }
    if rules.flag("email") {
        return format!("a{}@example.org", rng.random::<u32>());
    }
    if let Some(choice) = rules.choice(rng) {
        return choice;
    }
    let hex = |count: usize, rng: &mut StdRng| -> String {
        (0..count)
            .map(|_| char::from(b"0123456789abcdef"[rng.random_range(0..16)]))
            .collect()
    };
    if rules.pattern().contains("{64}") {
        return hex(64, rng);
    }
    let least = rules.number("min_len").unwrap_or(1.0).max(1.0) as usize;
    format!("a{}", hex(least + 3, rng))
}

/// `buf.validate` rules, or a part of them.
struct Rules(Option<DynamicMessage>);

impl Rules {
    fn of(field: &FieldDescriptor) -> Self {
        let extension = field.parent_pool().get_extension_by_name("buf.validate.field");
        let rules = extension
            .filter(|extension| field.options().has_extension(extension))
            .and_then(|extension| field.options().get_extension(&extension).as_message().cloned());
        Self(rules)
    }

    fn get(&self, name: &str) -> Option<Value> {
        let rules = self.0.as_ref()?;
        let field = rules.descriptor().get_field_by_name(name)?;
        rules
            .has_field(&field)
            .then(|| rules.get_field(&field).into_owned())
    }

    fn part(&self, name: &str) -> Self {
        Self(self.get(name).and_then(|value| value.as_message().cloned()))
    }

    fn flag(&self, name: &str) -> bool {
        self.get(name)
            .and_then(|value| value.as_bool())
            .unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Value::I32(number) => Some(number.into()),
            Value::I64(number) => Some(number as f64),
            Value::U64(number) => Some(number as f64),
            Value::F64(number) => Some(number),
            _ => None,
        }
    }

    fn pattern(&self) -> String {
        let pattern = self.get("pattern");
        pattern
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    fn choice(&self, rng: &mut StdRng) -> Option<String> {
        let choices = self.get("in")?;
        let choices = choices.as_list()?;
        choices
            .get(rng.random_range(0..choices.len().max(1)))?
            .as_str()
            .map(str::to_owned)
    }
}
