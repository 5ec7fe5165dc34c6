//! One view of all events of an aggregate, so that a listener reads what they share in one place.
//!
//! The events of one topic are the events of one aggregate. A topic with several kinds of event
//! gets a struct such as `OrderEvent`, made by `OrderEvent::try_from(&order_placed)`. It holds the
//! fields that at least two of the events have in common, parsed: UUIDs, times, required messages.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase as _;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

use crate::tables::{event, present, text};

/// Rust source of one context's views.
pub(crate) fn generate(pool: &DescriptorPool, package: &str) -> String {
    let mut topics: BTreeMap<String, Vec<MessageDescriptor>> = BTreeMap::new();
    for message in pool.all_messages() {
        if message.package_name() == package
            && let Some(event) = event(pool, &message)
        {
            let topic = text(&event, "topic").unwrap_or_default();
            topics.entry(topic).or_default().push(message);
        }
    }
    topics
        .iter()
        .filter(|(_, events)| events.len() > 1)
        .map(|(topic, events)| view(pool, topic, events))
        .collect()
}

fn view(pool: &DescriptorPool, topic: &str, events: &[MessageDescriptor]) -> String {
    // `artel.orders.order.v1`: the aggregate stands before the version.
    let aggregate = topic.rsplit('.').nth(1).unwrap_or(topic);
    let name = format!("{}Event", aggregate.to_upper_camel_case());
    let names: BTreeSet<String> = events
        .iter()
        .flat_map(MessageDescriptor::fields)
        .map(|field| field.name().to_owned())
        .collect();
    let shared: Vec<Shared> = names
        .iter()
        .filter_map(|field| Shared::of(pool, field, events))
        .collect();
    let fields: String = shared.iter().map(Shared::declaration).collect();
    let conversions: String = events
        .iter()
        .map(|event| conversion(&name, event, &shared))
        .collect();
    format!(
        "/// What the events of `{topic}` have in common.
#[allow(missing_docs)]
#[derive(Debug, Clone, Copy)]
pub struct {name}<'a> {{
    /// The event's name without its package.
    pub name: &'static str,
{fields}}}
{conversions}"
    )
}

fn conversion(view: &str, event: &MessageDescriptor, shared: &[Shared]) -> String {
    let name = event.name();
    let values: String = shared.iter().map(|field| field.value(event)).collect();
    format!(
        "impl<'a> TryFrom<&'a crate::v1::{name}> for {view}<'a> {{
    type Error = ::conventions::wire::InvalidField;
    fn try_from(event: &'a crate::v1::{name}) -> Result<Self, Self::Error> {{
        Ok(Self {{ name: {name:?}, {values}}})
    }}
}}\n"
    )
}

/// How a field of the view is parsed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Id,
    Text,
    Number,
    Time,
    Message,
}

/// A field that at least two events have in common.
struct Shared {
    name: String,
    form: Form,
    rust: String,
    /// Whether each event has the field, and its contract requires a value.
    required: bool,
}

impl Shared {
    fn of(pool: &DescriptorPool, name: &str, events: &[MessageDescriptor]) -> Option<Self> {
        let fields: Vec<FieldDescriptor> = events
            .iter()
            .filter_map(|event| event.get_field_by_name(name))
            .collect();
        let (form, rust) = form(pool, fields.first()?)?;
        let alike = |field| self::form(pool, field) == Some((form, rust.clone()));
        if fields.len() < 2 || !fields.iter().all(alike) {
            return None;
        }
        let everywhere = fields.len() == events.len();
        let required = everywhere && fields.iter().all(|field| requires(pool, field, form));
        // A number has no value that says that there is none.
        (form != Form::Number || everywhere).then(|| Self {
            name: name.to_owned(),
            form,
            rust,
            required,
        })
    }

    fn declaration(&self) -> String {
        let Self { name, rust, .. } = self;
        match self.form {
            Form::Text => {
                format!("    /// Empty in events without this field.\n    pub {name}: {rust},\n")
            }
            _ if self.required => format!("    pub {name}: {rust},\n"),
            _ => {
                format!("    /// `None` in events without this field.\n    pub {name}: Option<{rust}>,\n")
            }
        }
    }

    fn value(&self, event: &MessageDescriptor) -> String {
        let name = &self.name;
        if event.get_field_by_name(name).is_none() {
            let none = if self.form == Form::Text { "\"\"" } else { "None" };
            return format!("{name}: {none}, ");
        }
        let wire = "::conventions::wire";
        let value = match (self.form, self.required) {
            (Form::Id, true) => format!("{wire}::id({name:?}, &event.{name})?"),
            (Form::Id, false) => format!("{wire}::optional_id({name:?}, &event.{name})?"),
            (Form::Time, true) => format!("{wire}::time({name:?}, event.{name}.as_ref())?"),
            (Form::Time, false) => format!("event.{name}.as_ref().and_then({wire}::moment)"),
            (Form::Message, true) => format!("{wire}::required({name:?}, event.{name}.as_ref())?"),
            (Form::Message, false) => format!("event.{name}.as_ref()"),
            (Form::Text, _) => format!("&event.{name}"),
            (Form::Number, _) => format!("event.{name}"),
        };
        format!("{name}: {value}, ")
    }
}

/// How the view shows a field, and its Rust type. `None` for fields that it leaves out.
fn form(pool: &DescriptorPool, field: &FieldDescriptor) -> Option<(Form, String)> {
    if field.is_list() || field.is_map() {
        return None;
    }
    let (form, rust) = match field.kind() {
        Kind::String if is_uuid(pool, field) => (Form::Id, "::conventions::uuid::Uuid".to_owned()),
        Kind::String => (Form::Text, "&'a str".to_owned()),
        Kind::Int32 => (Form::Number, "i32".to_owned()),
        Kind::Int64 => (Form::Number, "i64".to_owned()),
        Kind::Message(message) => match (message.package_name(), message.name()) {
            ("google.protobuf", "Timestamp") => {
                let rust = "::conventions::chrono::DateTime<::conventions::chrono::Utc>";
                (Form::Time, rust.to_owned())
            }
            ("artel.type.v1", name) => (Form::Message, format!("&'a ::conventions::types::{name}")),
            (package, name) if package == field.parent_message().package_name() => {
                (Form::Message, format!("&'a crate::v1::{name}"))
            }
            _ => return None,
        },
        _ => return None,
    };
    Some((form, rust))
}

fn is_uuid(pool: &DescriptorPool, field: &FieldDescriptor) -> bool {
    rules(pool, field)
        .and_then(|rules| rules.get_field_by_name("string")?.as_message().cloned())
        .and_then(|rules| rules.get_field_by_name("uuid")?.as_bool())
        .unwrap_or_default()
}

/// Whether the contract's rules refuse an event without a value of this field.
fn requires(pool: &DescriptorPool, field: &FieldDescriptor, form: Form) -> bool {
    let rule =
        |name: &str| rules(pool, field).and_then(|rules| rules.get_field_by_name(name).map(Cow::into_owned));
    match form {
        // A text that must be a UUID is not empty, unless the rule is ignored for the empty text.
        Form::Id => {
            rule("ignore")
                .and_then(|ignore| ignore.as_enum_number())
                .unwrap_or_default()
                == 0
        }
        Form::Number | Form::Text => true,
        Form::Time | Form::Message => rule("required")
            .and_then(|required| required.as_bool())
            .unwrap_or_default(),
    }
}

fn rules(pool: &DescriptorPool, field: &FieldDescriptor) -> Option<prost_reflect::DynamicMessage> {
    present(
        &field.options(),
        &pool.get_extension_by_name("buf.validate.field")?,
    )
}
