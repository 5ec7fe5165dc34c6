//! Act three: the money.

use conventions::Role;
use serde_json::{Value, json};

use super::hire::Worker;
use super::order::Client;
use super::{Stage, expect, list, minor, text};
use crate::call::Caller;
use crate::contracts::Context::{Billing, Orders};
use crate::failure::Error;

/// What the ledger says about one order: minor units that the client owes for it, and that the
/// worker earned by it (negative: was fined).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booked {
    /// The client's charge.
    pub client: i64,
    /// The worker's pay minus fines.
    pub worker: i64,
}

/// Waits until the ledger holds entries for the order; what client and worker see of them.
pub async fn booked(
    stage: &Stage,
    order_id: &str,
    client: &Client,
    worker: &Worker,
    should: Booked,
) -> Result<(), Error> {
    let of_client = stage.caller(&[Role::Client], &client.id)?;
    let of_worker = stage.caller(&[Role::Worker], &worker.id)?;
    let seen = stage
        .until("the order's lines in the ledger", async || {
            let client = lines(&of_client, "OWNER_KIND_CLIENT", &client.id, order_id).await?;
            let worker = lines(&of_worker, "OWNER_KIND_WORKER", &worker.id, order_id).await?;
            let there = !client.is_empty() && (!worker.is_empty() || should.worker == 0);
            let seen = Booked {
                client: client.iter().sum(),
                worker: worker.iter().sum(),
            };
            Ok(if there {
                Ok(seen)
            } else {
                Err(format!("{client:?}, {worker:?}"))
            })
        })
        .await?;
    expect("what the order's lines sum up to", &seen, &should)?;
    balanced(stage, order_id).await?;
    stage.tell(
        "billing",
        format!(
            "books the order: client {}, worker {}; the postings sum to zero",
            seen.client, seen.worker
        ),
    );
    Ok(())
}

async fn lines(caller: &Caller, kind: &str, owner_id: &str, order_id: &str) -> Result<Vec<i64>, Error> {
    let request = json!({ "ownerKind": kind, "ownerId": owner_id, "pageSize": 100 });
    let answer = match caller.call(Billing, "ListLines", request).await {
        Ok(answer) => answer,
        // Accounts open by events, which may be on their way.
        Err(error) if error.reason() == "ACCOUNT_NOT_FOUND" => return Ok(vec![]),
        Err(error) => return Err(error),
    };
    let of_order = |line: &&Value| line.get("orderId").and_then(Value::as_str) == Some(order_id);
    list(&answer, "/lines")
        .iter()
        .filter(of_order)
        .map(|line| minor(line, "/amount"))
        .collect()
}

/// Every transaction about the order has two or more postings that sum to zero (B1).
async fn balanced(stage: &Stage, order_id: &str) -> Result<(), Error> {
    let answer = stage
        .root()?
        .call(Billing, "ListTransactions", json!({ "orderId": order_id }))
        .await?;
    let transactions = list(&answer, "/transactions");
    if transactions.is_empty() {
        return Err(Error::Story(format!(
            "the ledger holds no transaction about order {order_id}"
        )));
    }
    for transaction in transactions {
        let sums: Result<Vec<i64>, Error> = list(transaction, "/postings")
            .iter()
            .map(|posting| minor(posting, "/amount"))
            .collect();
        let sums = sums?;
        expect(
            "whether a transaction has two or more postings",
            &(sums.len() >= 2),
            &true,
        )?;
        expect(
            "the sum of a transaction's postings",
            &sums.iter().sum::<i64>(),
            &0,
        )?;
    }
    Ok(())
}

/// Waits until orders shows the client's balance as billing announced it (O8, B11).
pub async fn reflected(stage: &Stage, client: &Client, balance: i64, paid: i64) -> Result<(), Error> {
    let caller = stage.caller(&[Role::Client], &client.id)?;
    stage
        .until("orders to reflect the balance", async || {
            let answer = caller
                .call(Orders, "GetBalance", json!({ "ownerId": client.id }))
                .await?;
            let seen = (
                minor(&answer, "/balance/balance"),
                minor(&answer, "/balance/cumulativePaid"),
            );
            Ok(match seen {
                (Ok(is), Ok(has_paid)) if (is, has_paid) == (balance, paid) => Ok(()),
                other => Err(format!("{other:?}")),
            })
        })
        .await?;
    stage.tell(
        "orders",
        format!("reflects the client's balance: {balance} due, {paid} paid so far"),
    );
    Ok(())
}

/// Closes every period up to now: the client's week, the worker's month.
pub async fn close(stage: &Stage) -> Result<(), Error> {
    stage.root()?.call(Billing, "ClosePeriods", json!({})).await?;
    stage.tell("root", "closes the clients' week and the workers' month");
    Ok(())
}

/// The invoice of this amount, once it has this status; its number.
pub async fn invoice(stage: &Stage, owner_id: &str, amount: i64, status: &str) -> Result<Value, Error> {
    let root = stage.root()?;
    stage
        .until(&format!("the invoice over {amount} to be {status}"), async || {
            let request = json!({ "ownerId": owner_id, "pageSize": 100 });
            let answer = root.call(Billing, "ListInvoices", request).await?;
            let mut seen = Vec::new();
            for invoice in list(&answer, "/invoices") {
                let (is, of) = (text(invoice, "/status")?, minor(invoice, "/amount")?);
                if is == format!("INVOICE_STATUS_{status}") && of == amount {
                    return Ok(Ok(invoice.clone()));
                }
                seen.push(format!("{is} {of}"));
            }
            Ok(Err(seen.join(", ")))
        })
        .await
}

/// How the attempts to charge an invoice ended, oldest first: `FAILED`, `SUCCEEDED`.
pub async fn attempts(stage: &Stage, invoice_id: &str) -> Result<Vec<String>, Error> {
    let answer = stage
        .root()?
        .call(Billing, "ListPayments", json!({ "invoiceId": invoice_id }))
        .await?;
    let mut attempts = Vec::new();
    for payment in list(&answer, "/payments") {
        let number = payment.get("attempt").and_then(Value::as_i64).unwrap_or_default();
        attempts.push((number, text(payment, "/status")?.replace("ATTEMPT_STATUS_", "")));
    }
    attempts.sort();
    Ok(attempts.into_iter().map(|(_, status)| status).collect())
}

/// The client's invoice is paid, the worker's payout made.
pub async fn paid(
    stage: &Stage,
    client: &Client,
    due: i64,
    worker: &Worker,
    earned: i64,
) -> Result<(), Error> {
    let invoice_id = text(&invoice(stage, &client.id, due, "PAID").await?, "/invoiceId")?;
    expect(
        "the attempts to charge",
        &attempts(stage, &invoice_id).await?,
        &vec!["SUCCEEDED".to_owned()],
    )?;
    stage.tell(
        "billing",
        format!("InvoiceIssued, PaymentSucceeded → the client's card was charged {due} over HTTP, once"),
    );
    invoice(stage, &worker.id, earned, "PAID").await?;
    stage.tell(
        "billing",
        format!("PayoutMade → Golden Hat paid the worker {earned}"),
    );
    Ok(())
}

/// The ledger's seal holds (B10).
pub async fn verified(stage: &Stage) -> Result<(), Error> {
    let answer = stage.root()?.call(Billing, "VerifyLedger", json!({})).await?;
    expect(
        "whether the ledger is intact",
        &answer.get("intact").and_then(Value::as_bool),
        &Some(true),
    )
}
