//! The macro `dispatch!` of a contract crate: it implements a service's trait by one function per
//! method, so that a service writes no code of its own between the trait and its handlers.

use heck::ToSnakeCase as _;
use prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor};

/// Rust source of the macro, with one arm per service of the package. Empty for a package without
/// services.
pub(crate) fn generate(pool: &DescriptorPool, package: &str) -> String {
    let arms: String = pool
        .services()
        .filter(|service| service.package_name() == package)
        .map(|service| arm(&service))
        .collect();
    if arms.is_empty() {
        return arms;
    }
    format!(
        "/// Implements a service of this contract: `dispatch!(SomeService for Api)`.
///
/// Each method calls the function `handle` of the module that is named like the method and visible
/// where the macro is invoked: `place_order::handle(&api, request).await`. It returns the response
/// message, or, for a server stream, any `Stream + Send + 'static` of `Result<Message, Status>`.
/// Its error converts into `tonic::Status`.
#[macro_export]
macro_rules! dispatch {{\n{arms}}}\n"
    )
}

fn arm(service: &ServiceDescriptor) -> String {
    let name = service.name();
    let module = name.to_snake_case();
    let methods: String = service.methods().map(|method| implementation(&method)).collect();
    format!(
        "    ({name} for $api:ty) => {{
        #[::tonic::async_trait]
        impl $crate::v1::{module}_server::{name} for $api {{
{methods}        }}
    }};\n"
    )
}

fn implementation(method: &MethodDescriptor) -> String {
    let function = method.name().to_snake_case();
    let mut request = format!("$crate::v1::{}", method.input().name());
    if method.is_client_streaming() {
        request = format!("::tonic::Streaming<{request}>");
    }
    let mut response = format!("$crate::v1::{}", method.output().name());
    let mut reply = format!("{function}::handle(self, request).await?");
    let mut stream = String::new();
    if method.is_server_streaming() {
        let name = format!("{}Stream", method.name());
        stream = format!("            type {name} = ::tonic::codegen::BoxStream<{response}>;\n");
        response = format!("Self::{name}");
        reply = format!("::std::boxed::Box::pin({reply})");
    }
    format!(
        "{stream}            async fn {function}(&self, request: ::tonic::Request<{request}>)
                -> ::std::result::Result<::tonic::Response<{response}>, ::tonic::Status>
            {{
                ::std::result::Result::Ok(::tonic::Response::new({reply}))
            }}\n"
    )
}
