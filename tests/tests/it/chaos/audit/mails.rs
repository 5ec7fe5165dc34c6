//! One event, one recipient, one mail (N1, N2): feeds hold what the histories of orders, kits and
//! invoices say, and every notification lies in its mailbox, once.

use std::collections::BTreeMap;

use artel::contracts::Context::Notify;
use artel::failure::Error;
use conventions::Role;
use serde_json::{Value, json};

use super::books::{Books, pages, word};
use super::findings::Findings;
use crate::mesh::Mesh;

/// Of what kind, about what: how often.
type Feed = BTreeMap<(String, String), usize>;

pub async fn audit(books: &Books<'_>, mesh: &Mesh, found: &mut Findings) -> Result<(), Error> {
    for (kind, id) in books.owners() {
        let role = if kind == "CLIENT" {
            Role::Client
        } else {
            Role::Worker
        };
        let reader = books.stage.caller(&[role], id)?;
        let request = json!({ "recipientId": id });
        let read = pages(&reader, Notify, "ListNotifications", request, "/notifications").await?;
        let mut feed = Feed::new();
        for notification in &read {
            note(
                &mut feed,
                word(notification, "template"),
                word(notification, "aboutId"),
            );
        }
        found.expect(id, "the feed", &feed, &expected(books, kind, id));
    }
    delivered(books, mesh, found).await
}

fn note(feed: &mut Feed, template: &str, about: &str) {
    *feed.entry((template.to_owned(), about.to_owned())).or_default() += 1;
}

/// What a client or a worker must have been told.
fn expected(books: &Books<'_>, kind: &str, id: &str) -> Feed {
    let mut feed = Feed::new();
    for order in books.orders.values() {
        let is_mine = if kind == "CLIENT" {
            order.client_id == id
        } else {
            order.worker_id.as_deref() == Some(id)
        };
        if !is_mine {
            continue;
        }
        for event in order.events() {
            match (kind, event) {
                ("CLIENT", event) => note(&mut feed, &format!("order-{event}"), &order.id),
                (_, "assigned" | "cancelled") => note(&mut feed, &format!("job-{event}"), &order.id),
                _ => {}
            }
        }
        let ready = books.kits[&order.id]
            .iter()
            .any(|kit| word(kit, "state") == "KIT_STATE_ISSUED");
        if kind == "WORKER" && ready {
            note(&mut feed, "kit-ready", &order.id);
        }
    }
    invoices(books, kind, id, &mut feed);
    feed
}

fn invoices(books: &Books<'_>, kind: &str, id: &str, feed: &mut Feed) {
    let client = kind == "CLIENT";
    for invoice in books
        .invoices
        .iter()
        .filter(|invoice| word(invoice, "ownerId") == id)
    {
        let about = word(invoice, "invoiceId");
        note(
            feed,
            if client {
                "invoice-issued"
            } else {
                "payout-announced"
            },
            about,
        );
        if client && word(invoice, "status") == "INVOICE_STATUS_OVERDUE" {
            note(feed, "invoice-overdue", about);
        }
    }
    let (attempts, owner) = if client {
        (&books.payments, "clientId")
    } else {
        (&books.payouts, "workerId")
    };
    for attempt in attempts.iter().filter(|attempt| word(attempt, owner) == id) {
        match (client, word(attempt, "status")) {
            (true, "ATTEMPT_STATUS_SUCCEEDED") => note(feed, "payment-succeeded", word(attempt, "invoiceId")),
            (true, "ATTEMPT_STATUS_FAILED") => note(feed, "payment-failed", word(attempt, "invoiceId")),
            (false, "ATTEMPT_STATUS_SUCCEEDED") => note(feed, "payout-made", word(attempt, "invoiceId")),
            _ => {}
        }
    }
}

/// Every delivery is sent, and its mail, known by its Message-ID, is shown once in the right
/// mailbox. Nothing else is there.
async fn delivered(books: &Books<'_>, mesh: &Mesh, found: &mut Findings) -> Result<(), Error> {
    let deliveries = pages(&books.root, Notify, "ListDeliveries", json!({}), "/deliveries").await?;
    let mut should: Vec<(String, String)> = Vec::new();
    for delivery in &deliveries {
        let id = word(delivery, "deliveryId");
        found.expect(
            id,
            "the delivery",
            &word(delivery, "status"),
            &"DELIVERY_STATUS_SENT",
        );
        should.push((id.to_owned(), word(delivery, "email").to_owned()));
    }
    let mut shown: Vec<(String, String)> = mesh.mails().await.iter().map(identity).collect();
    should.sort();
    shown.sort();
    let missing: Vec<_> = should
        .iter()
        .filter(|mail| shown.binary_search(mail).is_err())
        .collect();
    found.expect("the mailboxes", "mails that are missing", &missing, &vec![]);
    found.expect(
        "the mailboxes",
        "the number of mails",
        &shown.len(),
        &should.len(),
    );
    let kits = deliveries
        .iter()
        .filter(|delivery| word(delivery, "template") == "kit-requested")
        .count();
    let requested = books.kits.values().map(Vec::len).sum();
    found.expect(
        "the department",
        "letters about kits to assemble",
        &kits,
        &requested,
    );
    Ok(())
}

/// The notification's id, from the Message-ID, and the mailbox.
fn identity(mail: &Value) -> (String, String) {
    let message_id = word(mail, "message_id");
    let id = message_id.split('@').next().unwrap_or_default();
    (id.to_owned(), word(mail, "to").to_owned())
}
