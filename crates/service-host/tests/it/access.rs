//! Who may call what.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use conventions::Role;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use test_support::{Tokens, authorised, eventually, reason_of};
use tonic::{Code, Request};
use uuid::Uuid;

use crate::contract::{OPEN, PUT, STAFF};
use crate::support::{BOUND, Config, Host, message};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_token_is_unauthenticated() {
    let host = Host::start(&[]).await;
    let status = host
        .call(STAFF, Request::new(message(Uuid::new_v4(), "who")))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (Code::Unauthenticated, "TOKEN_MISSING")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_bad_token_is_refused() {
    let host = Host::start(&[]).await;
    for bad in host.tokens.bad() {
        for path in [STAFF, OPEN] {
            let status = host
                .call(path, authorised(message(Uuid::new_v4(), "who"), &bad.token))
                .await
                .unwrap_err();
            assert_eq!(status.code(), Code::Unauthenticated, "{}: {status}", bad.what);
            assert_eq!(reason_of(&status), bad.reason, "{}", bad.what);
        }
    }
    let good = host.tokens.manager(Uuid::new_v4());
    host.call(STAFF, authorised(message(Uuid::new_v4(), "who"), &good))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_is_no_bearer_token_or_comes_twice_is_refused() {
    let host = Host::start(&[]).await;
    let token = host.tokens.manager(Uuid::new_v4());
    for value in [
        token.clone(),
        format!("Basic {token}"),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
    ] {
        let mut request = Request::new(message(Uuid::new_v4(), "who"));
        request
            .metadata_mut()
            .insert("authorization", value.parse().unwrap());
        let status = host.call(STAFF, request).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated, "{value}");
    }
    let mut request = authorised(message(Uuid::new_v4(), "who"), &token);
    request
        .metadata_mut()
        .append("authorization", format!("Bearer {token}").parse().unwrap());
    assert_eq!(
        host.call(STAFF, request).await.unwrap_err().code(),
        Code::Unauthenticated
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_roles_of_the_policy_are_admitted() {
    let host = Host::start(&[]).await;
    let all = [
        Role::Client,
        Role::Worker,
        Role::Candidate,
        Role::Manager,
        Role::Quality,
        Role::Consumables,
        Role::Root,
        Role::Service,
    ];
    for role in all {
        let token = host.tokens.sign(&[role], Uuid::new_v4(), MINUTE);
        let result = host
            .call(STAFF, authorised(message(Uuid::new_v4(), "who"), &token))
            .await;
        if matches!(role, Role::Manager | Role::Quality) {
            assert!(
                result.unwrap().text.starts_with(&format!("{role:?} ")),
                "{role:?}"
            );
        } else {
            let status = result.unwrap_err();
            assert_eq!(
                (status.code(), reason_of(&status).as_str()),
                (Code::PermissionDenied, "ROLE_NOT_ALLOWED")
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_roles_or_with_the_systems_is_admitted_nowhere() {
    let host = Host::start(&[]).await;
    for roles in [&[][..], &[Role::System], &[Role::Anyone], &[Role::Unspecified]] {
        let token = host.tokens.sign(roles, Uuid::new_v4(), MINUTE);
        let status = host
            .call(STAFF, authorised(message(Uuid::new_v4(), "who"), &token))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{roles:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_deals_only_with_what_is_the_clients_own() {
    let host = Host::start(&[]).await;
    let (me, other) = (Uuid::new_v4(), Uuid::new_v4());
    let token = host.tokens.client(me);
    let mine = host
        .call(PUT, authorised(message(me, "who"), &token))
        .await
        .unwrap();
    assert_eq!(mine.text, format!("Client {me}"));
    let status = host
        .call(PUT, authorised(message(other, "who"), &token))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (Code::PermissionDenied, "NOT_YOURS")
    );
    let status = host.watch(&token, other).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied, "streams as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_deal_with_what_is_anyones_and_a_second_role_elsewhere_does_not_help() {
    let host = Host::start(&[]).await;
    let other = Uuid::new_v4();
    let manager = host.tokens.manager(Uuid::new_v4());
    host.call(PUT, authorised(message(other, "who"), &manager))
        .await
        .unwrap();
    // Consumables is staff, but this method does not admit it: the caller comes as a client alone.
    let both = host
        .tokens
        .sign(&[Role::Client, Role::Consumables], Uuid::new_v4(), MINUTE);
    let status = host
        .call(PUT, authorised(message(other, "who"), &both))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&status), "NOT_YOURS");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_for_anyone_needs_no_token_and_still_knows_whoever_shows_one() {
    let host = Host::start(&[]).await;
    // The handler checks the owner of every request: without a token nobody owns anything.
    let status = host
        .call(OPEN, Request::new(message(Uuid::new_v4(), "who")))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&status), "NOT_YOURS");
    let me = Uuid::new_v4();
    let known = host
        .call(OPEN, authorised(message(me, "who"), &host.tokens.client(me)))
        .await
        .unwrap();
    assert_eq!(known.text, format!("Anyone {me}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_believed_until_it_expires_though_it_was_verified_before() {
    let host = Host::start(&[]).await;
    let token = host.tokens.sign(&[Role::Manager], Uuid::new_v4(), Duration::ZERO);
    let call = async || {
        host.call(STAFF, authorised(message(Uuid::new_v4(), "who"), &token))
            .await
    };
    call().await.expect("within the leeway of five seconds");
    let status = eventually(BOUND, async || call().await.err().ok_or("still believed")).await;
    assert_eq!(reason_of(&status), "TOKEN_EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_without_a_restart() {
    let host = Host::start(&["--jwks-refresh=10m"]).await;
    let old = host.tokens.manager(Uuid::new_v4());
    let call = async |token: &str| {
        host.call(STAFF, authorised(message(Uuid::new_v4(), "who"), token))
            .await
    };
    call(&old).await.unwrap();
    host.tokens.rotate();
    // The unknown key has them read anew, though not more often than every two seconds.
    let new = host.tokens.manager(Uuid::new_v4());
    eventually(BOUND, async || call(&new).await).await;
    let status = call(&old).await.unwrap_err();
    assert_eq!(
        reason_of(&status),
        "TOKEN_INVALID",
        "the withdrawn key's tokens are forgotten"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_read_anew_by_timer() {
    let host = Host::start(&["--jwks-refresh=1s"]).await;
    let old = host.tokens.manager(Uuid::new_v4());
    let call = async || {
        host.call(STAFF, authorised(message(Uuid::new_v4(), "who"), &old))
            .await
    };
    call().await.unwrap();
    host.tokens.rotate();
    // Nobody shows a token of the new key.
    eventually(BOUND, async || call().await.err().ok_or("still believed")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_by_http_and_an_issuer_that_is_away_is_waited_for() {
    let address = format!("127.0.0.1:{}", test_support::free_port());
    let url = format!("http://{address}/jwks");
    let tokens = Tokens::new();
    let database = crate::support::fresh_database().await;
    let config = Config::new(database.url(), &tokens, &[&format!("--jwks={url}")]);
    let host = Host::start_from(config, tokens).await;
    let token = host.tokens.manager(Uuid::new_v4());
    let call = async || {
        host.call(STAFF, authorised(message(Uuid::new_v4(), "who"), &token))
            .await
    };
    let status = call().await.unwrap_err();
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (Code::Unavailable, "KEYS_UNAVAILABLE")
    );

    let keys = std::fs::read_to_string(host.tokens.jwks_path()).unwrap();
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let routes = axum::Router::new().route("/jwks", axum::routing::get(move || async move { keys }));
    let issuer = tokio::spawn(async move { axum::serve(listener, routes).await });
    eventually(BOUND, call).await;
    issuer.abort();
}

/// The issuer publishes this key instead of its own. Its id is the algorithm's name.
fn publish(tokens: &Tokens, key: &EncodingKey, algorithm: Algorithm) {
    let mut public = Jwk::from_encoding_key(key, algorithm).unwrap();
    public.common.key_id = Some(format!("{algorithm:?}"));
    std::fs::write(tokens.jwks_path(), json!({ "keys": [public] }).to_string()).unwrap();
}

/// A manager's token, signed with this key and said to be signed with the one of that id.
fn signed_with(tokens: &Tokens, key: &EncodingKey, algorithm: Algorithm, id: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({
        "iss": tokens.issuer(), "aud": [tokens.audience(), "others"], "sub": Uuid::new_v4().to_string(),
        "exp": now + 60, "roles": ["manager", "something else"],
    });
    let header = Header {
        kid: Some(id.to_owned()),
        ..Header::new(algorithm)
    };
    encode(&header, &claims, key).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_other_kinds_are_believed_and_only_with_their_own_algorithm() {
    let host = Host::start(&[]).await;
    let call = async |token: &str| {
        host.call(STAFF, authorised(message(Uuid::new_v4(), "who"), token))
            .await
    };
    let elliptic = EncodingKey::from_ec_der(include_bytes!("keys/ec-p256.der"));
    let rsa = EncodingKey::from_rsa_der(include_bytes!("keys/rsa-2048.der"));
    for (key, algorithm, id) in [
        (&elliptic, Algorithm::ES256, "ES256"),
        (&rsa, Algorithm::RS256, "RS256"),
    ] {
        publish(&host.tokens, key, algorithm);
        let token = signed_with(&host.tokens, key, algorithm, id);
        eventually(BOUND, async || call(&token).await).await;
    }
    let token = signed_with(&host.tokens, &rsa, Algorithm::RS512, "RS256");
    assert_eq!(reason_of(&call(&token).await.unwrap_err()), "TOKEN_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_rsa_key_is_not_believed() {
    let tokens = Tokens::new();
    let weak = EncodingKey::from_rsa_der(include_bytes!("keys/rsa-1024.der"));
    publish(&tokens, &weak, Algorithm::RS256);
    let token = signed_with(&tokens, &weak, Algorithm::RS256, "RS256");
    let database = crate::support::fresh_database().await;
    let host = Host::start_from(Config::new(database.url(), &tokens, &[]), tokens).await;
    let status = host
        .call(STAFF, authorised(message(Uuid::new_v4(), "who"), &token))
        .await
        .unwrap_err();
    assert_eq!(
        reason_of(&status),
        "KEYS_UNAVAILABLE",
        "there is no usable key at all"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_cannot_learn_why_a_token_is_not_believed() {
    let host = Host::start(&[]).await;
    let texts: std::collections::HashSet<_> = {
        let mut texts = std::collections::HashSet::new();
        for bad in host
            .tokens
            .bad()
            .into_iter()
            .filter(|bad| bad.reason == "TOKEN_INVALID")
        {
            let request = authorised(message(Uuid::new_v4(), "who"), &bad.token);
            texts.insert(host.call(STAFF, request).await.unwrap_err().message().to_owned());
        }
        texts
    };
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_of_an_upload_must_be_the_callers_own() {
    let host = Host::start(&[]).await;
    let (me, other) = (Uuid::new_v4(), Uuid::new_v4());
    let upload = async |owners: &[Uuid], token: &str| {
        let messages: Vec<_> = owners.iter().map(|owner| message(*owner, "")).collect();
        host.upload(authorised(messages, token)).await
    };
    let mine = host.tokens.client(me);
    let answer = upload(&[me, me, me], &mine).await.unwrap();
    assert_eq!((answer.text, answer.number), (format!("Client {me}"), 3));
    for owners in [&[other][..], &[me, me, other]] {
        let status = upload(owners, &mine).await.unwrap_err();
        assert_eq!(
            (status.code(), reason_of(&status).as_str()),
            (Code::PermissionDenied, "NOT_YOURS")
        );
    }
    let staff = host.tokens.manager(Uuid::new_v4());
    assert_eq!(upload(&[me, other], &staff).await.unwrap().number, 2);

    let status = upload(&[me], &host.tokens.worker(me)).await.unwrap_err();
    assert_eq!(reason_of(&status), "ROLE_NOT_ALLOWED");
    let status = host.upload(Request::new(vec![message(me, "")])).await;
    assert_eq!(reason_of(&status.unwrap_err()), "TOKEN_MISSING");
}
