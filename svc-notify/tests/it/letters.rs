use std::collections::BTreeSet;

use billing_contract::v1::OwnerKind;
use strum::VariantArray as _;
use svc_notify::domain::announcement::Announcement;
use svc_notify::domain::language::Language;
use svc_notify::domain::routing::{Audience, ROUTES, routes_of};
use svc_notify::events::convert::Announced;
use svc_notify::templates::Templates;

use crate::samples;

/// The type of a valid event, and its announcement.
fn announced<M: Announced>(event: &M) -> (&'static str, Announcement) {
    event
        .validate()
        .unwrap_or_else(|error| panic!("{}: {error}", M::TYPE));
    (M::TYPE, event.announcement().unwrap())
}

fn all() -> Vec<(&'static str, Announcement)> {
    vec![
        announced(&samples::application_submitted()),
        announced(&samples::application_repeated()),
        announced(&samples::application_confirmed()),
        announced(&samples::test_set_assigned()),
        announced(&samples::tests_finished()),
        announced(&samples::application_approved()),
        announced(&samples::application_declined()),
        announced(&samples::order_placed()),
        announced(&samples::order_waiting()),
        announced(&samples::order_assigned()),
        announced(&samples::order_unassigned()),
        announced(&samples::order_started()),
        announced(&samples::order_completed()),
        announced(&samples::order_cancelled(samples::WORKER)),
        announced(&samples::order_cancelled("")),
        announced(&samples::order_failed()),
        announced(&samples::kit_requested()),
        announced(&samples::kit_ready()),
        announced(&samples::stock_low()),
        announced(&samples::invoice_issued(OwnerKind::Client, samples::CLIENT)),
        announced(&samples::invoice_issued(OwnerKind::Worker, samples::WORKER)),
        announced(&samples::payment_succeeded()),
        announced(&samples::payment_failed(true)),
        announced(&samples::payment_failed(false)),
        announced(&samples::invoice_overdue()),
        announced(&samples::payout_made()),
        announced(&samples::case_closed()),
    ]
}

fn templates() -> Templates {
    Templates::load(None, chrono_tz::Europe::Moscow, "https://artel.example").unwrap()
}

#[test]
fn n1_each_announced_event_has_the_facts_of_its_letters_in_both_languages() {
    let templates = templates();
    for (event, announcement) in all() {
        for route in routes_of(event) {
            for &language in Language::VARIANTS {
                let letter = templates.fill(route.template, language, "Anna", &announcement.facts);
                letter.unwrap_or_else(|error| panic!("{} for {event}: {error:?}", route.template));
            }
        }
    }
}

#[test]
fn n1_each_event_of_the_routing_table_concerns_the_audience_of_its_line() {
    let all = all();
    let sampled: BTreeSet<_> = all.iter().map(|(event, _)| *event).collect();
    let routed: BTreeSet<_> = ROUTES.iter().map(|route| route.event).collect();
    assert_eq!(
        sampled, routed,
        "each event of the routing table has a sample here, and no other event"
    );
    for route in ROUTES {
        let mut announcement = all
            .iter()
            .filter(|(event, _)| *event == route.event)
            .map(|(_, announcement)| announcement);
        assert!(
            announcement.any(|announcement| match route.audience {
                Audience::Candidate => announcement.candidate.is_some(),
                Audience::Client => announcement.client.is_some(),
                Audience::Worker => announcement.worker.is_some(),
                Audience::Managers | Audience::Department => true,
            }),
            "{} is announced to no recipient",
            route.event
        );
    }
}

#[test]
fn n3_each_fact_of_an_example_is_a_fact_of_its_event() {
    let templates = templates();
    for (event, announcement) in all() {
        let facts: BTreeSet<_> = announcement.facts.names().collect();
        for route in routes_of(event) {
            let example = templates.example(route.template).unwrap();
            let missing: Vec<_> = example.names().filter(|name| !facts.contains(name)).collect();
            assert!(
                missing.is_empty(),
                "{event} lacks the facts {missing:?} of {}",
                route.template
            );
        }
    }
}

#[test]
fn n1_letters_tell_place_time_and_task() {
    let templates = templates();
    let (_, announcement) = announced(&samples::order_assigned());
    let job = templates
        .fill("job-assigned", Language::Ru, "Борис", &announcement.facts)
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
        .fill("order-assigned", Language::En, "Anna", &announcement.facts)
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
    let (_, announcement) = announced(&samples::test_set_assigned());
    let letter = templates
        .fill("tests-assigned", Language::En, "Galina", &announcement.facts)
        .unwrap();
    let link = format!(
        "https://artel.example/tests?application={}&token={}",
        samples::APPLICATION,
        samples::TOKEN
    );
    assert!(letter.text.lines().any(|line| line == link), "{}", letter.text);
}
