//! Orders are what callers were told (O3, G3, G6): every acknowledged command is in the order's
//! history once, at the version that was answered, and nothing else is there than what the system
//! does by itself.

use std::collections::BTreeSet;

use artel::contracts::Context::Orders;
use artel::failure::Error;
use serde_json::{Value, json};

use super::books::{Books, Ended, pages, word};
use super::findings::Findings;

pub async fn audit(books: &Books<'_>, found: &mut Findings) -> Result<(), Error> {
    for order in books.orders.values() {
        let is_over = matches!(order.state.as_str(), "COMPLETED" | "CANCELLED" | "FAILED");
        found.expect(&order.id, "whether it is over", &is_over, &true);
        is_a_chain(order, found);
        is_what_was_told(books, order, found);
    }
    none_but_those_acknowledged(books, found).await
}

/// From nothing to its state, each change from where the last one led, numbered without a gap.
fn is_a_chain(order: &Ended, found: &mut Findings) {
    let mut state = "ORDER_STATE_UNSPECIFIED".to_owned();
    for (version, change) in (1..).zip(&order.history) {
        found.expect(
            &order.id,
            "the version of a change",
            &change["version"].as_i64(),
            &Some(version),
        );
        found.expect(
            &order.id,
            "the state before a change",
            &word(change, "from"),
            &state.as_str(),
        );
        word(change, "to").clone_into(&mut state);
    }
    found.expect(
        &order.id,
        "the state after all changes",
        &state.as_str(),
        &word(&order.order, "state"),
    );
    let changes = i64::try_from(order.history.len()).ok();
    found.expect(
        &order.id,
        "its version",
        &order.order["version"].as_i64(),
        &changes,
    );
}

fn is_what_was_told(books: &Books<'_>, order: &Ended, found: &mut Findings) {
    let acknowledged: Vec<(&str, i64)> = books
        .told
        .iter()
        .filter(|told| told.answer.pointer("/order/orderId").and_then(Value::as_str) == Some(&order.id))
        .filter_map(|told| {
            Some((
                event_of(told.method)?,
                told.answer.pointer("/order/version")?.as_i64()?,
            ))
        })
        .collect();
    let commanded: Vec<(&str, i64)> = order
        .history
        .iter()
        .filter(|change| change.pointer("/by/role").and_then(Value::as_str) != Some("ROLE_SYSTEM"))
        .map(|change| {
            (
                word(change, "event"),
                change["version"].as_i64().unwrap_or_default(),
            )
        })
        .collect();
    found.expect(&order.id, "what was commanded", &commanded, &acknowledged);
}

/// What the history calls the effect of a command.
fn event_of(method: &str) -> Option<&'static str> {
    match method {
        "PlaceOrder" => Some("placed"),
        "CancelOrder" => Some("cancelled"),
        "StartWork" => Some("started"),
        "CompleteWork" => Some("completed"),
        "ReportFailure" => Some("failed"),
        _ => None,
    }
}

async fn none_but_those_acknowledged(books: &Books<'_>, found: &mut Findings) -> Result<(), Error> {
    for customer in &books.cast.clients {
        let client_id = &customer.client.id;
        let request = json!({ "clientId": client_id });
        let listed = pages(&books.root, Orders, "ListOrders", request, "/orders").await?;
        let mut is: Vec<&str> = listed.iter().map(|order| word(order, "orderId")).collect();
        is.sort_unstable();
        let should: BTreeSet<&str> = books
            .orders
            .values()
            .filter(|order| order.client_id == *client_id)
            .map(|order| order.id.as_str())
            .collect();
        found.expect(
            client_id,
            "the client's orders",
            &is,
            &should.into_iter().collect(),
        );
    }
    Ok(())
}
