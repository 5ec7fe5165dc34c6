//! M1, M2, M4: pipelines are changed and explained at run time.

use orders_contract::v1 as pb;
use test_support::reason_of;
use tonic::Code;

use crate::support::{World, hour, id};

fn steps(names: &[&str]) -> Vec<pb::PipelineStep> {
    let step = |name: &&str| pb::PipelineStep {
        name: (*name).to_owned(),
        weight: 1_000,
        remote: None,
    };
    names.iter().map(step).collect()
}

fn put(name: &str, base_version: i64, names: &[&str]) -> pb::PutPipelineRequest {
    pb::PutPipelineRequest {
        request_id: id(),
        name: name.to_owned(),
        base_version,
        steps: steps(names),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m1_a_change_is_a_new_version_based_on_the_newest() {
    let world = World::start().await;
    let names = ["active", "free_in_slot", "random", "best_of"];
    let saved = world
        .matching()
        .put_pipeline(world.as_manager(put("standard", 1, &names)))
        .await
        .unwrap();
    assert_eq!(saved.into_inner().pipeline.unwrap().version, 2);
    let late = world
        .matching()
        .put_pipeline(world.as_manager(put("standard", 1, &names)))
        .await
        .unwrap_err();
    assert_eq!(
        (late.code(), reason_of(&late).as_str()),
        (Code::Aborted, "PIPELINE_CHANGED")
    );
    let wrong = put("standard", 2, &["active", "best_of"]);
    let wrong = world
        .matching()
        .put_pipeline(world.as_manager(wrong))
        .await
        .unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn m1_all_versions_are_kept_with_who_saved_them() {
    let world = World::start().await;
    let names = ["active", "free_in_slot", "random", "best_of"];
    world
        .matching()
        .put_pipeline(world.as_manager(put("standard", 1, &names)))
        .await
        .unwrap();
    let list = pb::ListPipelinesRequest {
        name: "standard".into(),
        page_size: 1,
        page_token: String::new(),
    };
    let page = world
        .matching()
        .list_pipelines(world.as_manager(list.clone()))
        .await
        .unwrap()
        .into_inner();
    let newest = page.pipelines.first().unwrap();
    assert_eq!(
        (newest.version, newest.saved_by.as_ref().unwrap().role()),
        (2, conventions::Role::Manager)
    );
    let next = pb::ListPipelinesRequest {
        page_token: page.next_page_token,
        ..list
    };
    let page = world
        .matching()
        .list_pipelines(world.as_manager(next))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.pipelines.first().unwrap().version, 1);
    assert_eq!(page.next_page_token, "");
    let first = pb::GetPipelineRequest {
        name: "standard".into(),
        version: 1,
    };
    let first = world
        .matching()
        .get_pipeline(world.as_manager(first))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.pipeline.unwrap().steps.len(), 9);
    let none = pb::GetPipelineRequest {
        name: "none".into(),
        version: 0,
    };
    let none = world
        .matching()
        .get_pipeline(world.as_manager(none))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&none), "PIPELINE_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn m4_an_explanation_shows_every_verdict_of_each_step_and_changes_nothing() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let order = world.place(&client, &token, hour(1)).await;
    let names = ["active", "free_in_slot", "fair_load", "random", "best_of"];
    world
        .matching()
        .put_pipeline(world.as_manager(put("experiment", 0, &names)))
        .await
        .unwrap();
    let explain = || pb::ExplainMatchRequest {
        order_id: order.clone(),
        pipeline: "experiment".into(),
        version: 1,
    };
    let without_worker = world
        .matching()
        .explain_match(world.as_manager(explain()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (
            without_worker.chosen_worker_id.as_str(),
            without_worker.why_nobody.is_empty()
        ),
        ("", false)
    );

    let (first, _) = world.worker().await;
    world.worker().await;
    let assigned = world.until(&order, pb::OrderState::Assigned).await;
    let explained = world
        .matching()
        .explain_match(world.as_manager(explain()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        explained
            .steps
            .iter()
            .map(|step| step.step.as_str())
            .collect::<Vec<_>>(),
        names
    );
    assert!(explained.steps[..4].iter().all(|step| step.verdicts.len() == 2));
    assert!(
        explained.steps[0]
            .verdicts
            .iter()
            .any(|verdict| verdict.worker_id == first.to_string())
    );
    assert!(!explained.chosen_worker_id.is_empty());
    let again = world
        .matching()
        .explain_match(world.as_manager(explain()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again, explained, "a replay gives the same");
    assert_eq!(world.get(&order).await.order.unwrap().version, assigned.version);
}

#[tokio::test(flavor = "multi_thread")]
async fn m2_all_built_in_steps_are_listed_with_their_kinds() {
    let world = World::start().await;
    let request = pb::ListBuiltInStepsRequest {
        kind: pb::StepKind::Unspecified.into(),
    };
    let all = world
        .matching()
        .list_built_in_steps(world.as_manager(request))
        .await
        .unwrap()
        .into_inner()
        .steps;
    assert_eq!(all.len(), 9);
    let request = pb::ListBuiltInStepsRequest {
        kind: pb::StepKind::Requirement.into(),
    };
    let requirements = world
        .matching()
        .list_built_in_steps(world.as_manager(request))
        .await
        .unwrap()
        .into_inner()
        .steps;
    let names: Vec<_> = requirements.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["active", "free_in_slot"]);
}
