//! Changed options: `buf breaking` ignores them, but programs and callers of the last landing
//! notice.

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
};

use crate::rules::{Rules, option};

/// Each change of one package since `then`, in words that do not vary between runs.
pub(crate) fn between(then: &DescriptorPool, now: &DescriptorPool, package: &str) -> Vec<String> {
    let mut changes = policies(then, now, package);
    for message in then
        .all_messages()
        .filter(|message| message.package_name() == package)
    {
        // `buf breaking` reports removed messages.
        if let Some(today) = now.get_message_by_name(message.full_name()) {
            of_message(&message, &today, &mut changes);
        }
    }
    changes
}

/// Changed policies. A removed policy closes a method, and a changed one may open it.
fn policies(then: &DescriptorPool, now: &DescriptorPool, package: &str) -> Vec<String> {
    let mut changes = Vec::new();
    for service in then
        .services()
        .filter(|service| service.package_name() == package)
    {
        let today = now.get_service_by_name(service.full_name());
        for method in service.methods() {
            let today = today
                .as_ref()
                .and_then(|service| service.methods().find(|found| found.name() == method.name()));
            let Some(today) = today else { continue };
            let policy = |pool: &DescriptorPool, options: DynamicMessage| {
                text(option(
                    pool.get_extension_by_name("artel.access.v1.policy"),
                    &options,
                ))
            };
            compare(
                method.full_name(),
                "policy",
                &policy(then, method.options()),
                &policy(now, today.options()),
                &mut changes,
            );
        }
    }
    changes
}

fn of_message(then: &MessageDescriptor, now: &MessageDescriptor, changes: &mut Vec<String>) {
    for (extension, what) in [
        ("artel.event.v1.event", "event"),
        ("buf.validate.message", "rules"),
    ] {
        let read = |message: &MessageDescriptor| {
            let extension = message.parent_pool().get_extension_by_name(extension);
            text(option(extension, &message.options()))
        };
        compare(then.full_name(), what, &read(then), &read(now), changes);
    }
    for field in then.fields() {
        let Some(today) = now.get_field(field.number()) else {
            continue;
        };
        let read = |field: &FieldDescriptor| {
            text(option(
                field.parent_pool().get_extension_by_name("buf.validate.field"),
                &field.options(),
            ))
        };
        compare(field.full_name(), "rules", &read(&field), &read(&today), changes);
        if let (Kind::Enum(then), Kind::Enum(now)) = (field.kind(), today.kind())
            && takes_known_values_only(&field)
        {
            for value in new_values(&then, &now) {
                changes.push(format!(
                    "{}: may be {value}, which landed readers refuse",
                    field.full_name()
                ));
            }
        }
    }
}

fn takes_known_values_only(field: &FieldDescriptor) -> bool {
    let rules = Rules::of(field);
    rules.is_true(&["enum", "defined_only"]) || rules.of_items().is_true(&["enum", "defined_only"])
}

fn new_values(then: &EnumDescriptor, now: &EnumDescriptor) -> Vec<String> {
    now.values()
        .filter(|value| then.get_value(value.number()).is_none())
        .map(|value| value.name().to_owned())
        .collect()
}

fn compare(of: &str, what: &str, then: &str, now: &str, changes: &mut Vec<String>) {
    if then != now {
        changes.push(format!("{of}: {what} {then} became {now}"));
    }
}

/// An option's value as JSON; `none` if it is not set.
fn text(value: Option<DynamicMessage>) -> String {
    value
        .and_then(|value| serde_json::to_string(&value).ok())
        .unwrap_or_else(|| "none".to_owned())
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use prost_reflect::Value;

    use super::*;
    use crate::landing::Landing;

    const PACKAGE: &str = "artel.orders.v1";

    /// The changes that an edit of one file of `PACKAGE` makes to the landed contracts.
    fn changes(file: &str, edit: impl Fn(&DescriptorPool, &mut DynamicMessage)) -> Vec<String> {
        let (_, landed) = Landing::last_closed().unwrap();
        let set = landed
            .get_message_by_name("google.protobuf.FileDescriptorSet")
            .unwrap();
        let mut set = DynamicMessage::decode(set, landed.encode_to_vec().as_slice()).unwrap();
        edit(
            &landed,
            inside(&mut set, "file", &format!("artel/orders/v1/{file}.proto")),
        );
        let today = DescriptorPool::decode(set.encode_to_vec().as_slice()).unwrap();
        between(&landed, &today, PACKAGE)
    }

    /// The element of a list with this name.
    fn inside<'a>(message: &'a mut DynamicMessage, list: &str, name: &str) -> &'a mut DynamicMessage {
        let elements = message
            .get_field_by_name_mut(list)
            .and_then(Value::as_list_mut)
            .unwrap();
        elements
            .iter_mut()
            .filter_map(Value::as_message_mut)
            .find(|element| element.get_field_by_name("name").unwrap().as_str() == Some(name))
            .unwrap()
    }

    fn options(of: &mut DynamicMessage) -> &mut DynamicMessage {
        of.get_field_by_name_mut("options")
            .and_then(Value::as_message_mut)
            .unwrap()
    }

    /// Sets a field of an option's value.
    fn set(pool: &DescriptorPool, options: &mut DynamicMessage, extension: &str, field: &str, to: Value) {
        let extension = pool.get_extension_by_name(extension).unwrap();
        let value = options.get_extension_mut(&extension);
        value.as_message_mut().unwrap().set_field_by_name(field, to);
    }

    #[test]
    fn equal_contracts_have_no_changes() {
        assert_eq!(changes("orders", |_, _| {}), Vec::<String>::new());
    }

    #[test]
    fn a_removed_or_opened_policy_is_a_change() {
        let vanished = changes("orders", |pool, file| {
            let method = inside(inside(file, "service", "OrdersService"), "method", "GetOrder");
            let policy = pool.get_extension_by_name("artel.access.v1.policy").unwrap();
            options(method).clear_extension(&policy);
        });
        assert_eq!(vanished.len(), 1, "{vanished:?}");
        assert!(
            vanished[0].starts_with("artel.orders.v1.OrdersService.GetOrder: policy {"),
            "{vanished:?}"
        );
        assert!(vanished[0].ends_with(" became none"), "{vanished:?}");

        let opened = changes("orders", |pool, file| {
            let method = inside(inside(file, "service", "OrdersService"), "method", "PlaceOrder");
            let anyone = Value::List(vec![Value::EnumNumber(1)]);
            set(pool, options(method), "artel.access.v1.policy", "roles", anyone);
        });
        assert_eq!(opened.len(), 1, "{opened:?}");
        assert!(opened[0].contains("ROLE_ANYONE"), "{opened:?}");
    }

    #[test]
    fn another_topic_or_key_of_an_event_is_a_change() {
        for (field, to) in [("topic", "artel.orders.elsewhere.v1"), ("key", "worker_id")] {
            let moved = changes("events", |pool, file| {
                let event = inside(file, "message_type", "OrderAssigned");
                set(
                    pool,
                    options(event),
                    "artel.event.v1.event",
                    field,
                    Value::String(to.to_owned()),
                );
            });
            assert_eq!(moved.len(), 1, "{moved:?}");
            assert!(moved[0].contains(to), "{moved:?}");
        }
    }

    #[test]
    fn another_rule_is_a_change() {
        let loosened = changes("events", |pool, file| {
            let field = inside(inside(file, "message_type", "OrderPlaced"), "field", "order_id");
            let always = Value::EnumNumber(3);
            set(pool, options(field), "buf.validate.field", "ignore", always);
        });
        assert_eq!(loosened.len(), 1, "{loosened:?}");
        assert!(
            loosened[0].starts_with("artel.orders.v1.OrderPlaced.order_id: rules {"),
            "{loosened:?}"
        );
    }

    #[test]
    fn a_new_enum_value_that_landed_readers_refuse_is_a_change() {
        let grown = changes("events", |_, file| {
            let status = inside(file, "enum_type", "WorkerStatus");
            let mut value = inside(status, "value", "WORKER_STATUS_SUSPENDED").clone();
            value.set_field_by_name("name", Value::String("WORKER_STATUS_AWAY".to_owned()));
            value.set_field_by_name("number", Value::I32(3));
            let values = status.get_field_by_name_mut("value").and_then(Value::as_list_mut);
            values.unwrap().push(Value::Message(value));
        });
        assert!(
            grown.contains(
                &"artel.orders.v1.WorkerState.status: may be WORKER_STATUS_AWAY, which landed readers refuse"
                    .to_owned()
            ),
            "{grown:?}"
        );
    }
}
