//! A4: the board of hypotheses, and the cases that support them.

use admin_contract::v1 as pb;
use admin_contract::v1::HypothesisState::{Confirmed, Open, Rejected, Testing, Unspecified};
use conventions::Role;
use orders_contract::v1::FailureKind;
use test_support::reason_of;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::samples::{self, Order, by};
use crate::support::{World, id};

#[tokio::test(flavor = "multi_thread")]
async fn a4_a_hypothesis_moves_between_all_columns() {
    let world = World::start().await;
    let ladders = world
        .create_hypothesis("Our ladders are too short")
        .await
        .unwrap();
    assert_eq!(ladders.state(), Open);
    assert_eq!(ladders.created_by, Some(by(Role::Quality, world.quality)));
    let soap = world.create_hypothesis("The soap is bad").await.unwrap();
    for state in [Testing, Confirmed, Rejected, Open, Testing] {
        let moved = world
            .move_hypothesis(&ladders.hypothesis_id, state)
            .await
            .unwrap();
        assert_eq!(moved.state(), state);
        let column = world.board(state).await;
        assert!(column.contains(&moved), "{column:?}");
    }
    assert_eq!(world.board(Open).await, std::slice::from_ref(&soap));
    let all = world.board(Unspecified).await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[0], soap, "newest first");
    let refused = world.move_hypothesis(&id(), Testing).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::NotFound, "HYPOTHESIS_NOT_FOUND")
    );
    let nowhere = world.move_hypothesis(&soap.hypothesis_id, Unspecified).await;
    assert_eq!(nowhere.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn a4_a_closed_case_supports_the_hypotheses_of_its_form() {
    let world = World::start().await;
    let ladders = world
        .create_hypothesis("Our ladders are too short")
        .await
        .unwrap();
    let soap = world.create_hypothesis("The soap is bad").await.unwrap();
    let mut cases = vec![];
    for _ in 0..2 {
        let case = world.fail(&Order::new(), FailureKind::Reported).await;
        let form = pb::CaseForm {
            hypothesis_ids: vec![ladders.hypothesis_id.clone()],
            ..samples::form(2)
        };
        let closed = world.close_case(&case.case_id, form.clone()).await.unwrap();
        assert_eq!(closed.form, Some(form));
        cases.push(case.case_id);
    }
    let board = world.board(Unspecified).await;
    let of = |id: &str| {
        let found = board.iter().find(|shown| shown.hypothesis_id == id).unwrap();
        let mut cases = found.case_ids.clone();
        cases.sort();
        cases
    };
    cases.sort();
    assert_eq!(of(&ladders.hypothesis_id), cases);
    assert!(of(&soap.hypothesis_id).is_empty());
    let moved = world
        .move_hypothesis(&ladders.hypothesis_id, Testing)
        .await
        .unwrap();
    assert_eq!(moved.case_ids.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a4_a_case_supports_only_hypotheses_that_exist_each_once() {
    let world = World::start().await;
    let order = Order::new();
    let case = world.fail(&order, FailureKind::Reported).await;
    let ladders = world
        .create_hypothesis("Our ladders are too short")
        .await
        .unwrap();
    let known = ladders.hypothesis_id;
    for (ids, field) in [
        (vec![known.clone(), id()], "form.hypothesis_ids"),
        (
            vec![known.clone(), known.to_uppercase()],
            "form.hypothesis_ids[1]",
        ),
    ] {
        let form = pb::CaseForm {
            hypothesis_ids: ids,
            ..samples::form(2)
        };
        let refused = world.close_case(&case.case_id, form).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = refused.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, field);
    }
    let still = world.get_case(&case.case_id).await.unwrap();
    assert_eq!(still.state(), pb::CaseState::Open);
    assert_eq!(world.board(Unspecified).await[0].case_ids.len(), 0);
}
