//! What services offer: every method with all that a caller by hand needs.

use std::collections::{BTreeMap, HashSet};

use artel::contracts::Context;
use conventions::Role;
use prost::Message as _;
use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor};
use prost_types::FileDescriptorProto;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::contracts::{is_served, policy};

/// A method of a running service.
#[derive(Debug, Clone)]
pub struct Method {
    /// `/artel.orders.v1.OrdersService/PlaceOrder`.
    pub path: String,
    pub input: MessageDescriptor,
    /// The permitted roles; empty if the method needs no token.
    pub roles: Vec<String>,
    /// The field that names whose things it is about.
    pub owner: Option<&'static str>,
    pub uploads: bool,
    pub streams: bool,
}

impl Method {
    fn new(method: &MethodDescriptor, roles: Vec<String>, owner: Option<&'static str>) -> Self {
        Self {
            path: format!("/{}/{}", method.parent_service().full_name(), method.name()),
            input: method.input(),
            roles,
            owner,
            uploads: method.is_client_streaming(),
            streams: method.is_server_streaming(),
        }
    }

    /// Does it change something? Then it has a request id, itself or in the message that an upload
    /// begins with.
    pub fn is_command(&self) -> bool {
        let has = |message: &MessageDescriptor| message.get_field_by_name("request_id").is_some();
        let nested = |message: &MessageDescriptor| {
            let mut fields = message.fields();
            fields.any(|field| field.kind().as_message().is_some_and(has))
        };
        has(&self.input) || (self.uploads && nested(&self.input))
    }
}

/// The methods of a context, from its contract.
pub fn by_contract(context: Context) -> Vec<Method> {
    let methods = context.methods().into_iter().filter(is_served);
    methods
        .map(|method| {
            let policy = policy(&method);
            let open = policy.roles.contains(&Role::Anyone);
            let roles = policy.roles.iter().map(|role| role.claim().to_owned());
            let roles = if open { vec![] } else { roles.collect() };
            Method::new(&method, roles, policy.owner)
        })
        .collect()
}

/// The methods of the hidden service (T5) according to its reflection, because its contract may not
/// be used here. Reflection drops rules and policies: `roles` says who may call.
pub async fn by_reflection(url: &str, roles: &[&str]) -> Vec<Method> {
    let channel = artel::mesh::connect(url).expect("an address");
    let mut reflection = ServerReflectionClient::new(channel);
    let mut ask = async |question: MessageRequest| {
        let request = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(question),
        };
        let answers = reflection
            .server_reflection_info(tokio_stream::once(request))
            .await;
        let answer = answers.expect("it reflects").into_inner().message().await;
        let answer = answer.expect("it reflects").expect("an answer");
        answer.message_response.expect("an answer")
    };
    let MessageResponse::ListServicesResponse(list) = ask(MessageRequest::ListServices(String::new())).await
    else {
        panic!("no list of services");
    };
    let known = |name: &str| name.starts_with("grpc.") || name.starts_with("artel.operations.");
    let own: Vec<_> = list
        .service
        .into_iter()
        .filter(|service| !known(&service.name))
        .collect();
    let mut wanted: Vec<_> = own
        .iter()
        .map(|service| MessageRequest::FileContainingSymbol(service.name.clone()))
        .collect();
    let mut files = BTreeMap::new();
    let mut asked = HashSet::new();
    while let Some(question) = wanted.pop() {
        let MessageResponse::FileDescriptorResponse(found) = ask(question).await else {
            panic!("a file that others need is missing");
        };
        for bytes in found.file_descriptor_proto {
            let file = FileDescriptorProto::decode(bytes.as_slice()).expect("a descriptor");
            for name in &file.dependency {
                if asked.insert(name.clone()) {
                    wanted.push(MessageRequest::FileByFilename(name.clone()));
                }
            }
            files.insert(file.name().to_owned(), file);
        }
    }
    let mut pool = DescriptorPool::new();
    pool.add_file_descriptor_protos(files.into_values())
        .expect("the files fit together");
    own.iter()
        .filter_map(|service| pool.get_service_by_name(&service.name))
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .map(|method| {
            let roles = roles.iter().map(|role| (*role).to_owned()).collect();
            Method::new(&method, roles, None)
        })
        .collect()
}
