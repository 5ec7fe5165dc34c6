//! Providers moved money once (B5–B8): repeated requests had the same idempotency key and no
//! effect, and what the stand-ins did is what billing says was done.

use std::collections::BTreeMap;

use artel::failure::Error;
use artel::story::minor;
use serde_json::Value;

use super::books::{Books, word};
use super::findings::Findings;
use crate::mesh::Mesh;

pub async fn audit(books: &Books<'_>, mesh: &Mesh, found: &mut Findings) -> Result<(), Error> {
    found.expect(
        "the stand-ins",
        "whether they forgot nothing",
        &mesh.outside_forgot_nothing().await,
        &true,
    );
    let mut charged = once_each("card", &mesh.outside_calls("card", "POST").await, found);
    charged.retain(|_, call| call["status"] == 201);
    let mut wallets = once_each("wallet", &mesh.outside_calls("wallet", "POST").await, found);
    wallets.retain(|_, call| call["status"] == 200);
    charged.append(&mut wallets);
    agree("payments", &charged, &books.payments, "paymentId", found)?;
    let paid_out = once_each(
        "golden-hat",
        &mesh.outside_calls("golden-hat", "POST").await,
        found,
    );
    agree("payouts", &paid_out, &books.payouts, "payoutId", found)?;
    settled_once(books, found);
    Ok(())
}

/// By its key, the call that did something. Every other call with that key asked for the same, and
/// did nothing.
fn once_each(stand_in: &str, calls: &[Value], found: &mut Findings) -> BTreeMap<String, Value> {
    let mut done: BTreeMap<String, Value> = BTreeMap::new();
    for call in calls {
        let key = word(call, "idempotency_key").to_owned();
        let about = format!("{stand_in} {key}");
        match done.get(&key) {
            None => {
                found.expect(
                    &about,
                    "whether the first call was a repeat",
                    &call["replayed"],
                    &false.into(),
                );
                done.insert(key, call.clone());
            }
            Some(first) => {
                found.expect(
                    &about,
                    "whether a further call was a repeat",
                    &call["replayed"],
                    &true.into(),
                );
                found.expect(
                    &about,
                    "what a further call asks for",
                    &call["body"],
                    &first["body"],
                );
            }
        }
    }
    done
}

/// What was done outside is what billing says succeeded, key by key and sum by sum.
fn agree(
    what: &str,
    outside: &BTreeMap<String, Value>,
    attempts: &[Value],
    id: &str,
    found: &mut Findings,
) -> Result<(), Error> {
    let mut inside = BTreeMap::new();
    for attempt in attempts {
        if word(attempt, "status") == "ATTEMPT_STATUS_SUCCEEDED" {
            inside.insert(word(attempt, id).to_owned(), Some(minor(attempt, "/amount")?));
        }
    }
    let outside = outside
        .iter()
        .map(|(key, call)| (key.clone(), amount(&call["body"])))
        .collect();
    found.expect(what, "what the provider did", &outside, &inside);
    Ok(())
}

/// In minor units, as the three providers write it.
fn amount(body: &Value) -> Option<i64> {
    let number = body.get("amount_minor").or_else(|| body.pointer("/amount/value"));
    let units = || body.pointer("/sum/units")?.as_str()?.parse().ok();
    number.and_then(Value::as_i64).or_else(units)
}

/// An invoice that is paid was settled by exactly one attempt; one that is not, by none.
fn settled_once(books: &Books<'_>, found: &mut Findings) {
    for invoice in &books.invoices {
        let id = word(invoice, "invoiceId");
        let attempts = books.payments.iter().chain(&books.payouts);
        let succeeded = attempts
            .filter(|attempt| {
                word(attempt, "invoiceId") == id && word(attempt, "status") == "ATTEMPT_STATUS_SUCCEEDED"
            })
            .count();
        let paid = usize::from(word(invoice, "status") == "INVOICE_STATUS_PAID");
        found.expect(id, "the attempts that settled the invoice", &succeeded, &paid);
    }
}
