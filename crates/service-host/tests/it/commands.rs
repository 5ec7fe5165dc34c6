//! Rule G3: repeating a request gives the first answer again.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use diesel_async::RunQueryDsl;
use futures::future::join_all;
use service_host::requests;
use test_support::{authorised, reason_of};
use tonic::Code;
use uuid::Uuid;

use crate::contract::{OPEN, PUT, PutRequest};
use crate::support::{Host, count, effects, message};

async fn rows(host: &Host) -> i64 {
    let mut conn = host.database.as_ref().unwrap().connection().await;
    count(&mut conn, "SELECT count(*) AS count FROM requests")
        .await
        .unwrap()
}

async fn done(host: &Host) -> i64 {
    let mut conn = host.database.as_ref().unwrap().connection().await;
    effects(&mut conn).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_the_same_request_gives_the_first_answer_again_and_has_one_effect() {
    let host = Host::start(&[]).await;
    let me = Uuid::new_v4();
    let (request, token) = (message(me, "once"), host.tokens.client(me));
    let first = host.call(PUT, authorised(request.clone(), &token)).await.unwrap();
    host.put(me, "another").await.unwrap();
    let again = host.call(PUT, authorised(request, &token)).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(done(&host).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_sixteen_callers_at_once_have_one_effect_and_one_answer() {
    let host = Host::start(&["--database-pool-size=4"]).await;
    let me = Uuid::new_v4();
    let (request, token) = (message(me, "at once"), host.tokens.client(me));
    let calls = (0..16).map(|_| host.call(PUT, authorised(request.clone(), &token)));
    let answers = join_all(calls)
        .await
        .into_iter()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(done(&host).await, 1);
    assert_eq!(
        AtomicI64::load(&host.state.runs, Ordering::SeqCst),
        1,
        "the others never ran the command"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_the_same_id_with_other_contents_is_refused() {
    let host = Host::start(&[]).await;
    let me = Uuid::new_v4();
    let (request, token) = (message(me, "this"), host.tokens.client(me));
    host.call(PUT, authorised(request.clone(), &token)).await.unwrap();
    let other = PutRequest {
        text: "that".to_owned(),
        ..request
    };
    let status = host
        .call(PUT, authorised(other.clone(), &token))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (Code::Aborted, "REQUEST_ID_REUSED")
    );
    assert_eq!(done(&host).await, 1);

    // The same contents to another method are another request.
    let this = PutRequest {
        text: "this".to_owned(),
        ..other
    };
    let status = host.call(OPEN, authorised(this, &token)).await.unwrap_err();
    assert_eq!(reason_of(&status), "REQUEST_ID_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_ids_of_different_callers_are_different_requests() {
    let host = Host::start(&[]).await;
    let (me, other) = (Uuid::new_v4(), Uuid::new_v4());
    let mine = message(me, "mine");
    let theirs = PutRequest {
        client_id: other.to_string(),
        text: "theirs".to_owned(),
        ..mine.clone()
    };
    host.call(PUT, authorised(mine, &host.tokens.client(me)))
        .await
        .unwrap();
    let answer = host
        .call(PUT, authorised(theirs, &host.tokens.client(other)))
        .await
        .unwrap();
    assert_eq!(answer.text, "theirs");
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_a_refused_command_changes_nothing_and_can_be_repeated() {
    let host = Host::start(&[]).await;
    let me = Uuid::new_v4();
    let (request, token) = (message(me, "later"), host.tokens.client(me));
    host.state.refuses.store(true, Ordering::SeqCst);
    let status = host
        .call(PUT, authorised(request.clone(), &token))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (Code::FailedPrecondition, "NOT_NOW")
    );
    assert_eq!((done(&host).await, rows(&host).await), (0, 0));

    host.state.refuses.store(false, Ordering::SeqCst);
    host.call(PUT, authorised(request, &token)).await.unwrap();
    assert_eq!((done(&host).await, rows(&host).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_an_id_that_is_no_uuid_is_refused_with_the_field_named() {
    let host = Host::start(&[]).await;
    let me = Uuid::new_v4();
    let request = PutRequest {
        request_id: "seventeen".to_owned(),
        ..message(me, "x")
    };
    let status = host
        .call(PUT, authorised(request, &host.tokens.client(me)))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = tonic_types::StatusExt::get_details_bad_request(&status).unwrap();
    assert_eq!(details.field_violations[0].field, "request_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_others_got_in_the_way_of_is_tried_again_and_has_one_effect() {
    let host = Host::start(&[]).await;
    host.put(Uuid::new_v4(), "contended").await.unwrap();
    assert_eq!(AtomicI64::load(&host.state.runs, Ordering::SeqCst), 2);
    assert_eq!((done(&host).await, rows(&host).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swallowed_failure_of_a_statement_is_never_answered_as_success() {
    let host = Host::start(&[]).await;
    let status = host.put(Uuid::new_v4(), "swallow").await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert_eq!((done(&host).await, rows(&host).await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_forgotten_after_seven_days_and_not_before() {
    let host = Host::start(&[]).await;
    let me = Uuid::new_v4();
    for text in ["old", "young"] {
        host.put(me, text).await.unwrap();
    }
    let mut conn = host.database.as_ref().unwrap().connection().await;
    diesel::sql_query(
        "UPDATE requests SET created_at = created_at - interval '7 days 1 second' \
         WHERE request_id = (SELECT request_id FROM requests ORDER BY created_at LIMIT 1)",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    assert_eq!(requests::purge(&host.state.db).await.unwrap(), 1);
    assert_eq!(requests::purge(&host.state.db).await.unwrap(), 0);
    assert_eq!(rows(&host).await, 1);
    assert_eq!(requests::RETENTION, Duration::from_hours(168));
}
