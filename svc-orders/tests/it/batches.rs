//! ADR 10, G3: each order of a batch is answered as if it had been placed alone.

use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use futures::future::join_all;
use orders_contract::v1 as pb;
use svc_orders::domain::ids::ServiceTypeId;
use svc_orders::domain::service_type::ServiceType;
use test_support::{authorised, eventually, reason_of};
use tokio::task::JoinHandle;
use tonic::{Code, Response, Status};

use crate::support::{BOUND, World, hour, id, service_type};

type Answer = Result<pb::PlaceOrderResponse, Status>;
type Calling = JoinHandle<Result<Response<pb::PlaceOrderResponse>, Status>>;

/// A lock that keeps every order from being placed.
struct Lock(AsyncPgConnection);

impl Lock {
    async fn take(world: &World) -> Self {
        let mut conn = world.connection().await;
        let statement = "BEGIN; LOCK TABLE requests IN ACCESS EXCLUSIVE MODE";
        conn.batch_execute(statement).await.unwrap();
        Self(conn)
    }

    /// Waits until a call waits for the lock.
    async fn is_waited_for(&self, world: &World) {
        eventually(BOUND, async || {
            let waiting = "pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() \
                        AND query LIKE 'INSERT INTO requests%'";
            match rows(world, waiting).await {
                0 => Err("no call waits for the lock"),
                _ => Ok(()),
            }
        })
        .await;
    }

    async fn release(mut self) {
        self.0.batch_execute("COMMIT").await.unwrap();
    }
}

fn place(world: &World, request: pb::PlaceOrderRequest, token: &str) -> Calling {
    let (mut orders, request) = (world.orders(), authorised(request, token));
    tokio::spawn(async move { orders.place_order(request).await })
}

async fn answers(calls: Vec<Calling>) -> Vec<Answer> {
    let answers = join_all(calls).await.into_iter();
    answers
        .map(|answer| answer.unwrap().map(Response::into_inner))
        .collect()
}

/// Sends all requests while the lock is held, so that most of them join one batch; then releases
/// it.
async fn place_together(world: &World, requests: Vec<(pb::PlaceOrderRequest, &str)>) -> Vec<Answer> {
    let lock = Lock::take(world).await;
    let calls = requests
        .into_iter()
        .map(|(request, token)| place(world, request, token))
        .collect();
    lock.is_waited_for(world).await;
    lock.release().await;
    answers(calls).await
}

async fn rows(world: &World, of: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        value: i64,
    }
    let query = diesel::sql_query(format!("SELECT count(*) AS value FROM {of}"));
    let mut conn = world.db.connection().await.unwrap();
    let count: Count = query.get_result(&mut *conn).await.unwrap();
    count.value
}

/// Counts the orders, and checks that each has its history, its request and its event.
async fn placed(world: &World) -> i64 {
    let orders = rows(world, "orders").await;
    for of in [
        "order_changes WHERE event = 'placed'",
        "requests WHERE method LIKE '%/PlaceOrder'",
        "outbox WHERE ce_type LIKE '%.OrderPlaced'",
    ] {
        assert_eq!(rows(world, of).await, orders, "{of}");
    }
    orders
}

fn why(answer: &Answer) -> (Code, String) {
    match answer {
        Ok(_) => (Code::Ok, String::new()),
        Err(status) => (status.code(), reason_of(status)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn o2_valid_and_invalid_orders_of_a_batch_are_each_answered_on_their_own() {
    let world = World::start().await;
    let archived = ServiceType {
        active: false,
        ..service_type(ServiceTypeId::generate())
    };
    world.offer(&archived).await;
    let (client, token) = world.client().await;
    let used = world.order(&client, hour(1));
    answers(vec![place(&world, used.clone(), &token)]).await;
    let (stranger, order) = (id(), || world.order(&client, hour(2)));
    let strangers = world.tokens.client(&stranger);

    let mut unknown = order();
    unknown.service_type_id = id();
    let mut gone = order();
    gone.service_type_id = archived.id.to_string();
    let mut late = order();
    late.slot = Some(hour(-2));
    let mut reused = order();
    reused.request_id = used.request_id;
    let of_stranger = world.order(&stranger, hour(2));
    let bad = [
        (unknown, &token, Code::NotFound, "SERVICE_TYPE_NOT_FOUND"),
        (gone, &token, Code::FailedPrecondition, "SERVICE_TYPE_NOT_ACTIVE"),
        (late, &token, Code::InvalidArgument, "INVALID_FIELD"),
        (reused, &token, Code::Aborted, "REQUEST_ID_REUSED"),
        (of_stranger, &strangers, Code::NotFound, "CLIENT_NOT_FOUND"),
    ];
    let mut requests = Vec::new();
    for (request, token_of_bad, ..) in &bad {
        requests.push((request.clone(), token_of_bad.as_str()));
        requests.extend((0..6).map(|_| (order(), token.as_str())));
    }
    let answers = place_together(&world, requests).await;
    for (some, (_, _, code, reason)) in answers.chunks(7).zip(&bad) {
        assert_eq!(why(&some[0]), (*code, (*reason).to_owned()));
        assert!(some[1..].iter().all(Result::is_ok), "{some:?}");
    }
    assert_eq!(placed(&world).await, 1 + 5 * 6);
    // Fewer transactions than orders: otherwise the test would not have tested batches.
    let transactions = rows(&world, "(SELECT DISTINCT xmin::text FROM orders) AS transactions").await;
    assert!(transactions < 1 + 5 * 6, "{transactions} transactions");
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_sixty_four_callers_with_the_same_request_get_one_order() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let request = world.order(&client, hour(1));
    let answers = place_together(&world, vec![(request.clone(), token.as_str()); 64]).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!(placed(&world).await, 1);

    let mut other = request;
    other.place = "elsewhere".into();
    let twins = place_together(&world, vec![(other, token.as_str()); 8]).await;
    let reused = (Code::Aborted, "REQUEST_ID_REUSED".to_owned());
    assert!(twins.iter().all(|answer| why(answer) == reused), "{twins:?}");
    assert_eq!(placed(&world).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn o2_an_order_that_the_database_refuses_fails_no_other_order_of_its_batch() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let mut invalid = world.order(&client, hour(1));
    invalid.description = "a\0b".into();
    let order = || (world.order(&client, hour(1)), token.as_str());
    let mut requests: Vec<_> = std::iter::repeat_with(order).take(20).collect();
    requests.insert(10, (invalid, &token));
    let mut answers = place_together(&world, requests).await;
    assert_eq!(why(&answers.remove(10)).0, Code::InvalidArgument);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(placed(&world).await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_are_being_placed_at_shutdown_are_answered() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let lock = Lock::take(&world).await;
    let calls: Vec<_> = (0..20)
        .map(|_| place(&world, world.order(&client, hour(1)), &token))
        .collect();
    lock.is_waited_for(&world).await;
    world.stop();
    lock.release().await;
    // A call that came too late failed, and its order was not placed.
    let answered = answers(calls)
        .await
        .iter()
        .filter(|answer| answer.is_ok())
        .count();
    assert!(answered > 0);
    assert_eq!(placed(&world).await, i64::try_from(answered).unwrap());
}
