use std::collections::BTreeSet;

use billing_contract::v1::OwnerKind;
use svc_notify::domain::language::Language;
use svc_notify::domain::news::News;
use svc_notify::domain::routing::{Audience, ROUTES, routes_of};
use svc_notify::events::announce::Tells;
use svc_notify::templates::Templates;

use crate::samples;

/// The event's type and what it means; the sample itself keeps its contract.
fn told<M: Tells>(event: &M) -> (&'static str, News) {
    event
        .validate()
        .unwrap_or_else(|error| panic!("{}: {error}", M::TYPE));
    (M::TYPE, event.news().unwrap())
}

fn all() -> Vec<(&'static str, News)> {
    vec![
        told(&samples::application_submitted()),
        told(&samples::application_repeated()),
        told(&samples::application_confirmed()),
        told(&samples::test_set_assigned()),
        told(&samples::tests_finished()),
        told(&samples::application_approved()),
        told(&samples::application_declined()),
        told(&samples::order_placed()),
        told(&samples::order_waiting()),
        told(&samples::order_assigned()),
        told(&samples::order_unassigned()),
        told(&samples::order_started()),
        told(&samples::order_completed()),
        told(&samples::order_cancelled(samples::WORKER)),
        told(&samples::order_cancelled("")),
        told(&samples::order_failed()),
        told(&samples::kit_requested()),
        told(&samples::kit_ready()),
        told(&samples::stock_low()),
        told(&samples::invoice_issued(OwnerKind::Client, samples::CLIENT)),
        told(&samples::invoice_issued(OwnerKind::Worker, samples::WORKER)),
        told(&samples::payment_succeeded()),
        told(&samples::payment_failed(true)),
        told(&samples::payment_failed(false)),
        told(&samples::invoice_overdue()),
        told(&samples::payout_made()),
        told(&samples::case_closed()),
    ]
}

fn templates() -> Templates {
    Templates::load(None, chrono_tz::Europe::Moscow, "https://artel.example").unwrap()
}

#[test]
fn n1_every_routed_event_fills_its_letters_in_both_languages_with_nothing_missing() {
    let templates = templates();
    for (event, news) in all() {
        for route in routes_of(event) {
            for language in Language::ALL {
                let letter = templates.fill(route.template, language, "Anna", &news.facts);
                letter.unwrap_or_else(|error| panic!("{} for {event}: {error:?}", route.template));
            }
        }
    }
}

#[test]
fn n1_every_event_of_the_table_concerns_whom_the_table_tells() {
    let all = all();
    let sampled: BTreeSet<_> = all.iter().map(|(event, _)| *event).collect();
    let routed: BTreeSet<_> = ROUTES.iter().map(|route| route.event).collect();
    assert_eq!(
        sampled, routed,
        "each event of the table has a sample here, and no other has one"
    );
    for route in ROUTES {
        let mut news = all
            .iter()
            .filter(|(event, _)| *event == route.event)
            .map(|(_, news)| news);
        assert!(
            news.any(|news| match route.audience {
                Audience::Candidate => news.candidate.is_some(),
                Audience::Client => news.client.is_some(),
                Audience::Worker => news.worker.is_some(),
                Audience::Managers | Audience::Department => true,
            }),
            "nobody is told of {}",
            route.event
        );
    }
}

#[test]
fn n3_a_template_s_example_says_what_its_event_says() {
    let templates = templates();
    for (event, news) in all() {
        let said: BTreeSet<_> = news.facts.names().collect();
        for route in routes_of(event) {
            let example = templates.example(route.template).unwrap();
            let missing: Vec<_> = example.names().filter(|name| !said.contains(name)).collect();
            assert!(
                missing.is_empty(),
                "{event} does not say {missing:?} of {}",
                route.template
            );
        }
    }
}

#[test]
fn n1_letters_say_where_when_and_what() {
    let templates = templates();
    let (_, news) = told(&samples::order_assigned());
    let job = templates
        .fill("job-assigned", Language::Ru, "Борис", &news.facts)
        .unwrap();
    assert_eq!(
        job.subject,
        "Новый заказ для вас: Уборка, 24 ноября 2026 г., 10:00–12:00 MSK"
    );
    for said in [
        "1 Garden Street",
        "Windows, too.\nAnd the balcony.",
        "+7 900 000-00-00",
        "/orders/5555",
    ] {
        assert!(job.text.contains(said), "{said} is not in {}", job.text);
    }
    let order = templates
        .fill("order-assigned", Language::En, "Anna", &news.facts)
        .unwrap();
    assert!(
        order
            .text
            .contains("RUB\u{a0}95.00, your discount of 5 % included"),
        "{}",
        order.text
    );
}

#[test]
fn h3_personal_links_stand_alone_on_their_line() {
    let templates = templates();
    let (_, news) = told(&samples::test_set_assigned());
    let letter = templates
        .fill("tests-assigned", Language::En, "Galina", &news.facts)
        .unwrap();
    let link = format!(
        "https://artel.example/tests?application={}&token={}",
        samples::APPLICATION,
        samples::TOKEN
    );
    assert!(letter.text.lines().any(|line| line == link), "{}", letter.text);
}
