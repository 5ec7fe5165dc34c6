use messaging::Stop;
use svc_notify::events::on_recipient::OnRecipient;
use uuid::Uuid;

use crate::samples::{self, ANNA, BORIS, GALINA, VERA};
use crate::support::{Bench, DEPARTMENT_MAIL};

#[tokio::test(flavor = "multi_thread")]
async fn n2_one_event_makes_one_mail_for_each_whom_it_concerns_however_often_it_is_told() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    let event = Uuid::now_v7();
    for _ in 0..3 {
        bench.announce(event, &samples::order_assigned()).await.unwrap();
        bench.deliver().run().await.unwrap();
    }
    for (to, subject) in [
        (
            ANNA,
            "Исполнитель найден: Уборка, 24 ноября 2026 г., 10:00–12:00 MSK",
        ),
        (
            BORIS,
            "New job for you: Уборка, 24 November 2026, 10:00–12:00 MSK",
        ),
    ] {
        let mails = bench.mails(to).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(
            (mails[0]["subject"].as_str(), mails[0]["times_received"].as_u64()),
            (Some(subject), Some(1))
        );
        assert_eq!(mails[0]["from"], "noreply@artel.example");
    }
    bench.announce_new(&samples::order_assigned()).await;
    bench.deliver().run().await.unwrap();
    assert_eq!(bench.mails(ANNA).await.len(), 2, "another event is another mail");
}

#[tokio::test(flavor = "multi_thread")]
async fn n2_two_replicas_that_tell_the_same_event_at_once_make_one_mail() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    let (event, message) = (Uuid::now_v7(), samples::order_placed());
    let told = tokio::join!(
        bench.announce(event, &message),
        bench.announce(event, &message),
        bench.announce(event, &message)
    );
    assert!(told.0.is_ok() && told.1.is_ok() && told.2.is_ok());
    bench.deliver().run().await.unwrap();
    assert_eq!(bench.mails(ANNA).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_an_event_about_somebody_unknown_waits_and_leaves_nothing_behind() {
    let bench = Bench::new().await;
    for _ in 0..2 {
        let stopped = bench.announce(Uuid::now_v7(), &samples::order_placed()).await;
        assert!(matches!(stopped, Err(Stop::NotYet(_))), "{stopped:?}");
    }
    let stopped = bench
        .announce(Uuid::now_v7(), &samples::application_confirmed())
        .await;
    assert!(
        matches!(stopped, Err(Stop::NotYet(_))),
        "no manager is known: {stopped:?}"
    );
    bench.deliver().run().await.unwrap();
    assert!(bench.mails(ANNA).await.is_empty());
    bench.introduce_people().await;
    bench.announce_new(&samples::order_placed()).await;
    bench.deliver().run().await.unwrap();
    assert_eq!(bench.mails(ANNA).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn n1_an_order_cancelled_before_assignment_tells_the_client_alone_and_names_no_price() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    bench.announce_new(&samples::order_cancelled("")).await;
    bench.deliver().run().await.unwrap();
    assert!(bench.mails(BORIS).await.is_empty());
    let mails = bench.mails(ANNA).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0]["text"].as_str().unwrap().contains("Платить не нужно."));
    bench
        .announce_new(&samples::order_cancelled(samples::WORKER))
        .await;
    bench.deliver().run().await.unwrap();
    assert_eq!(
        (bench.mails(BORIS).await.len(), bench.mails(ANNA).await.len()),
        (1, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn n1_an_application_s_letters_go_to_the_candidate_and_to_every_manager_who_hires() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    let mut gone = samples::manager();
    gone.manager_id = samples::OTHER.into();
    gone.person = samples::person("Gone", "gone@artel.example", "en");
    gone.archived = true;
    bench.process(&OnRecipient, Uuid::now_v7(), &gone).await.unwrap();
    let mut clerk = samples::manager();
    clerk.manager_id = samples::ORDER.into();
    clerk.person = samples::person("Clerk", "clerk@artel.example", "ru");
    clerk.roles = vec!["consumables".into()];
    bench.process(&OnRecipient, Uuid::now_v7(), &clerk).await.unwrap();

    bench.announce_new(&samples::application_submitted()).await;
    bench.deliver().run().await.unwrap();
    assert!(
        bench.mails(VERA).await.is_empty(),
        "an unconfirmed application is nobody's business"
    );
    bench.announce_new(&samples::application_confirmed()).await;
    bench.announce_new(&samples::tests_finished()).await;
    bench.deliver().run().await.unwrap();
    let mut subjects = bench.subjects(GALINA).await;
    subjects.sort();
    let heard = [
        "Address confirmed: Courier",
        "Confirm your address: application for Courier",
        "Tests received: Courier",
    ];
    assert_eq!(subjects, heard, "the candidate hears of every step, too");
    let mut subjects = bench.subjects(VERA).await;
    subjects.sort();
    assert_eq!(
        subjects,
        [
            "New application: Galina, Courier",
            "Tests finished: Galina, 87 of 100"
        ]
    );
    for nobody in ["gone@artel.example", "clerk@artel.example"] {
        assert!(bench.mails(nobody).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n1_the_department_hears_of_kits_and_of_low_stock() {
    let bench = Bench::new().await;
    bench.announce_new(&samples::kit_requested()).await;
    bench.announce_new(&samples::stock_low()).await;
    bench.deliver().run().await.unwrap();
    let mut subjects = bench.subjects(DEPARTMENT_MAIL).await;
    subjects.sort();
    let kit = "Kit to assemble: Уборка, 24 November 2026, 10:00–12:00 MSK";
    assert_eq!(subjects, [kit, "Low stock: Soap"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_the_newest_state_of_a_recipient_counts_in_whatever_order_it_comes() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    bench
        .process(
            &OnRecipient,
            Uuid::now_v7(),
            &samples::client(3, "new@example.org"),
        )
        .await
        .unwrap();
    bench
        .process(
            &OnRecipient,
            Uuid::now_v7(),
            &samples::client(2, "old@example.org"),
        )
        .await
        .unwrap();
    bench.announce_new(&samples::order_placed()).await;
    bench.deliver().run().await.unwrap();
    assert_eq!(bench.mails("new@example.org").await.len(), 1);
    assert!(bench.mails("old@example.org").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_reach_the_mailbox_as_text_and_add_neither_header_nor_recipient() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    let mut confirmed = samples::application_confirmed();
    let name = "Eve\r\nBcc: victim@example.org\r\n\r\n<img src=x onerror=alert(1)>\r\n.\r\nMAIL FROM:<x@y.z>";
    confirmed.candidate = samples::person(name, GALINA, "en");
    bench.announce_new(&confirmed).await;
    bench.deliver().run().await.unwrap();
    let mails = bench.mails(VERA).await;
    assert_eq!(mails.len(), 1);
    let html = mails[0]["html"].as_str().unwrap();
    assert!(!html.contains("<img") && html.contains("&lt;img"), "{html}");
    assert!(
        mails[0]["subject"]
            .as_str()
            .unwrap()
            .starts_with("New application: Eve  Bcc: victim@example.org")
    );
    assert!(bench.mails("victim@example.org").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_of_recipients_are_kept_as_one_line() {
    let bench = Bench::new().await;
    let mut client = samples::client(1, ANNA);
    client.person = samples::person("Anna\0\u{202e}\r\nBcc: victim@example.org", ANNA, "en");
    bench
        .process(&OnRecipient, Uuid::now_v7(), &client)
        .await
        .unwrap();
    bench.announce_new(&samples::order_placed()).await;
    bench.deliver().run().await.unwrap();
    let text = bench.mails(ANNA).await[0]["text"].as_str().unwrap().to_owned();
    assert!(
        text.starts_with("Hello Anna    Bcc: victim@example.org,"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_a_person_is_told_when_somebody_applies_with_their_address_and_managers_are_not() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    bench.announce_new(&samples::application_repeated()).await;
    bench.deliver().run().await.unwrap();
    assert_eq!(
        bench.subjects(GALINA).await,
        ["You have applied already: Courier"]
    );
    assert!(bench.mails(VERA).await.is_empty());
}
