//! Balances equal the sum of their lines (B2), orders and workers' screens reflect them (B11, O8),
//! and all accounts together sum to zero (B1).

use artel::contracts::Context::{Billing, Orders};
use artel::failure::Error;
use artel::story::minor;
use serde_json::{Value, json};

use super::books::{Books, pages, word};
use super::findings::Findings;

pub async fn audit(books: &Books<'_>, found: &mut Findings) -> Result<(), Error> {
    let company = pages(
        &books.root,
        Billing,
        "ListCompanyAccounts",
        json!({}),
        "/accounts",
    )
    .await?;
    let mut trial: i64 = sum(&company, "/balance")?;
    for (kind, id) in books.owners() {
        let owner = json!({ "ownerKind": format!("OWNER_KIND_{kind}"), "ownerId": id });
        let account = books.root.call(Billing, "GetAccount", owner.clone()).await?;
        let balance = minor(&account, "/account/balance")?;
        let lines = pages(&books.root, Billing, "ListLines", owner, "/lines").await?;
        found.expect(
            id,
            "the balance, beside the sum of its lines",
            &balance,
            &sum(&lines, "/amount")?,
        );
        // What clients owe is the company's, what workers are owed is not.
        trial += if kind == "CLIENT" { balance } else { -balance };

        let settled = settled(books, kind, id)?;
        found.expect(
            id,
            "what was settled",
            &minor(&account, "/account/cumulativePaid")?,
            &settled,
        );
        let seen = books
            .root
            .call(Orders, "GetBalance", json!({ "ownerId": id }))
            .await?;
        let reflected = (
            minor(&seen, "/balance/balance")?,
            minor(&seen, "/balance/cumulativePaid")?,
        );
        found.expect(id, "what orders reflects", &reflected, &(balance, settled));
    }
    found.expect("the ledger", "the sum of all balances", &trial, &0);
    Ok(())
}

/// Everything that this owner's attempts settled.
fn settled(books: &Books<'_>, kind: &str, id: &str) -> Result<i64, Error> {
    let (attempts, owner) = if kind == "CLIENT" {
        (&books.payments, "clientId")
    } else {
        (&books.payouts, "workerId")
    };
    let succeeded: Vec<Value> = attempts
        .iter()
        .filter(|attempt| word(attempt, owner) == id && word(attempt, "status") == "ATTEMPT_STATUS_SUCCEEDED")
        .cloned()
        .collect();
    sum(&succeeded, "/amount")
}

fn sum(values: &[Value], path: &str) -> Result<i64, Error> {
    values.iter().map(|value| minor(value, path)).sum()
}
