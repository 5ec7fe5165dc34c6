use diesel_async::SimpleAsyncConnection as _;
use notify_contract::v1 as pb;
use notify_contract::v1::notify_service_client::NotifyServiceClient;
use svc_notify::domain::recipient::DEPARTMENT;
use test_support::{authorised, reason_of};
use tonic::transport::Channel;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::samples::{self, CLIENT, MANAGER, WORKER};
use crate::support::{BOUND, Bench};

async fn feed(
    calls: &mut NotifyServiceClient<Channel>,
    token: &str,
    whose: &str,
) -> Result<pb::ListNotificationsResponse, Status> {
    let request = pb::ListNotificationsRequest {
        recipient_id: whose.into(),
        ..Default::default()
    };
    calls
        .list_notifications(authorised(request, token))
        .await
        .map(tonic::Response::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_a_recipient_reads_the_own_feed_and_nobody_elses() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    bench.announce_new(&samples::order_assigned()).await;
    bench.announce_new(&samples::stock_low()).await;
    let (channel, _running) = bench.serve().await;
    let mut calls = NotifyServiceClient::new(channel);
    let tokens = &bench.tokens;
    let department = DEPARTMENT.to_string();

    let own = feed(&mut calls, &tokens.client(CLIENT), CLIENT).await.unwrap();
    let entry = &own.notifications[0];
    assert_eq!(
        (own.notifications.len(), own.unread_count, entry.template.as_str()),
        (1, 1, "order-assigned")
    );
    assert_eq!(
        (entry.about_kind.as_str(), entry.about_id.as_str()),
        ("order", samples::ORDER)
    );
    let own = feed(&mut calls, &tokens.worker(WORKER), WORKER).await.unwrap();
    assert_eq!(own.notifications[0].template, "job-assigned");
    let own = feed(&mut calls, &tokens.consumables(MANAGER), &department)
        .await
        .unwrap();
    assert_eq!(own.notifications[0].template, "stock-low");

    for (token, whose) in [
        (tokens.client(samples::OTHER), CLIENT),
        (tokens.worker(WORKER), CLIENT),
        (tokens.client(CLIENT), WORKER),
        (tokens.manager(MANAGER), CLIENT),
        (tokens.root(MANAGER), WORKER),
        (tokens.manager(MANAGER), &department),
        (tokens.client(CLIENT), &department),
    ] {
        let refused = feed(&mut calls, &token, whose).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::PermissionDenied, "NOT_YOURS")
        );
        let request = pb::WatchNotificationsRequest {
            recipient_id: whose.into(),
        };
        let refused = calls
            .watch_notifications(authorised(request, &token))
            .await
            .unwrap_err();
        assert_eq!(reason_of(&refused), "NOT_YOURS");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_a_recipient_watches_the_own_feed_live_and_hears_of_what_is_new_once() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    bench.announce_new(&samples::order_placed()).await;
    let (channel, _running) = bench.serve().await;
    let mut calls = NotifyServiceClient::new(channel);
    let request = pb::WatchNotificationsRequest {
        recipient_id: CLIENT.into(),
    };
    let token = bench.tokens.client(CLIENT);
    let mut bell = calls
        .watch_notifications(authorised(request, &token))
        .await
        .unwrap()
        .into_inner();

    bench.announce_new(&samples::order_assigned()).await;
    bench.announce_new(&samples::order_started()).await;
    bench.announce_new(&samples::payout_made()).await;
    bench.announce_new(&samples::order_completed()).await;
    for expected in ["order-assigned", "order-started", "order-completed"] {
        let rung = tokio::time::timeout(BOUND, bell.message())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(rung.notification.unwrap().template, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_a_watch_passes_over_nothing_however_much_comes_at_once() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    bench.announce_new(&samples::order_placed()).await;
    let (channel, _running) = bench.serve().await;
    let mut calls = NotifyServiceClient::new(channel);
    let request = pb::WatchNotificationsRequest {
        recipient_id: CLIENT.into(),
    };
    let token = bench.tokens.client(CLIENT);
    let mut bell = calls
        .watch_notifications(authorised(request, &token))
        .await
        .unwrap()
        .into_inner();
    for round in 0..2 {
        // In one transaction: no look can fall between them.
        let many = format!(
            "INSERT INTO notifications (id, event_id, event_type, template, secret, recipient_id, about_kind, about_id, \
             language, subject, body_text, body_html, created_at) \
             SELECT gen_random_uuid(), gen_random_uuid(), 'test', 'order-placed', false, '{CLIENT}', 'order', \
             ({round} * 250 + number)::text, 'ru', '-', '-', '-', '2026-11-24T07:00:00Z' FROM generate_series(1, 250) AS number ORDER BY number"
        );
        bench
            .database
            .connection()
            .await
            .batch_execute(&many)
            .await
            .unwrap();
        for number in 1..=250 {
            let rung = tokio::time::timeout(BOUND, bell.message()).await.unwrap();
            let rung = rung.unwrap().unwrap().notification.unwrap();
            assert_eq!(rung.about_id, (round * 250 + number).to_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_what_was_read_is_marked_once_and_only_in_the_own_feed() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    bench.announce_new(&samples::order_assigned()).await;
    bench.announce_new(&samples::order_started()).await;
    let (channel, _running) = bench.serve().await;
    let mut calls = NotifyServiceClient::new(channel);
    let client = bench.tokens.client(CLIENT);
    let theirs = feed(&mut calls, &bench.tokens.worker(WORKER), WORKER)
        .await
        .unwrap()
        .notifications;
    let own = feed(&mut calls, &client, CLIENT).await.unwrap().notifications;
    let ids = vec![own[0].notification_id.clone(), theirs[0].notification_id.clone()];
    let read = pb::MarkReadRequest {
        request_id: Uuid::new_v4().to_string(),
        recipient_id: CLIENT.into(),
        notification_ids: ids,
    };
    for _ in 0..2 {
        let marked = calls
            .mark_read(authorised(read.clone(), &client))
            .await
            .unwrap()
            .into_inner()
            .marked;
        assert_eq!(marked, 1, "the same request has the same answer");
    }
    let again = pb::MarkReadRequest {
        request_id: Uuid::new_v4().to_string(),
        ..read
    };
    assert_eq!(
        calls
            .mark_read(authorised(again, &client))
            .await
            .unwrap()
            .into_inner()
            .marked,
        0
    );
    assert_eq!(feed(&mut calls, &client, CLIENT).await.unwrap().unread_count, 1);
    assert_eq!(
        feed(&mut calls, &bench.tokens.worker(WORKER), WORKER)
            .await
            .unwrap()
            .unread_count,
        1
    );
    let unread = pb::ListNotificationsRequest {
        recipient_id: CLIENT.into(),
        unread_only: true,
        ..Default::default()
    };
    let unread = calls
        .list_notifications(authorised(unread, &client))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(unread.notifications.len(), 1);
    assert_ne!(unread.notifications[0].notification_id, own[0].notification_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_a_feed_is_paged_newest_first_without_gap_or_overlap() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    for _ in 0..7 {
        bench.announce_new(&samples::order_placed()).await;
    }
    bench.announce_new(&samples::order_completed()).await;
    let (channel, _running) = bench.serve().await;
    let mut calls = NotifyServiceClient::new(channel);
    let client = bench.tokens.client(CLIENT);
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListNotificationsRequest {
            recipient_id: CLIENT.into(),
            page_size: 3,
            page_token: token,
            ..Default::default()
        };
        let page = calls
            .list_notifications(authorised(request, &client))
            .await
            .unwrap()
            .into_inner();
        seen.extend(page.notifications);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen[0].template, "order-completed");
    let mut ids: Vec<_> = seen.iter().map(|entry| &entry.notification_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((seen.len(), ids.len()), (8, 8));
}
