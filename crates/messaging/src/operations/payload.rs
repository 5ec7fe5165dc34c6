//! Shows a payload to an operator, without secrets.

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

/// Replaces a text that is secret.
const REDACTED: &str = "[redacted]";

/// The contracts that payloads are decoded with.
#[derive(Debug, Clone, Default)]
pub(super) struct Contracts {
    pool: DescriptorPool,
}

/// A payload as an operator may see it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// Protobuf JSON. Empty if the type is unknown or the payload cannot be decoded.
    pub(super) json: String,
    /// The payload without secrets. Empty if it may contain a secret that cannot be found.
    pub(super) bytes: Vec<u8>,
}

impl Contracts {
    pub(super) fn of(descriptors: &[&[u8]]) -> Self {
        let mut pool = DescriptorPool::new();
        for set in descriptors {
            // Contracts share files; the same file may be added twice.
            if let Err(error) = pool.decode_file_descriptor_set(*set) {
                tracing::warn!(%error, "could not read the descriptors of a contract; its payloads are shown as bytes only");
            }
        }
        Self { pool }
    }

    /// Removes the fields that their contract marks `debug_redact` (personal links, photos), at any
    /// depth.
    pub(super) fn show(&self, event_type: &str, payload: &[u8]) -> Shown {
        let Some(kind) = self.pool.get_message_by_name(event_type) else {
            return Shown {
                json: String::new(),
                bytes: bytes_unless(self.pool.all_messages().any(|kind| has_secrets(&kind)), payload),
            };
        };
        let secret = has_secrets(&kind);
        let Ok(mut message) = DynamicMessage::decode(kind, payload) else {
            return Shown {
                json: String::new(),
                bytes: bytes_unless(secret, payload),
            };
        };
        redact(&mut message);
        Shown {
            json: serde_json::to_string_pretty(&message).unwrap_or_default(),
            bytes: if secret {
                message.encode_to_vec()
            } else {
                payload.to_vec()
            },
        }
    }
}

/// The bytes of a payload that cannot be decoded, unless they may contain a secret.
fn bytes_unless(secret: bool, payload: &[u8]) -> Vec<u8> {
    if secret { Vec::new() } else { payload.to_vec() }
}

/// Whether a message of this kind may contain a secret field, at any depth.
fn has_secrets(kind: &MessageDescriptor) -> bool {
    let mut seen = vec![kind.clone()];
    let mut index = 0;
    while let Some(kind) = seen.get(index).cloned() {
        index += 1;
        for field in kind.fields() {
            if is_secret(&field) {
                return true;
            }
            if let Kind::Message(inner) = field.kind()
                && !seen.contains(&inner)
            {
                seen.push(inner);
            }
        }
    }
    false
}

fn redact(message: &mut DynamicMessage) {
    let secrets: Vec<FieldDescriptor> = message
        .fields()
        .map(|(field, _)| field)
        .filter(is_secret)
        .collect();
    for field in secrets {
        let is_text = matches!(&*message.get_field(&field), Value::String(_));
        message.clear_field(&field);
        if is_text {
            message.set_field(&field, Value::String(REDACTED.to_owned()));
        }
    }
    // Fields that a newer contract has added may be secret, too.
    message.take_unknown_fields().for_each(drop);
    for (_, value) in message.fields_mut() {
        match value {
            Value::Message(inner) => redact(inner),
            Value::List(list) => list.iter_mut().filter_map(Value::as_message_mut).for_each(redact),
            Value::Map(map) => map
                .values_mut()
                .filter_map(Value::as_message_mut)
                .for_each(redact),
            _ => {}
        }
    }
}

fn is_secret(field: &FieldDescriptor) -> bool {
    field
        .options()
        .get_field_by_name("debug_redact")
        .and_then(|marked| marked.as_bool())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use prost_types::field_descriptor_proto::{Label, Type};
    use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet};

    use super::{Contracts, Shown};

    /// `debug_redact = true` encoded in a field's options. `prost_types` does not know the option.
    const MARK: [u8; 3] = [0x80, 0x01, 0x01];

    fn field(name: &str, number: i32, label: Label, kind: Type) -> FieldDescriptorProto {
        FieldDescriptorProto {
            name: Some(name.to_owned()),
            number: Some(number),
            label: Some(label.into()),
            r#type: Some(kind.into()),
            type_name: (kind == Type::Message).then(|| ".t.Letter".to_owned()),
            ..FieldDescriptorProto::default()
        }
    }

    /// `message Letter { string to = 1; string token = 2 [redacted]; bytes photo = 3 [redacted];
    /// repeated Letter more = 4; }`
    fn contract() -> Vec<u8> {
        let message = DescriptorProto {
            name: Some("Letter".to_owned()),
            field: vec![
                field("to", 1, Label::Optional, Type::String),
                field("more", 4, Label::Repeated, Type::Message),
            ],
            ..DescriptorProto::default()
        };
        let mut message = message.encode_to_vec();
        for (name, number, kind) in [("token", 2, Type::String), ("photo", 3, Type::Bytes)] {
            let mut marked = field(name, number, Label::Optional, kind).encode_to_vec();
            // FieldDescriptorProto.options = 8, DescriptorProto.field = 2.
            prost::encoding::bytes::encode(8, &MARK.to_vec(), &mut marked);
            prost::encoding::bytes::encode(2, &marked, &mut message);
        }
        let file = FileDescriptorProto {
            name: Some("t.proto".to_owned()),
            package: Some("t".to_owned()),
            syntax: Some("proto3".to_owned()),
            ..FileDescriptorProto::default()
        };
        let mut file = file.encode_to_vec();
        // FileDescriptorProto.message_type = 4, FileDescriptorSet.file = 1.
        prost::encoding::bytes::encode(4, &message, &mut file);
        let mut set = FileDescriptorSet::default().encode_to_vec();
        prost::encoding::bytes::encode(1, &file, &mut set);
        set
    }

    fn letter(to: &str) -> Vec<u8> {
        let mut letter = Vec::new();
        for (number, text) in [(1, to), (2, "the secret"), (3, "a face")] {
            prost::encoding::string::encode(number, &text.to_owned(), &mut letter);
        }
        letter
    }

    fn contains(bytes: &[u8], text: &str) -> bool {
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }

    #[test]
    fn secret_fields_are_not_shown_at_any_depth() {
        let mut payload = letter("Anna");
        prost::encoding::bytes::encode(4, &letter("Boris"), &mut payload);
        let shown = Contracts::of(&[&contract()]).show("t.Letter", &payload);
        let json: serde_json::Value = serde_json::from_str(&shown.json).unwrap();
        let inner = serde_json::json!({"to": "Boris", "token": "[redacted]"});
        assert_eq!(
            json,
            serde_json::json!({"to": "Anna", "token": "[redacted]", "more": [inner]})
        );
        assert!(contains(&shown.bytes, "Anna") && contains(&shown.bytes, "Boris"));
        assert!(!contains(&shown.bytes, "the secret") && !contains(&shown.bytes, "a face"));
    }

    #[test]
    fn bytes_that_may_contain_a_secret_are_not_shown() {
        let contracts = Contracts::of(&[&contract()]);
        let broken = [&letter("Anna")[..], b"\xff\xff"].concat();
        assert_eq!(contracts.show("t.Letter", &broken), Shown::default());
        assert_eq!(contracts.show("", &letter("Anna")), Shown::default());
    }

    #[test]
    fn a_field_that_only_a_newer_contract_knows_is_not_shown() {
        let mut payload = letter("Anna");
        prost::encoding::string::encode(9, &"a new secret".to_owned(), &mut payload);
        let shown = Contracts::of(&[&contract()]).show("t.Letter", &payload);
        assert!(!contains(&shown.bytes, "a new secret"));
    }

    #[test]
    fn bytes_are_shown_unchanged_if_no_contract_has_secrets() {
        let shown = Contracts::default().show("t.Unknown", b"\xff");
        assert_eq!(shown.bytes, b"\xff");
    }
}
