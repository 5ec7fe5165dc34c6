//! What was received is what is free, reserved and issued (C4), by figures and by movements.

use artel::contracts::Context::Consumables;
use artel::failure::Error;
use serde_json::{Value, json};

use super::books::{Books, pages, word};
use super::findings::Findings;

/// Soap in one kit.
const IN_A_KIT: i64 = 2;
/// What the company begins with, taken into stock when it was set up.
const FIRST_DELIVERY: i64 = 100;

pub async fn audit(books: &Books<'_>, found: &mut Findings) -> Result<(), Error> {
    let code = &books.cast.company.material_code;
    let answer = books
        .root
        .call(Consumables, "GetMaterial", json!({ "code": code }))
        .await?;
    let figure = |name: &str| {
        answer
            .pointer(&format!("/material/{name}"))
            .and_then(Value::as_i64)
            .unwrap_or_default()
    };

    let received: i64 = books
        .told_of(Consumables, code, "materialCode")
        .filter(|told| told.method == "ReceiveStock")
        .filter_map(|told| told.request["quantity"].as_i64())
        .sum::<i64>()
        + FIRST_DELIVERY;
    let kits = books.kits.values().flatten();
    let issued_kits = kits
        .filter(|kit| word(kit, "state") == "KIT_STATE_ISSUED")
        .count();
    let issued = IN_A_KIT * i64::try_from(issued_kits).unwrap_or_default();
    // Every order is over, so that no kit holds anything back.
    found.expect(code, "reserved", &figure("reserved"), &0);
    found.expect(
        code,
        "free, reserved and issued",
        &(figure("free") + figure("reserved") + issued),
        &received,
    );

    let request = json!({ "materialCode": code });
    let movements = pages(
        &books.root,
        Consumables,
        "ListStockMovements",
        request,
        "/movements",
    )
    .await?;
    let moved = |kind: Option<&str>, change: &str| -> i64 {
        let of_kind = movements.iter().filter(|movement| {
            kind.is_none_or(|kind| word(movement, "kind") == format!("MOVEMENT_KIND_{kind}"))
        });
        of_kind.filter_map(|movement| movement[change].as_i64()).sum()
    };
    found.expect(
        code,
        "on hand, beside its movements",
        &figure("onHand"),
        &moved(None, "onHandChange"),
    );
    found.expect(
        code,
        "reserved, beside its movements",
        &figure("reserved"),
        &moved(None, "reservedChange"),
    );
    found.expect(
        code,
        "moved by receipts",
        &moved(Some("RECEIPT"), "onHandChange"),
        &received,
    );
    found.expect(
        code,
        "moved by issues",
        &moved(Some("ISSUE"), "onHandChange"),
        &-issued,
    );
    Ok(())
}
