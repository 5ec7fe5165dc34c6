//! Act four: quality.

use conventions::Role;
use serde_json::{Value, json};

use super::hire::{Company, Worker};
use super::{Stage, expect, list, text};
use crate::contracts::Context::{Admin, Orders};
use crate::failure::Error;

/// Vera draws the completed order and closes its case; the rating reaches matching.
pub async fn draw_and_close(
    stage: &Stage,
    company: &Company,
    order_id: &str,
    worker: &Worker,
) -> Result<(), Error> {
    let vera = stage.caller(&[Role::Manager, Role::Quality], &company.managers[2].id)?;
    let before = ratings(stage, worker).await?;
    let unknown = ["ORDER_NOT_REVIEWABLE", "NOTHING_TO_DRAW"];
    let drawn = stage
        .call_until_known(&vera, Admin, "DrawCase", json!({}), &unknown)
        .await?;
    // Where others have completed orders too, chance may choose theirs; this story goes on with its
    // own.
    let case_id = if text(&drawn, "/case/orderId")? == order_id {
        text(&drawn, "/case/caseId")?
    } else {
        let own = json!({ "orderId": order_id });
        text(
            &stage
                .call_until_known(&vera, Admin, "OpenCase", own, &unknown)
                .await?,
            "/case/caseId",
        )?
    };
    stage.tell("Vera", "draws the order for quality control and calls the client");
    let note =
        json!({ "caseId": case_id, "text": "Anna is happy; the cookie was a surprise.", "call": true });
    vera.call(Admin, "AddNote", note).await?;
    let form = json!({ "verdict": "VERDICT_GOOD", "rating": 5, "rootCause": "", "conclusion": "Clean windows, on time." });
    vera.call(Admin, "CloseCase", json!({ "caseId": case_id, "form": form }))
        .await?;
    stage.tell("Vera", "closes the case: good work, 5 of 5");
    told(stage, &case_id).await?;
    stage
        .until("the rating to reach matching", async || {
            let after = ratings(stage, worker).await?;
            Ok(if after == (before.0 + 1, before.1 + 5) {
                Ok(())
            } else {
                Err(format!("{after:?}"))
            })
        })
        .await?;
    stage.tell(
        "orders",
        "QualityCaseClosed → the worker's rating counts in matching",
    );
    Ok(())
}

/// The case tells the order's whole story (A3), also what was heard late because a service was
/// away.
async fn told(stage: &Stage, case_id: &str) -> Result<(), Error> {
    let root = stage.root()?;
    stage
        .until("the case's story to be whole", async || {
            let case = root.call(Admin, "GetCase", json!({ "caseId": case_id })).await?;
            let entries = list(&case, "/case/story").iter();
            let story: Vec<String> = entries.filter_map(|entry| text(entry, "/what").ok()).collect();
            let whole = [
                "OrderPlaced",
                "OrderAssigned",
                "OrderStarted",
                "OrderCompleted",
                "KitIssued",
            ];
            let is_whole = whole.iter().all(|event| story.iter().any(|what| what == event));
            Ok(if is_whole { Ok(()) } else { Err(story.join(", ")) })
        })
        .await
}

/// The open case of an order that ended badly (A2), once it is there.
pub async fn case_of(stage: &Stage, order_id: &str, cause: &str) -> Result<String, Error> {
    let root = stage.root()?;
    let case = stage
        .until("the quality case", async || {
            let cases = root
                .call(Admin, "ListCases", json!({ "orderId": order_id }))
                .await?;
            let first = list(&cases, "/cases").first().cloned();
            Ok(first.ok_or_else(|| "no case".to_owned()))
        })
        .await?;
    expect(
        "why the case was opened",
        &text(&case, "/cause")?,
        &format!("CASE_CAUSE_{cause}"),
    )?;
    text(&case, "/caseId")
}

/// How often the worker was rated, and the sum of the ratings.
async fn ratings(stage: &Stage, worker: &Worker) -> Result<(i64, i64), Error> {
    let answer = stage
        .root()?
        .call(Orders, "GetWorker", json!({ "workerId": worker.id }))
        .await?;
    let number = |path: &str| answer.pointer(path).and_then(Value::as_i64).unwrap_or_default();
    Ok((number("/worker/ratingCount"), number("/worker/ratingSum")))
}
