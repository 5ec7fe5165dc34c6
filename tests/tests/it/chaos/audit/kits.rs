//! One kit for every order that was assigned (C1), issued or cancelled (C2), as the department was
//! told and as orders shows it; one cookie for it at the bakery, however often it was requested
//! (C3).

use std::collections::BTreeMap;

use artel::contracts::Context::Consumables;
use artel::failure::Error;
use artel::story::{list, text};
use serde_json::Value;

use super::books::{Books, Ended, word};
use super::findings::Findings;
use crate::mesh::Mesh;

pub async fn audit(books: &Books<'_>, mesh: &Mesh, found: &mut Findings) -> Result<(), Error> {
    let calls = mesh.outside_calls("bakery", "POST").await;
    let baked = baked(&calls);
    for order in books.orders.values() {
        let kits = &books.kits[&order.id];
        let assigned = order.events().any(|event| event == "assigned");
        found.expect(&order.id, "its kits", &kits.len(), &usize::from(assigned));
        for kit in kits {
            is_what_was_told(books, order, kit, found)?;
        }
        // Where the order was over while the bakery was being asked, the kit knows nothing of the
        // cookie.
        let perhaps = kits
            .iter()
            .any(|kit| kit.pointer("/cookie/state") == Some(&"COOKIE_STATE_CANCELLED".into()));
        let cookies = baked.get(order.id.as_str()).copied().unwrap_or_default();
        let should = if perhaps {
            cookies.min(1)
        } else {
            usize::from(assigned)
        };
        found.expect(&order.id, "its cookies", &cookies, &should);
    }
    Ok(())
}

fn is_what_was_told(
    books: &Books<'_>,
    order: &Ended,
    kit: &Value,
    found: &mut Findings,
) -> Result<(), Error> {
    let kit_id = text(kit, "/kitId")?;
    let told: Vec<&str> = books
        .told_of(Consumables, &kit_id, "kitId")
        .map(|told| told.method)
        .collect();
    let issued = told.contains(&"IssueKit");
    let should = if issued {
        "KIT_STATE_ISSUED"
    } else {
        "KIT_STATE_CANCELLED"
    };
    found.expect(&order.id, "its kit", &word(kit, "state"), &should);
    let in_kit = kit
        .pointer("/cookie/inKit")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    found.expect(
        &order.id,
        "whether its cookie is in the kit",
        &(in_kit && issued),
        &(told.contains(&"MarkCookie") && issued),
    );
    found.expect(
        &order.id,
        "whose kit it is",
        &Some(word(kit, "workerId")),
        &order.worker_id.as_deref(),
    );
    let seen: Vec<(&str, &str)> = list(&order.order, "/kits")
        .iter()
        .map(|kit| (word(kit, "kitId"), word(kit, "state")))
        .collect();
    found.expect(
        &order.id,
        "its kits as orders shows them",
        &seen,
        &vec![(kit_id.as_str(), should)],
    );
    Ok(())
}

/// How many cookies the bakery made for each order: repeats made none.
fn baked(calls: &[Value]) -> BTreeMap<&str, usize> {
    let mut baked = BTreeMap::new();
    for call in calls {
        if call["replayed"] == false && call["status"] == 201 {
            *baked.entry(word(&call["body"], "order_reference")).or_default() += 1;
        }
    }
    baked
}
