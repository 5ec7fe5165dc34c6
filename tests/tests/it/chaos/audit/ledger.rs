//! The ledger holds for every order what rule B3 says, to the minor unit, once (B1), for every
//! credit what was credited (B4), and is intact (B10).

use artel::contracts::Context::Billing;
use artel::failure::Error;
use artel::story::{list, minor, text};
use serde_json::{Value, json};

use super::books::{Books, Ended, pages, word};
use super::findings::Findings;
use crate::mesh::Mesh;

/// What a worker is fined for a failed order.
const FINE: i64 = 4_000;

/// Owner and sum; debits positive.
type Postings = Vec<(String, i64)>;

pub async fn audit(books: &Books<'_>, mesh: &Mesh, found: &mut Findings) -> Result<(), Error> {
    for order in books.orders.values() {
        let of_order = json!({ "orderId": order.id });
        let transactions = pages(
            &books.root,
            Billing,
            "ListTransactions",
            of_order,
            "/transactions",
        )
        .await?;
        let booked: Vec<Postings> = transactions.iter().map(postings).collect::<Result<_, _>>()?;
        found.expect(&order.id, "what is booked", &booked, &expected(order));
    }
    credits(books, found).await?;
    let verified = mesh.program("svc-billing").output(&["verify"]);
    found.expect(
        "svc-billing verify",
        &String::from_utf8_lossy(&verified.stdout),
        &verified.status.success(),
        &true,
    );
    Ok(())
}

/// Completed: the client pays the price, the worker earns 60 % of it. Cancelled after assignment:
/// the client pays the price. Failed: the client pays the price, the worker is fined. Without an
/// assignment there is no price, and nothing is booked.
fn expected(order: &Ended) -> Vec<Postings> {
    let (Some(price), Some(worker)) = (order.price, &order.worker_id) else {
        return vec![];
    };
    let mut postings = vec![(order.client_id.clone(), price), ("revenue".to_owned(), -price)];
    match order.state.as_str() {
        "COMPLETED" => {
            let pay = sixty_per_cent(price);
            postings.extend([("worker-pay".to_owned(), pay), (worker.clone(), -pay)]);
        }
        "FAILED" => postings.extend([(worker.clone(), FINE), ("fines".to_owned(), -FINE)]),
        _ => {}
    }
    postings.sort();
    vec![postings]
}

/// Rounded half to even.
fn sixty_per_cent(price: i64) -> i64 {
    let (whole, rest) = (price * 3 / 5, price * 3 % 5);
    // Fifths have no half: 3 and 4 of them round up.
    whole + i64::from(rest >= 3)
}

fn postings(transaction: &Value) -> Result<Postings, Error> {
    let mut postings = list(transaction, "/postings")
        .iter()
        .map(|posting| Ok((text(posting, "/owner")?, minor(posting, "/amount")?)))
        .collect::<Result<Postings, Error>>()?;
    postings.sort();
    Ok(postings)
}

async fn credits(books: &Books<'_>, found: &mut Findings) -> Result<(), Error> {
    for worker in &books.cast.workers {
        let of_worker = json!({ "ownerKind": "OWNER_KIND_WORKER", "ownerId": worker.id });
        let lines = pages(&books.root, Billing, "ListLines", of_worker, "/lines").await?;
        let mut booked = Vec::new();
        for line in lines
            .iter()
            .filter(|line| word(line, "reason") == "LINE_REASON_BONUS")
        {
            booked.push((text(line, "/transactionId")?, minor(line, "/amount")?));
        }
        let mut acknowledged = Vec::new();
        for told in books.told_of(Billing, &worker.id, "workerId") {
            if told.method == "CreditWorker" {
                let transaction_id = text(&told.answer, "/transaction/transactionId")?;
                acknowledged.push((transaction_id, minor(&told.request, "/amount")?));
            }
        }
        booked.sort();
        acknowledged.sort();
        found.expect(&worker.id, "the worker's credits", &booked, &acknowledged);
    }
    Ok(())
}
