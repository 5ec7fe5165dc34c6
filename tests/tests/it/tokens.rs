//! Every service accepts valid tokens only, and only while their key is in the key set.

use std::path::Path;
use std::time::Duration;

use artel::contracts::Context;
use serde_json::{Value, json};
use test_support::{Tokens, eventually};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::mesh::Mesh;
use crate::offered::{self, Method};
use crate::wire::{Call, GRPC, Wire, framed};

const BOUND: Duration = Duration::from_secs(30);

/// A service and one of its methods that needs a token.
struct Door {
    service: &'static str,
    wire: Wire,
    method: Method,
}

impl Door {
    async fn ask(&self, token: Option<&str>) -> Status {
        let call = Call {
            path: self.method.path.clone(),
            content_type: GRPC,
            token: token.map(str::to_owned),
            headers: vec![],
            body: framed(&[]),
            streams: self.method.streams,
        };
        self.wire.send(&call).await.expect("the service answers").status
    }

    async fn believes(&self, token: &str) -> Result<(), Status> {
        let status = self.ask(Some(token)).await;
        if status.code() == Code::Unauthenticated {
            Err(status)
        } else {
            Ok(())
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_believes_good_tokens_only_and_forgets_those_whose_key_is_withdrawn() {
    let mesh = Mesh::up().await;
    let mut doors = Vec::new();
    for program in mesh.programs() {
        let context = Context::ALL
            .into_iter()
            .find(|context| program.name() == format!("svc-{}", context.name()));
        let methods = match context {
            Some(context) => offered::by_contract(context),
            None => offered::by_reflection(&program.url(), &["manager"]).await,
        };
        doors.push(Door {
            service: program.name(),
            wire: Wire::to(&program.url()),
            method: methods
                .into_iter()
                .find(|method| !method.roles.is_empty())
                .expect("a method with a lock"),
        });
    }

    // A second issuer of the same name: its key comes, and goes, while everything runs.
    let tokens = Tokens::of("artel");
    let own = keys(&mesh.jwks());
    publish(&mesh.jwks(), &[own.clone(), keys(tokens.jwks_path())].concat());
    let good = tokens.manager(Uuid::new_v4());
    for door in &doors {
        let (service, path) = (door.service, &door.method.path);
        eventually(BOUND, async || door.believes(&good).await).await;
        assert_eq!(
            door.ask(None).await.code(),
            Code::Unauthenticated,
            "{service}: no token"
        );
        for bad in tokens.bad() {
            let status = door.ask(Some(&bad.token)).await;
            assert_eq!(
                (status.code(), test_support::reason_of(&status).as_str()),
                (Code::Unauthenticated, bad.reason),
                "{service}: {path} with a token {}",
                bad.what
            );
        }
        door.believes(&good).await.expect("it is as good as before");
    }

    publish(&mesh.jwks(), &own);
    let of_mesh = mesh.key().sign(
        &["manager".to_owned()],
        &Uuid::new_v4().to_string(),
        artel::keys::TTL,
    );
    let of_mesh = of_mesh.expect("a token can be signed");
    for door in &doors {
        let forgotten = async || {
            door.believes(&good)
                .await
                .err()
                .ok_or("it still believes in the withdrawn key")
        };
        eventually(BOUND, forgotten).await;
        door.believes(&of_mesh)
            .await
            .expect("the other key is still known");
    }
}

fn keys(jwks: &Path) -> Vec<Value> {
    let text = std::fs::read(jwks).expect("the keys can be read");
    let set: Value = serde_json::from_slice(&text).expect("keys are JSON");
    set["keys"].as_array().cloned().expect("a list of keys")
}

fn publish(jwks: &Path, keys: &[Value]) {
    // Readers must never see half a file.
    let new = jwks.with_extension("new");
    std::fs::write(&new, json!({ "keys": keys }).to_string()).expect("keys can be written");
    std::fs::rename(&new, jwks).expect("keys can be written");
}
