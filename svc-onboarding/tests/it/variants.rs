use onboarding_contract::v1 as pb;
use svc_onboarding::domain::ids::OrderId;
use svc_onboarding::domain::vacancy::Vacancy;
use svc_onboarding::store;
use uuid::Uuid;

use super::setting::{OTHER_SET, TEST_SET, VACANCY, test_set, vacancy, variant};
use super::support::World;

async fn report(world: &World) -> Vec<pb::VariantResult> {
    let request = world.by_manager(pb::GetVariantReportRequest {
        vacancy_id: VACANCY.to_string(),
    });
    world
        .client
        .clone()
        .get_variant_report(request)
        .await
        .unwrap()
        .into_inner()
        .variants
}

#[tokio::test(flavor = "multi_thread")]
async fn h6_candidates_are_distributed_among_variants_and_keep_theirs() {
    let world = World::start().await;
    world.put_test_set(&test_set(OTHER_SET)).await;
    world
        .put_vacancy(&Vacancy {
            version: 2,
            variants: vec![variant(TEST_SET, 1), variant(OTHER_SET, 1)],
            ..vacancy()
        })
        .await;
    let mut assigned = std::collections::BTreeSet::new();
    for number in 0..12 {
        let id = world.candidate(&format!("v{number}@example.com")).await;
        let first = world
            .assign(id, "")
            .await
            .unwrap()
            .into_inner()
            .assignment
            .unwrap();
        let again = world
            .assign(id, "")
            .await
            .unwrap()
            .into_inner()
            .assignment
            .unwrap();
        assert_eq!(first.test_set_id, again.test_set_id);
        assigned.insert(first.test_set_id);
    }
    assert_eq!(assigned.len(), 2);
    let report = report(&world).await;
    assert_eq!(report.iter().map(|variant| variant.assigned).sum::<i64>(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn h6_variants_are_compared_by_pass_rate_and_completed_orders() {
    let world = World::start().await;
    world
        .put_vacancy(&Vacancy {
            version: 2,
            variants: vec![variant(TEST_SET, 3), variant(OTHER_SET, 0)],
            ..vacancy()
        })
        .await;
    let good = world.tested("a@example.com", 100).await;
    let bad = world.tested("b@example.com", 20).await;
    world.candidate("c@example.com").await;
    let worker = world.approve(good, "").await.unwrap();
    world.decline(bad).await.unwrap();
    for (number, completed) in [(1, true), (2, true), (3, false), (3, true)] {
        let order = OrderId(Uuid::from_u128(number));
        store::ended_orders::put(&mut world.conn().await, order, worker, completed)
            .await
            .unwrap();
    }

    let report = report(&world).await;
    let expected = pb::VariantResult {
        test_set_id: TEST_SET.to_string(),
        test_set_name: "Patience".to_owned(),
        hypothesis_id: String::new(),
        weight: 3,
        assigned: 2,
        scored: 2,
        recommended: 1,
        approved: 1,
        mean_score: 80,
        pass_percent: 50,
        orders_completed: 2,
        orders_failed: 1,
        completed_percent: 67,
    };
    assert_eq!(report[0], expected);
    assert_eq!(
        (report[1].test_set_id.as_str(), report[1].assigned),
        (OTHER_SET.to_string().as_str(), 0)
    );
}
