//! Every order that was cancelled or failed has exactly one quality case, every other one none
//! (A2).

use artel::contracts::Context::Admin;
use artel::failure::Error;
use artel::story::list;
use serde_json::json;

use super::books::Books;
use super::findings::Findings;

pub async fn audit(books: &Books<'_>, found: &mut Findings) -> Result<(), Error> {
    for order in books.orders.values() {
        let cases = books
            .root
            .call(Admin, "ListCases", json!({ "orderId": order.id }))
            .await?;
        let went_wrong = matches!(order.state.as_str(), "CANCELLED" | "FAILED");
        found.expect(
            &order.id,
            "its quality cases",
            &list(&cases, "/cases").len(),
            &usize::from(went_wrong),
        );
    }
    Ok(())
}
