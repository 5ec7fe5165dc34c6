//! Every method of every context: it says who may call it, it checks every field, and the running
//! service keeps to both.

use artel::call::Caller;
use artel::contracts::Context;
use artel::failure::Error;
use artel::keys::TTL;
use artel::mesh::Mesh as Connections;
use conventions::{MethodPolicy, Role};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};
use serde_json::{Map, Value, json};
use tonic::Code;
use uuid::Uuid;

use crate::mesh::Mesh;

/// What tokens can say.
const ROLES: [Role; 8] = [
    Role::Client,
    Role::Worker,
    Role::Candidate,
    Role::Manager,
    Role::Quality,
    Role::Consumables,
    Role::Root,
    Role::Service,
];

/// The policy of a method, from the tables that its contract was built with.
pub fn policy(method: &MethodDescriptor) -> &'static MethodPolicy {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    [
        admin_contract::METHODS,
        orders_contract::METHODS,
        consumables_contract::METHODS,
        billing_contract::METHODS,
        onboarding_contract::METHODS,
        notify_contract::METHODS,
        operations_contract::METHODS,
    ]
    .into_iter()
    .flatten()
    .find(|policy| policy.path == path)
    .unwrap_or_else(|| panic!("{path} has no policy"))
}

/// Contracts that others implement; no service of the mesh serves them.
pub fn is_served(method: &MethodDescriptor) -> bool {
    !["MatchingStepService", "TaskGraderService"].contains(&method.parent_service().name())
}

#[test]
fn every_field_of_every_request_has_a_rule() {
    let mut without = Vec::new();
    for context in Context::ALL {
        for method in context.methods() {
            fields_without_rules(&method.input(), &mut without);
        }
    }
    without.sort();
    without.dedup();
    assert_eq!(
        without,
        Vec::<String>::new(),
        "these fields are neither bounded nor a plain yes or no"
    );
}

/// Fields that could hold anything. A yes or no can't; a nested message has rules of its own.
fn fields_without_rules(message: &MessageDescriptor, without: &mut Vec<String>) {
    let pool = message.parent_pool();
    let rules = pool
        .get_extension_by_name("buf.validate.field")
        .expect("the descriptors hold the rules");
    for field in message.fields() {
        let ruled = field.options().has_extension(&rules);
        match field.kind() {
            Kind::Message(inner) if inner.package_name().starts_with("artel.") => {
                fields_without_rules(&inner, without);
                if field.is_list() && !ruled {
                    without.push(field.full_name().to_owned());
                }
            }
            // Times and durations are checked where they mean something.
            Kind::Message(_) | Kind::Bool => {}
            // Any number is as good as any other where the number is the answer to a riddle.
            _ if field.full_name() == "artel.onboarding.v1.ApplyRequest.nonce" => {}
            _ if !ruled => without.push(field.full_name().to_owned()),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_keeps_to_its_policy_and_lets_no_invalid_request_through() {
    let mesh = Mesh::up().await;
    let connections = mesh.connections();
    for context in Context::ALL {
        for method in context.methods().into_iter().filter(is_served) {
            let policy = policy(&method);
            let open = policy.roles.contains(&Role::Anyone);
            let hostile = hostile(&method.input(), 0);

            let anonymous = Caller::new(connections.clone(), None);
            let refused = send(&anonymous, context, &method, hostile.clone()).await;
            let should = if open {
                Code::InvalidArgument
            } else {
                Code::Unauthenticated
            };
            assert_eq!(
                refused.code(),
                Some(should),
                "{} without a token: {refused}",
                method.full_name()
            );

            let admitted = policy
                .roles
                .iter()
                .find(|role| ROLES.contains(role))
                .copied()
                .unwrap_or(Role::Client);
            nested_rules_are_checked(&as_role(&mesh, &connections, admitted), context, &method).await;

            for role in ROLES {
                let caller = as_role(&mesh, &connections, role);
                let refused = send(&caller, context, &method, hostile.clone()).await;
                let may = open || policy.roles.contains(&role);
                let should = if may {
                    Code::InvalidArgument
                } else {
                    Code::PermissionDenied
                };
                assert_eq!(
                    refused.code(),
                    Some(should),
                    "{} by {role:?}: {refused}",
                    method.full_name()
                );
                if may {
                    assert!(
                        !refused.fields().is_empty(),
                        "{} names no field: {refused}",
                        method.full_name()
                    );
                }
            }
        }
    }
}

/// A field that holds a message is checked inside, also where the message belongs to a shared
/// package.
async fn nested_rules_are_checked(caller: &Caller, context: Context, method: &MethodDescriptor) {
    for field in method.input().fields() {
        let Kind::Message(inner) = field.kind() else {
            continue;
        };
        if !inner.package_name().starts_with("artel.") || field.containing_oneof().is_some() {
            continue;
        }
        let inside = if field.is_list() {
            format!("{}[0].", field.name())
        } else {
            format!("{}.", field.name())
        };
        let empty = if field.is_list() { json!([{}]) } else { json!({}) };
        let mut fields = Vec::new();
        // Some rules forbid nonsense, others ask for something to be there.
        for value in [hostile_value(&field, 0), empty] {
            fields.extend(
                send(caller, context, method, json!({ field.name(): value }))
                    .await
                    .fields(),
            );
        }
        let checked = fields.iter().any(|path| path.starts_with(&inside));
        assert!(
            checked,
            "{}: nothing inside {} is checked: {fields:?}",
            method.full_name(),
            field.name()
        );
    }
}

fn as_role(mesh: &Mesh, connections: &Connections, role: Role) -> Caller {
    let token = mesh
        .key()
        .sign(&[role.claim().to_owned()], &Uuid::new_v4().to_string(), TTL)
        .expect("a token can be signed");
    Caller::new(connections.clone(), Some(token))
}

async fn send(caller: &Caller, context: Context, method: &MethodDescriptor, request: Value) -> Error {
    let answer = if method.is_client_streaming() {
        caller.upload(context, method.name(), vec![request]).await
    } else if method.is_server_streaming() {
        match caller.stream(context, method.name(), request).await {
            Ok(mut answers) => answers.next().await.map(Option::unwrap_or_default),
            Err(error) => Err(error),
        }
    } else {
        caller.call(context, method.name(), request).await
    };
    match answer {
        Err(error) => error,
        Ok(answer) => panic!("{} takes nonsense: {answer}", method.full_name()),
    }
}

/// A request that says something impossible in every field.
fn hostile(message: &MessageDescriptor, depth: usize) -> Value {
    let mut fields = Map::new();
    for field in message.fields() {
        if field.containing_oneof().is_none() {
            fields.insert(field.name().to_owned(), hostile_value(&field, depth));
        }
    }
    Value::Object(fields)
}

fn hostile_value(field: &FieldDescriptor, depth: usize) -> Value {
    let one = match field.kind() {
        Kind::String => json!("\u{1}".repeat(20_000)),
        Kind::Bytes => json!("A".repeat(4_000)),
        Kind::Bool => json!(true),
        Kind::Double | Kind::Float => json!("NaN"),
        Kind::Enum(_) => json!(9_999),
        Kind::Uint32 | Kind::Uint64 | Kind::Fixed32 | Kind::Fixed64 => json!(u32::MAX),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!(i32::MIN),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!(i64::MIN),
        Kind::Message(inner) => match inner.full_name() {
            "google.protobuf.Timestamp" => json!("2026-01-01T00:00:00Z"),
            "google.protobuf.Duration" => json!("-1s"),
            _ if depth > 3 => json!({}),
            _ => hostile(&inner, depth + 1),
        },
    };
    if field.is_list() { json!([one, one]) } else { one }
}
