//! G3: a command that is sent again, by many at once, after a crash or much later, has one effect
//! and one answer.

use std::collections::BTreeMap;

use artel::keys::TTL;
use artel::mesh::{Addresses, Mesh as Connections};
use artel::story;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::Value as Json;
use test_support::reason_of;
use tokio_postgres::NoTls;
use tonic::Code;
use uuid::Uuid;

use crate::crashed;
use crate::crowd::{Accepted, Crowd, persist};
use crate::encore;
use crate::mesh::Mesh;
use crate::wire::{Call, framed};
use crate::{mutate, tables};

#[tokio::test(flavor = "multi_thread")]
async fn g3_the_story_ends_as_it_should_though_everything_is_sent_by_sixty_four_at_once_and_again_later() {
    let mesh = Mesh::up().await;
    let crowd = Crowd::gather();
    let stage = mesh.stage_through(before_all(&crowd, &mesh));
    // It checks every figure, letter and call to the outside itself.
    let ending = story::play(&stage)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    encore::play(&mesh, &stage, &ending)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let contradictions = crowd.contradictions();
    assert!(contradictions.is_empty(), "{contradictions:#?}");

    let accepted = crowd.accepted();
    let sent = accepted
        .iter()
        .map(|command| command.call.path.as_str())
        .collect();
    let unsent: Vec<_> = crowd.commands().difference(&sent).copied().collect();
    assert_eq!(
        unsent, COUNTS_WHAT_IT_FINDS,
        "commands that are not proved: have the encore send them"
    );
    let before = tables::look_at_rest(&mesh).await;
    for command in &accepted {
        the_answer_comes_again(command).await;
    }
    let mut varied = BTreeMap::new();
    for command in &accepted {
        *varied.entry(command.call.path.as_str()).or_insert(0) +=
            usize::from(other_contents_are_refused(command).await);
    }
    let changed = tables::difference(&before, &tables::look(&mesh).await);
    assert!(changed.is_empty(), "sent again: {changed:#?}");
    let unproved: Vec<_> = varied
        .iter()
        .filter(|(_, proofs)| **proofs == 0)
        .map(|(path, _)| *path)
        .collect();
    assert_eq!(
        unproved, NOTHING_ELSE_TO_SAY,
        "commands that could not be sent with other contents"
    );
    for command in &accepted {
        another_caller_makes_another_request(&mesh, command).await;
    }
    let plain = mesh.stage(Box::new(|_, _, _| Ok(())));
    crashed::commands_are_done_once(&mesh, &plain, &ending).await;
    println!(
        "repeated: {} commands of {} methods",
        accepted.len(),
        varied.len()
    );
}

/// An import's answer tells how much of it was new: sent again, it is another. svc-orders' own
/// tests prove its ids.
const COUNTS_WHAT_IT_FINDS: [&str; 1] = ["/artel.orders.v1.OrdersService/ImportClients"];

/// Commands that hold nothing beside their id, or nothing but the secret that says whose they are.
const NOTHING_ELSE_TO_SAY: [&str; 5] = [
    "/artel.admin.v1.AdminService/DrawCase",
    "/artel.onboarding.v1.OnboardingService/BeginTest",
    "/artel.onboarding.v1.OnboardingService/ConfirmEmail",
    "/artel.onboarding.v1.OnboardingService/EraseMyData",
    "/artel.onboarding.v1.OnboardingService/FinishTest",
];

fn before_all(crowd: &std::sync::Arc<Crowd>, mesh: &Mesh) -> Connections {
    let before = |name: &str| crowd.stand_before(&mesh.program(name));
    Connections::new(Addresses {
        admin_address: before("svc-admin"),
        orders_address: before("svc-orders"),
        consumables_address: before("svc-consumables"),
        billing_address: before("svc-billing"),
        onboarding_address: before("svc-onboarding"),
        notify_address: before("svc-notify"),
    })
}

async fn the_answer_comes_again(command: &Accepted) {
    let again = persist(&command.wire, &command.call).await;
    assert_eq!(
        again.status.code(),
        Code::Ok,
        "{}: {:?}",
        command.call.path,
        again.status
    );
    assert_eq!(again.body, command.answer, "{}", command.call.path);
}

/// Sends the command with each of its fields changed in turn. Says whether any was refused for the
/// id's sake: what is refused before (not a valid field, not the caller's own) proves nothing; what
/// is accepted, the opposite.
async fn other_contents_are_refused(command: &Accepted) -> bool {
    let mut refused_for_the_id = false;
    for body in variations(command) {
        let call = Call {
            body,
            ..command.call.clone()
        };
        let answer = persist(&command.wire, &call).await;
        assert_ne!(
            answer.status.code(),
            Code::Ok,
            "{}: other contents are taken",
            call.path
        );
        refused_for_the_id |= reason_of(&answer.status) == "REQUEST_ID_REUSED";
    }
    refused_for_the_id
}

/// The command with one thing changed. Of an upload, the message that it begins with.
fn variations(command: &Accepted) -> Vec<bytes::Bytes> {
    let body = &command.call.body;
    let length = u32::from_be_bytes([body[1], body[2], body[3], body[4]]);
    let end = 5 + usize::try_from(length).expect("a message");
    let message = DynamicMessage::decode(command.input.clone(), body.slice(5..end)).expect("it was accepted");
    let join = |message: DynamicMessage| {
        [framed(&message.encode_to_vec()), body.slice(end..)]
            .concat()
            .into()
    };
    mutate::variations(&message, &["request_id"])
        .into_iter()
        .map(join)
        .collect()
}

/// Ids are each caller's own: another's command is another request, accepted with a row of its own
/// or refused without.
async fn another_caller_makes_another_request(mesh: &Mesh, command: &Accepted) {
    let Some(token) = &command.call.token else {
        // Anonymous calls have no caller to tell apart.
        return;
    };
    let other = mesh
        .key()
        .sign(&roles(token), &Uuid::new_v4().to_string(), TTL)
        .expect("a token can be signed");
    let call = Call {
        token: Some(other),
        ..command.call.clone()
    };
    let before = rows(mesh, command).await;
    let answer = persist(&command.wire, &call).await;
    let more = rows(mesh, command).await - before;
    assert_ne!(reason_of(&answer.status), "REQUEST_ID_REUSED", "{}", call.path);
    assert_eq!(
        more,
        i64::from(answer.status.code() == Code::Ok),
        "{}: {:?}",
        call.path,
        answer.status
    );
}

fn roles(token: &str) -> Vec<String> {
    let claims = token.split('.').nth(1).expect("a token has claims");
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).expect("claims are base64");
    let claims: Json = serde_json::from_slice(&claims).expect("claims are JSON");
    let roles = claims["roles"].as_array().expect("roles are a list").iter();
    roles.filter_map(Json::as_str).map(str::to_owned).collect()
}

/// How many requests the command's service remembers.
async fn rows(mesh: &Mesh, command: &Accepted) -> i64 {
    let (_, database) = mesh
        .databases()
        .find(|(service, _)| *service == command.service)
        .expect("the service has a database");
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls)
        .await
        .expect("the database is there");
    tokio::spawn(connection);
    let row = client
        .query_one("SELECT count(*) FROM requests", &[])
        .await
        .expect("a table");
    row.get(0)
}
