//! C5: the queue, ordered by slot, live.

use chrono::TimeDelta;
use consumables_contract::v1 as pb;
use tokio_stream::StreamExt as _;

use crate::support::{BOUND, House};

#[tokio::test(flavor = "multi_thread")]
async fn c5_the_queue_is_ordered_by_slot_and_paged() {
    let house = House::open().await;
    let mut expected = Vec::new();
    for hours in [5, 1, 3, 2, 4] {
        let order = house
            .order(&format!("In {hours} hours"))
            .starting(house.clock.now() + TimeDelta::hours(hours));
        house.assigned(&order).await;
        expected.push((hours, order.id.to_string()));
    }
    expected.sort_unstable();
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListKitsRequest {
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = house
            .api()
            .list_kits(house.staff(request))
            .await
            .unwrap()
            .into_inner();
        assert!(page.kits.len() <= 2);
        listed.extend(page.kits.into_iter().map(|kit| kit.order_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let expected: Vec<String> = expected.into_iter().map(|(_, order)| order).collect();
    assert_eq!(listed, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn c5_a_watcher_sees_the_queue_and_then_every_change_until_the_kit_is_gone() {
    let house = House::open().await;
    let order = house.order("Анна");
    let kit = house.assigned(&order).await;
    let watch = house
        .api()
        .watch_kits(house.staff(pb::WatchKitsRequest::default()))
        .await;
    let mut watch = watch.unwrap().into_inner();
    let mut until = async |wanted: &dyn Fn(&pb::Kit) -> bool| {
        tokio::time::timeout(BOUND, async {
            loop {
                let kit = watch.next().await.unwrap().unwrap().kit.unwrap();
                if wanted(&kit) {
                    return;
                }
            }
        })
        .await
        .expect("the change is seen");
    };
    until(&|seen| seen.kit_id == kit.kit_id).await;
    house.take(&kit).await.unwrap();
    until(&|seen| seen.state() == pb::KitState::Collecting && seen.collector_name == "Галина").await;
    house.receive("soap", 5).await;
    until(&|seen| {
        seen.items
            .iter()
            .any(|item| item.material_code == "soap" && item.short == 0)
    })
    .await;
    house.tell(&order.cancelled(3)).await;
    until(&|seen| seen.state() == pb::KitState::Cancelled).await;
}
