//! Pages, reflection and settings.

use clap::Parser as _;
use prost::Message as _;
use tokio_stream::StreamExt as _;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};
use uuid::Uuid;

use crate::contract::{PUT, PutRequest, PutResponse, STAFF};
use crate::support::{Config, Host, message};

/// A call as a page makes it.
fn post(host: &Host, path: &str, request: &PutRequest) -> reqwest::RequestBuilder {
    let body = request.encode_to_vec();
    let mut framed = vec![0];
    framed.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    framed.extend(body);
    reqwest::Client::new()
        .post(format!("http://{}{path}", host.address))
        .header("content-type", "application/grpc-web+proto")
        .header("origin", "https://artel.example")
        .header("x-grpc-web", "1")
        .body(framed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_calls_by_grpc_web_and_sees_why_it_is_refused() {
    let host = Host::start(&["--grpc-cors-origins=https://artel.example"]).await;
    let me = Uuid::new_v4();
    let request = message(me, "who");
    let response = post(&host, PUT, &request)
        .bearer_auth(host.tokens.client(me))
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.headers()["access-control-allow-origin"],
        "https://artel.example"
    );
    let exposed = response.headers()["access-control-expose-headers"]
        .to_str()
        .unwrap()
        .to_owned();
    for header in ["grpc-status", "grpc-message", "grpc-status-details-bin"] {
        assert!(exposed.contains(header), "{exposed}");
    }
    let bytes = response.bytes().await.unwrap();
    let length = usize::try_from(u32::from_be_bytes(bytes[1..5].try_into().unwrap())).unwrap();
    let answer = PutResponse::decode(&bytes[5..5 + length]).unwrap();
    assert_eq!(answer.text, format!("Client {me}"));

    let refused = post(&host, PUT, &request).send().await.unwrap();
    assert_eq!(refused.headers()["grpc-status"], "16");
    assert!(refused.headers().contains_key("grpc-status-details-bin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_callers_deadline_is_kept_up_to_the_longest_one_allowed() {
    let host = Host::start(&["--grpc-default-deadline=10m", "--grpc-max-deadline=100ms"]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    // Not with a tonic client: that one has a timer of its own for this header.
    for asked in ["20m", "5000u", "3000S"] {
        let request = post(&host, STAFF, &message(Uuid::new_v4(), "forever"));
        let refused = request
            .bearer_auth(&token)
            .header("grpc-timeout", asked)
            .send()
            .await
            .unwrap();
        assert_eq!(refused.headers()["grpc-status"], "4", "{asked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_may_not_call() {
    for origins in [&["--grpc-cors-origins=https://artel.example"][..], &[]] {
        let host = Host::start(origins).await;
        let preflight = reqwest::Client::new()
            .request(reqwest::Method::OPTIONS, format!("http://{}{PUT}", host.address))
            .header("origin", "https://elsewhere.example")
            .header("access-control-request-method", "POST")
            .send()
            .await
            .unwrap();
        assert!(!preflight.headers().contains_key("access-control-allow-origin"));
    }
}

async fn reflect(host: &Host, asked: MessageRequest) -> ServerReflectionResponse {
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(asked),
    };
    let mut client = ServerReflectionClient::new(host.channel.clone());
    let answers = client
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap();
    answers.into_inner().next().await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_is_open_and_knows_services_and_the_details_of_refusals() {
    let host = Host::start(&[]).await;
    let answer = reflect(&host, MessageRequest::ListServices(String::new())).await;
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("{answer:?}")
    };
    let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    assert!(
        names.contains(&"artel.test.v1.TestService".to_owned()),
        "{names:?}"
    );
    for symbol in [
        "artel.test.v1.PutRequest",
        "google.rpc.ErrorInfo",
        "google.rpc.BadRequest",
    ] {
        let answer = reflect(&host, MessageRequest::FileContainingSymbol(symbol.to_owned())).await;
        assert!(
            matches!(
                answer.message_response,
                Some(MessageResponse::FileDescriptorResponse(_))
            ),
            "{symbol}: {answer:?}"
        );
    }
}

#[test]
fn bad_settings_are_refused_with_the_settings_name() {
    let good = ["test", "--database-url=postgres://a@b/c", "--jwks=/keys.json"];
    Config::try_parse_from(good).expect("all else has a default");
    let bad = [
        "--grpc-listen=nowhere",
        "--grpc-max-in-flight=0",
        "--grpc-max-in-flight=many",
        "--grpc-default-deadline=10",
        "--grpc-max-deadline=2d",
        "--grpc-drain=1000h",
        "--grpc-max-connection-streams=0",
        "--grpc-max-connections=0",
        "--grpc-max-message=1023",
        "--grpc-max-message=5MiB",
        "--database-url=mysql",
        "--database-pool-size=0",
        "--database-statement-timeout=1ms",
        "--jwks= ",
        "--jwt-issuer=",
        "--log=loud=very=much",
        "--log-format=xml",
        "--otlp-endpoint=somewhere",
        "--metrics-listen=1",
    ];
    for setting in bad {
        let (name, _) = setting.split_once('=').unwrap();
        let mut settings: Vec<_> = good
            .iter()
            .copied()
            .filter(|other| !other.starts_with(name))
            .collect();
        settings.push(setting);
        let error = Config::try_parse_from(settings).expect_err(setting).to_string();
        assert!(error.contains(name), "{setting}: {error}");
    }
    let secret = Config::try_parse_from(["test", "--jwks=/k", "--database-url=hunter2:password"]);
    let error = secret.unwrap_err().to_string();
    assert!(error.contains("--database-url"), "{error}");
}
