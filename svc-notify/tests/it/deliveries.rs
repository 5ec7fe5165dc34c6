use std::time::Duration;

use notify_contract::v1 as pb;
use notify_contract::v1::notify_service_client::NotifyServiceClient;
use serde_json::json;
use svc_notify::events::on_recipient::OnRecipient;
use svc_notify::mail::Mailer;
use svc_notify::store::deliveries;
use test_support::{authorised, eventually, reason_of};
use tonic::transport::Channel;
use uuid::Uuid;

use crate::samples::{self, ANNA, GALINA};
use crate::support::{BOUND, Bench};

async fn listed(
    calls: &mut NotifyServiceClient<Channel>,
    bench: &Bench,
    status: pb::DeliveryStatus,
) -> Vec<pb::Delivery> {
    let request = pb::ListDeliveriesRequest {
        status: status.into(),
        ..Default::default()
    };
    let request = authorised(request, &bench.tokens.manager(samples::MANAGER));
    calls
        .list_deliveries(request)
        .await
        .unwrap()
        .into_inner()
        .deliveries
}

#[tokio::test(flavor = "multi_thread")]
async fn n2_a_mail_server_that_is_away_delays_mails_and_loses_and_doubles_none() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    bench
        .fault(json!({ "service": "smtp", "mode": "away", "for_calls": 2 }))
        .await;
    bench.announce_new(&samples::order_placed()).await;
    let deliver = bench.deliver();
    let mails = eventually(BOUND, async || {
        deliver.run().await.unwrap();
        let mails = bench.mails(ANNA).await;
        if mails.is_empty() {
            Err("no mail yet")
        } else {
            Ok(mails)
        }
    })
    .await;
    assert_eq!((mails.len(), mails[0]["times_received"].as_u64()), (1, Some(1)));

    let (channel, _running) = bench.serve().await;
    let sent = listed(
        &mut NotifyServiceClient::new(channel),
        &bench,
        pb::DeliveryStatus::Sent,
    )
    .await;
    assert_eq!((sent.len(), sent[0].attempts), (1, 3));
    assert!(sent[0].sent_at.is_some() && sent[0].next_attempt_at.is_none() && sent[0].last_error.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn n2_what_cannot_be_delivered_is_kept_listed_and_sent_again_to_the_present_address() {
    let bench = Bench::new().await;
    bench
        .process(
            &OnRecipient,
            Uuid::now_v7(),
            &samples::client(1, "bounced@example.org"),
        )
        .await
        .unwrap();
    bench.announce_new(&samples::order_placed()).await;
    bench.deliver().run().await.unwrap();

    let (channel, _running) = bench.serve().await;
    let mut calls = NotifyServiceClient::new(channel);
    let dead = listed(&mut calls, &bench, pb::DeliveryStatus::Dead).await;
    assert_eq!(
        (dead.len(), dead[0].attempts, dead[0].email.as_str()),
        (1, 1, "bounced@example.org")
    );
    assert!(
        dead[0].last_error.contains("no such mailbox"),
        "{}",
        dead[0].last_error
    );
    assert_eq!(dead[0].event_type, "artel.orders.v1.OrderPlaced");

    bench
        .process(&OnRecipient, Uuid::now_v7(), &samples::client(2, ANNA))
        .await
        .unwrap();
    let again = pb::ResendDeliveryRequest {
        request_id: Uuid::new_v4().to_string(),
        delivery_id: dead[0].delivery_id.clone(),
    };
    let manager = bench.tokens.manager(samples::MANAGER);
    for _ in 0..2 {
        let resent = calls
            .resend_delivery(authorised(again.clone(), &manager))
            .await
            .unwrap()
            .into_inner();
        let delivery = resent.delivery.unwrap();
        assert_eq!(
            (delivery.status(), delivery.email.as_str()),
            (pb::DeliveryStatus::Pending, ANNA)
        );
    }
    bench.deliver().run().await.unwrap();
    assert_eq!(bench.mails(ANNA).await.len(), 1);

    let once_more = pb::ResendDeliveryRequest {
        request_id: Uuid::new_v4().to_string(),
        ..again.clone()
    };
    let refused = calls
        .resend_delivery(authorised(once_more, &manager))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "DELIVERY_NOT_DEAD");
    let unknown = pb::ResendDeliveryRequest {
        request_id: Uuid::new_v4().to_string(),
        delivery_id: Uuid::new_v4().to_string(),
    };
    let refused = calls
        .resend_delivery(authorised(unknown, &manager))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "DELIVERY_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn n2_a_mail_that_keeps_failing_is_given_up_after_its_attempts() {
    let bench = Bench::with(&["--mail-attempts=3"]).await;
    bench
        .process(
            &OnRecipient,
            Uuid::now_v7(),
            &samples::client(1, "deferred@example.org"),
        )
        .await
        .unwrap();
    bench.announce_new(&samples::order_placed()).await;
    let (channel, _running) = bench.serve().await;
    let calls = NotifyServiceClient::new(channel);
    let deliver = bench.deliver();
    let dead = eventually(BOUND, async || {
        deliver.run().await.unwrap();
        listed(&mut calls.clone(), &bench, pb::DeliveryStatus::Dead)
            .await
            .pop()
            .ok_or("not given up yet")
    })
    .await;
    assert_eq!(dead.attempts, 3);
    assert!(dead.last_error.contains("mailbox busy"), "{}", dead.last_error);
}

#[tokio::test(flavor = "multi_thread")]
async fn n2_a_crash_after_the_mail_server_took_it_repeats_the_same_message_id() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    bench.announce_new(&samples::order_placed()).await;
    let mailer = Mailer::new(&bench.settings.own.mail).unwrap();
    let mut conn = bench.db.connection().await.unwrap();
    let claimed = deliveries::claim(&mut conn, bench.clock.now(), Duration::ZERO, 10)
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    mailer.send(&claimed[0]).await.unwrap();
    // Here the process dies: the mail is out, nothing says so.
    bench.deliver().run().await.unwrap();
    let mails = bench.mails(ANNA).await;
    assert_eq!((mails.len(), mails[0]["times_received"].as_u64()), (1, Some(2)));
    assert_eq!(
        mails[0]["message_id"],
        format!("{}@artel.example", claimed[0].id())
    );

    // The dead process's late word changes nothing.
    deliveries::sent(&mut conn, &claimed[0], bench.clock.now())
        .await
        .unwrap();
    bench.deliver().run().await.unwrap();
    assert_eq!(bench.mails(ANNA).await[0]["times_received"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn n2_an_answer_that_never_comes_repeats_the_same_message_id() {
    let bench = Bench::with(&["--smtp-timeout=300ms"]).await;
    bench.introduce_people().await;
    bench
        .fault(json!({ "service": "smtp", "mode": "slow", "for_calls": 1 }))
        .await;
    bench.announce_new(&samples::order_placed()).await;
    let deliver = bench.deliver();
    let mails = eventually(BOUND, async || {
        deliver.run().await.unwrap();
        let mails = bench.mails(ANNA).await;
        let received = mails.first().and_then(|mail| mail["times_received"].as_u64());
        if received >= Some(2) {
            Ok(mails)
        } else {
            Err("not sent again yet")
        }
    })
    .await;
    assert_eq!(mails.len(), 1, "the mailbox knows the Message-ID");
}

#[tokio::test(flavor = "multi_thread")]
async fn n2_replicas_that_deliver_at_once_send_each_mail_once() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    for _ in 0..100 {
        bench.announce_new(&samples::order_placed()).await;
    }
    let (one, two, three) = (bench.deliver(), bench.deliver(), bench.deliver());
    let ran = tokio::join!(one.run(), two.run(), three.run());
    assert!(ran.0.is_ok() && ran.1.is_ok() && ran.2.is_ok());
    let mails = bench.mails(ANNA).await;
    assert_eq!(mails.len(), 100);
    assert!(mails.iter().all(|mail| mail["times_received"] == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_nothing_of_a_personal_link_is_kept_once_it_is_sent() {
    let bench = Bench::new().await;
    bench.announce_new(&samples::test_set_assigned()).await;
    let kept = async || -> i64 {
        use diesel_async::RunQueryDsl as _;
        let mut conn = bench.database.connection().await;
        let found = "(SELECT count(*) FROM notifications WHERE body_text || body_html LIKE '%token=%')";
        diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(found))
            .get_result(&mut conn)
            .await
            .unwrap()
    };
    assert_eq!(kept().await, 1);
    bench.deliver().run().await.unwrap();
    assert!(
        bench.mails(GALINA).await[0]["text"]
            .as_str()
            .unwrap()
            .contains(samples::TOKEN)
    );
    assert_eq!(kept().await, 0);
}
