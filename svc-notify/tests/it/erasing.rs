use diesel_async::RunQueryDsl as _;
use notify_contract::v1 as pb;
use notify_contract::v1::notify_service_client::NotifyServiceClient;
use svc_notify::events::on_application_erased::OnApplicationErased;
use test_support::authorised;
use uuid::Uuid;

use crate::samples::{self, GALINA, VERA};
use crate::support::Bench;

/// Rows of this service that still hold the text, wherever.
async fn rows_with(bench: &Bench, text: &str) -> i64 {
    let mut conn = bench.database.connection().await;
    let found = format!(
        "(SELECT count(*) FROM (SELECT r::text AS row FROM recipients r UNION ALL SELECT n::text FROM notifications n \
         UNION ALL SELECT d::text FROM deliveries d) all_rows WHERE row ILIKE '%{text}%')"
    );
    diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(&found))
        .get_result(&mut conn)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn h7_nothing_personal_of_an_erased_candidate_is_left_and_nothing_more_is_sent() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    bench.announce_new(&samples::application_submitted()).await;
    bench.announce_new(&samples::application_confirmed()).await;
    bench.deliver().run().await.unwrap();
    bench.announce_new(&samples::application_declined()).await;
    bench.announce_new(&samples::tests_finished()).await;
    assert!(rows_with(&bench, "galina").await > 0);

    for _ in 0..2 {
        bench
            .process(
                &OnApplicationErased,
                Uuid::now_v7(),
                &samples::application_erased(),
            )
            .await
            .unwrap();
        assert_eq!(rows_with(&bench, "galina").await, 0);
    }
    bench.deliver().run().await.unwrap();
    assert_eq!(
        (bench.mails(GALINA).await.len(), bench.mails(VERA).await.len()),
        (2, 1)
    );

    let (channel, _running) = bench.serve().await;
    let mut calls = NotifyServiceClient::new(channel);
    let manager = bench.tokens.manager(samples::MANAGER);
    let feed = pb::ListNotificationsRequest {
        recipient_id: samples::MANAGER.into(),
        ..Default::default()
    };
    let feed = calls
        .list_notifications(authorised(feed, &manager))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((feed.notifications.len(), feed.unread_count), (0, 0));
    let erased = pb::ListDeliveriesRequest {
        status: pb::DeliveryStatus::Erased.into(),
        ..Default::default()
    };
    let erased = calls
        .list_deliveries(authorised(erased, &manager))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        erased.deliveries.len(),
        3,
        "the decline, the thanks and the manager's letter that waited"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn h7_erasing_somebody_never_written_to_is_no_trouble() {
    let bench = Bench::new().await;
    bench
        .process(
            &OnApplicationErased,
            Uuid::now_v7(),
            &samples::application_erased(),
        )
        .await
        .unwrap();
}
