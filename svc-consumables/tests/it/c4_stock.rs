//! C4 on the real thing: races, and what the database itself refuses.

use consumables_contract::v1 as pb;
use diesel_async::SimpleAsyncConnection as _;
use test_support::{eventually, reason_of};

use crate::support::{BOUND, House, TestOrder, id};

#[tokio::test(flavor = "multi_thread")]
async fn c4_a_dozen_orders_race_for_the_last_pieces_and_nothing_is_oversold() {
    let house = House::open().await;
    house.create("cloth", 0).await;
    house.receive("cloth", 5).await;
    let orders: Vec<TestOrder> = (0..12)
        .map(|number| house.order(&format!("Client {number}")))
        .collect();
    for order in &orders {
        house.tell(&order.assigned(2)).await;
    }
    for order in &orders {
        house.kit(order, |_| true).await;
    }
    let material = house.material("cloth").await;
    assert_eq!((material.on_hand, material.reserved, material.free), (5, 5, 0));
    let mut set_aside = 0;
    for order in &orders {
        let kit = &house.kits(order).await[0];
        let cloth = kit
            .items
            .iter()
            .find(|item| item.material_code == "cloth")
            .unwrap();
        set_aside += cloth.quantity - cloth.short;
    }
    assert_eq!(set_aside, 5);
    // What arrives fills the kits that wait, and the earliest slot comes first.
    house.receive("cloth", 100).await;
    for order in &orders {
        house
            .kit(order, |kit| {
                kit.items
                    .iter()
                    .all(|item| item.material_code != "cloth" || item.short == 0)
            })
            .await;
    }
    assert_eq!(house.material("cloth").await.reserved, 24);
    assert_eq!(wrong_balances(&house).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn c4_of_many_who_write_off_the_last_piece_one_succeeds() {
    let house = House::open().await;
    house.create("cloth", 0).await;
    house.receive("cloth", 1).await;
    let race = (0..16).map(|_| {
        let request = house.staff(pb::WriteOffStockRequest {
            request_id: id(),
            material_code: "cloth".to_owned(),
            quantity: 1,
            reason: "torn".to_owned(),
        });
        let mut api = house.api();
        async move { api.write_off_stock(request).await }
    });
    let answers = futures::future::join_all(race).await;
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 15);
    assert!(
        refused
            .iter()
            .all(|status| reason_of(status) == "NOT_ENOUGH_STOCK")
    );
    assert_eq!(house.material("cloth").await.on_hand, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn c4_the_database_itself_refuses_negative_stock_and_edited_movements() {
    let house = House::open().await;
    house.create("cloth", 0).await;
    house.receive("cloth", 3).await;
    let mut conn = house.database.connection().await;
    let insert = |kind: &str, on_hand: i64| {
        format!(
            "INSERT INTO stock_movements (material_code, kind, on_hand_change, reserved_change, reason, actor_role, \
             actor_id, at) VALUES ('cloth', '{kind}', {on_hand}, 0, '', 'system', '', now())"
        )
    };
    for (statement, complaint) in [
        (insert("write_off", -4), "check constraint"),
        (insert("receipt", -1), "stock_movement_kind"),
        (insert("gift", 1), "stock_movement_kind"),
        (
            "UPDATE stock_movements SET reason = 'x'".to_owned(),
            "never edited",
        ),
        ("DELETE FROM stock_movements".to_owned(), "never edited"),
        ("TRUNCATE stock_movements".to_owned(), "never edited"),
        (
            "UPDATE stock_balances SET on_hand = on_hand + 1".to_owned(),
            "movements only",
        ),
    ] {
        let refused = conn.batch_execute(&statement).await.unwrap_err().to_string();
        assert!(refused.contains(complaint), "{statement}: {refused}");
    }
    conn.batch_execute(&insert("write_off", -3)).await.unwrap();
    assert_eq!(house.material("cloth").await.on_hand, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn c4_low_stock_is_announced_once_per_crossing() {
    let house = House::open().await;
    house.create("cloth", 3).await;
    // A new material has nothing yet; that is no crossing.
    house.receive("cloth", 10).await;
    let write_off = async |quantity| {
        let request = pb::WriteOffStockRequest {
            request_id: id(),
            material_code: "cloth".to_owned(),
            quantity,
            reason: "torn".to_owned(),
        };
        house.api().write_off_stock(house.staff(request)).await.unwrap();
    };
    write_off(8).await;
    write_off(1).await;
    let told = house.hears::<pb::StockLow>(1).await;
    assert_eq!((told[0].available, told[0].threshold), (2, 3));
    house.receive("cloth", 10).await;
    write_off(9).await;
    assert_eq!(house.hears::<pb::StockLow>(2).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn c4_a_higher_threshold_finds_the_stock_low_and_lists_it() {
    let house = House::open().await;
    house.create("cloth", 0).await;
    house.create("gloves", 0).await;
    house.receive("cloth", 4).await;
    let request = pb::UpdateMaterialRequest {
        request_id: id(),
        code: "cloth".to_owned(),
        name: "Cloth".to_owned(),
        unit: "piece".to_owned(),
        low_level: 5,
    };
    house.api().update_material(house.staff(request)).await.unwrap();
    assert_eq!(house.hears::<pb::StockLow>(1).await[0].material_name, "Cloth");
    let request = pb::ListMaterialsRequest {
        low_only: true,
        ..Default::default()
    };
    let low = house.api().list_materials(house.staff(request)).await.unwrap();
    let codes: Vec<_> = low
        .into_inner()
        .materials
        .into_iter()
        .map(|material| material.code)
        .collect();
    assert_eq!(codes, ["cloth"]);
}

#[derive(diesel::QueryableByName)]
struct Wrong {
    #[diesel(sql_type = diesel::sql_types::Text)]
    material_code: String,
}

/// Materials whose balance isn't the sum of its movements, or has something else set aside than
/// open kits hold.
async fn wrong_balances(house: &House) -> Vec<String> {
    let query = "SELECT material_code FROM stock_balances AS balance WHERE on_hand <> \
                 (SELECT coalesce(sum(on_hand_change), 0) FROM stock_movements AS movement \
                  WHERE movement.material_code = balance.material_code) OR reserved <> \
                 (SELECT coalesce(sum(reserved_change), 0) FROM stock_movements AS movement \
                  WHERE movement.material_code = balance.material_code) OR reserved <> \
                 (SELECT coalesce(sum(line.reserved), 0) FROM kit_lines AS line JOIN kits AS kit ON kit.id = line.kit_id \
                  WHERE line.material_code = balance.material_code AND kit.state IN ('requested', 'collecting', 'ready'))";
    let mut conn = house.database.connection().await;
    let wrong: Vec<Wrong> = diesel_async::RunQueryDsl::load(diesel::sql_query(query), &mut conn)
        .await
        .unwrap();
    wrong.into_iter().map(|wrong| wrong.material_code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn c4_a_stock_take_takes_back_what_is_not_there_and_the_kits_become_short() {
    let house = House::open().await;
    house.create("cloth", 0).await;
    house.receive("cloth", 4).await;
    let soon = house.order("Анна");
    let late = house
        .order("Вера")
        .starting(house.clock.now() + chrono::TimeDelta::days(2));
    house.assigned(&soon).await;
    house.assigned(&late).await;
    let request = pb::CountStockRequest {
        request_id: id(),
        material_code: "cloth".to_owned(),
        counted: 3,
        reason: "stock-take".to_owned(),
    };
    let counted = house.api().count_stock(house.staff(request)).await.unwrap();
    let counted = counted.into_inner().material.unwrap();
    assert_eq!((counted.on_hand, counted.reserved), (3, 3));
    assert_eq!(house.kits(&soon).await[0].items[0].short, 0);
    assert_eq!(house.kits(&late).await[0].items[0].short, 1);
    let request = pb::ListStockMovementsRequest {
        material_code: "cloth".to_owned(),
        ..Default::default()
    };
    let movements = house
        .api()
        .list_stock_movements(house.staff(request))
        .await
        .unwrap();
    let kinds: Vec<_> = movements
        .into_inner()
        .movements
        .iter()
        .map(pb::StockMovement::kind)
        .collect();
    assert_eq!(
        kinds,
        [
            pb::MovementKind::Correction,
            pb::MovementKind::Release,
            pb::MovementKind::Reservation,
            pb::MovementKind::Reservation,
            pb::MovementKind::Receipt,
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn c4_calls_and_events_that_cross_never_wait_in_a_circle() {
    let house = House::open().await;
    for code in ["cloth", "soap"] {
        house.create(code, 0).await;
        house.receive(code, 20).await;
    }
    let orders: Vec<TestOrder> = (0..10)
        .map(|number| house.order(&format!("Client {number}")))
        .collect();
    for order in &orders {
        house.assigned(order).await;
    }
    let receipts = (0..20).map(|number| {
        let code = if number % 2 == 0 { "cloth" } else { "soap" };
        house.receive(code, 1)
    });
    let cancellations = orders
        .iter()
        .map(|order| async { house.tell(&order.cancelled(3)).await });
    tokio::join!(
        futures::future::join_all(receipts),
        futures::future::join_all(cancellations)
    );
    eventually(BOUND, async || {
        let (cloth, soap) = (house.material("cloth").await, house.material("soap").await);
        let all = (cloth.on_hand, cloth.reserved, soap.on_hand, soap.reserved);
        if all == (30, 0, 30, 0) {
            Ok(())
        } else {
            Err(format!("{all:?}"))
        }
    })
    .await;
    assert_eq!(wrong_balances(&house).await, [""; 0]);
}
