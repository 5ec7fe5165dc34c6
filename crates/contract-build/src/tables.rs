//! Access policies, event traits, topics and owners, which the code generators of prost and tonic
//! do not know.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use heck::ToUpperCamelCase as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value,
};

use crate::Error;

/// Rust source for one package: trait implementations, `METHODS`, `TOPICS` and `CONTRACT`.
pub(crate) fn generate(pool: &DescriptorPool, package: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut out = String::new();
    methods(pool, package, &mut out)?;
    messages(pool, package, &mut out)?;
    out.push_str(
        "/// Everything that this contract declares.\n\
         pub const CONTRACT: ::conventions::Contract = ::conventions::Contract { \
         methods: METHODS, descriptors: crate::FILE_DESCRIPTOR_SET, topics: TOPICS };\n",
    );
    Ok(out)
}

fn methods(pool: &DescriptorPool, package: &str, out: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let mut table = String::new();
    let mut owners: BTreeMap<String, Option<String>> = BTreeMap::new();
    for service in pool
        .services()
        .filter(|service| service.package_name() == package)
    {
        for method in service.methods() {
            let policy = extension(pool, "artel.access.v1.policy")
                .and_then(|extension| present(&method.options(), &extension))
                .ok_or_else(|| Error::MethodWithoutPolicy(method.full_name().to_owned()))?;
            let roles = roles(&policy);
            if roles.is_empty() {
                return Err(Error::MethodWithoutPolicy(method.full_name().to_owned()).into());
            }
            let owner = text(&policy, "owner");
            if let Some(field) = &owner
                && !has_string(&method.input(), field)
            {
                return Err(Error::UnknownOwnerField {
                    method: method.full_name().to_owned(),
                    field: field.clone(),
                }
                .into());
            }
            writeln!(
                table,
                "    ::conventions::MethodPolicy {{ path: \"/{}/{}\", roles: &[{}], owner: {owner:?}, request: {:?}, \
                 client_streaming: {} }},",
                service.full_name(),
                method.name(),
                roles.join(", "),
                method.input().full_name(),
                method.is_client_streaming(),
            )?;
            let known = owners.entry(method.input().name().to_owned()).or_default();
            *known = known.take().or(owner);
        }
    }
    writeln!(
        out,
        "/// The access policy of every method.\npub const METHODS: &[::conventions::MethodPolicy] = &[\n{table}];"
    )?;
    for (request, owner) in owners {
        let body = owner.map_or_else(|| "None".to_owned(), |field| format!("Some(&self.{field})"));
        writeln!(
            out,
            "impl ::conventions::Owned for crate::v1::{request} {{ fn owner(&self) -> Option<&str> {{ {body} }} }}"
        )?;
    }
    Ok(())
}

fn messages(
    pool: &DescriptorPool,
    package: &str,
    out: &mut String,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut topics: BTreeMap<String, bool> = BTreeMap::new();
    let top_level = pool
        .all_messages()
        .filter(|message| message.package_name() == package && message.parent_message().is_none());
    for message in top_level {
        let name = message.name();
        if is_command(&message) {
            writeln!(
                out,
                "impl ::conventions::Command for crate::v1::{name} {{ fn request_id(&self) -> &str {{ &self.request_id }} }}"
            )?;
        }
        let Some(event) = event(pool, &message) else {
            continue;
        };
        let topic = text(&event, "topic").unwrap_or_default();
        let key = text(&event, "key").unwrap_or_default();
        let state = event
            .get_field_by_name("state")
            .and_then(|value| value.as_bool())
            .unwrap_or_default();
        if !has_string(&message, &key) {
            return Err(Error::UnknownKeyField {
                message: message.full_name().to_owned(),
                field: key,
            }
            .into());
        }
        if *topics.entry(topic.clone()).or_insert(state) != state {
            return Err(Error::TopicOfTwoKinds(topic).into());
        }
        writeln!(
            out,
            "impl ::conventions::Event for crate::v1::{name} {{ const TYPE: &'static str = {:?}; \
             const TOPIC: &'static str = {topic:?}; const KEY: &'static str = {key:?}; fn key(&self) -> &str {{ &self.{key} }} \
             fn descriptors() -> &'static [u8] {{ crate::FILE_DESCRIPTOR_SET }} }}",
            message.full_name(),
        )?;
    }
    let table: String = topics.iter().fold(String::new(), |mut table, (name, compacted)| {
        let _ = writeln!(
            table,
            "    ::conventions::Topic {{ name: {name:?}, compacted: {compacted} }},"
        );
        table
    });
    writeln!(
        out,
        "/// The topics that this context publishes to.\npub const TOPICS: &[::conventions::Topic] = &[\n{table}];"
    )?;
    Ok(())
}

fn extension(pool: &DescriptorPool, name: &str) -> Option<ExtensionDescriptor> {
    pool.get_extension_by_name(name)
}

/// The option's value, if the option is set.
pub(crate) fn present(options: &DynamicMessage, extension: &ExtensionDescriptor) -> Option<DynamicMessage> {
    if !options.has_extension(extension) {
        return None;
    }
    options.get_extension(extension).as_message().cloned()
}

pub(crate) fn text(message: &DynamicMessage, field: &str) -> Option<String> {
    let value = message.get_field_by_name(field)?.as_str()?.to_owned();
    (!value.is_empty()).then_some(value)
}

/// `[Value::EnumNumber(2)]` → `["::conventions::Role::Client"]`.
fn roles(policy: &DynamicMessage) -> Vec<String> {
    let Some(Value::List(values)) = policy
        .get_field_by_name("roles")
        .map(std::borrow::Cow::into_owned)
    else {
        return Vec::new();
    };
    let Some(Kind::Enum(role)) = policy
        .descriptor()
        .get_field_by_name("roles")
        .map(|field| field.kind())
    else {
        return Vec::new();
    };
    values
        .iter()
        .filter_map(Value::as_enum_number)
        .filter_map(|number| role.get_value(number))
        .filter_map(|value| Some(value.name().strip_prefix("ROLE_")?.to_upper_camel_case()))
        .filter(|name| name != "Unspecified")
        .map(|name| format!("::conventions::Role::{name}"))
        .collect()
}

/// The event option of a message; `None` if the message is not an event.
pub(crate) fn event(pool: &DescriptorPool, message: &MessageDescriptor) -> Option<DynamicMessage> {
    present(&message.options(), &extension(pool, "artel.event.v1.event")?)
}

/// Whether the message is a request that changes state.
pub(crate) fn is_command(message: &MessageDescriptor) -> bool {
    message.name().ends_with("Request") && has_string(message, "request_id")
}

fn has_string(message: &MessageDescriptor, field: &str) -> bool {
    message
        .get_field_by_name(field)
        .is_some_and(|field| field.kind() == Kind::String && !field.is_list())
}
