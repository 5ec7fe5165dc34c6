//! `buf.validate` rules, read by reflection.

use prost_reflect::{
    DynamicMessage, ExtensionDescriptor, FieldDescriptor, MessageDescriptor, ReflectMessage as _, Value,
};

/// The rules of one field, or of a list's elements.
#[derive(Clone)]
pub(crate) struct Rules(Option<DynamicMessage>);

impl Rules {
    pub(crate) fn of(field: &FieldDescriptor) -> Self {
        Self(option(
            field.parent_pool().get_extension_by_name("buf.validate.field"),
            &field.options(),
        ))
    }

    /// The rules for every element of the list.
    pub(crate) fn of_items(&self) -> Self {
        Self(self.get(&["repeated", "items"]).and_then(into_message))
    }

    /// A rule by its path: `["string", "max_len"]`. `None` if it is not set.
    pub(crate) fn get(&self, path: &[&str]) -> Option<Value> {
        let (last, above) = path.split_last()?;
        let mut rules = self.0.clone()?;
        for name in above {
            rules = set(&rules, name).and_then(into_message)?;
        }
        set(&rules, last)
    }

    pub(crate) fn is_true(&self, path: &[&str]) -> bool {
        self.get(path)
            .and_then(|value| value.as_bool())
            .unwrap_or_default()
    }

    pub(crate) fn count(&self, path: &[&str]) -> Option<usize> {
        usize::try_from(self.get(path)?.as_u64()?).ok()
    }

    pub(crate) fn number(&self, path: &[&str]) -> Option<i128> {
        match self.get(path)? {
            Value::I32(number) => Some(number.into()),
            Value::I64(number) => Some(number.into()),
            Value::U32(number) => Some(number.into()),
            Value::U64(number) => Some(number.into()),
            _ => None,
        }
    }

    pub(crate) fn list(&self, path: &[&str]) -> Vec<Value> {
        match self.get(path) {
            Some(Value::List(values)) => values,
            _ => Vec::new(),
        }
    }
}

/// Groups of fields of which only one may be set: oneofs, and groups that a rule declares.
pub(crate) fn alternatives(message: &MessageDescriptor) -> Vec<Vec<String>> {
    let real = message.oneofs().filter(|oneof| !oneof.is_synthetic());
    let mut groups: Vec<Vec<String>> = real
        .map(|oneof| oneof.fields().map(|field| field.name().to_owned()).collect())
        .collect();
    let rules = option(
        message
            .parent_pool()
            .get_extension_by_name("buf.validate.message"),
        &message.options(),
    );
    for group in Rules(rules).list(&["oneof"]) {
        let fields = group
            .as_message()
            .and_then(|group| group.get_field_by_name("fields"));
        if let Some(Value::List(names)) = fields.as_deref() {
            groups.push(
                names
                    .iter()
                    .filter_map(|name| name.as_str().map(str::to_owned))
                    .collect(),
            );
        }
    }
    groups
}

/// A custom option, if it is set.
pub(crate) fn option(
    extension: Option<ExtensionDescriptor>,
    options: &DynamicMessage,
) -> Option<DynamicMessage> {
    let extension = extension.filter(|extension| options.has_extension(extension))?;
    options.get_extension(&extension).as_message().cloned()
}

fn set(message: &DynamicMessage, name: &str) -> Option<Value> {
    let field = message.descriptor().get_field_by_name(name)?;
    message
        .has_field(&field)
        .then(|| message.get_field(&field).into_owned())
}

fn into_message(value: Value) -> Option<DynamicMessage> {
    match value {
        Value::Message(message) => Some(message),
        _ => None,
    }
}
