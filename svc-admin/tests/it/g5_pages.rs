//! G5: lists are paged by key, newest first.

use admin_contract::v1 as pb;
use orders_contract::v1::FailureKind;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::samples::{self, Order};
use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn g5_service_types_are_paged_newest_first_without_archived_ones() {
    let world = World::start().await;
    let mut made = vec![];
    for number in 0..5 {
        let body = samples::service_type(&format!("{number}"));
        made.push(world.create_service_type(body).await.unwrap().service_type_id);
    }
    world.archive_service_type(&made[2], false).await.unwrap();
    // An edit does not move an entry, because its key does not change.
    world
        .update_service_type(&made[0], 1, samples::service_type("edited"))
        .await
        .unwrap();
    let list = async |page_token: String, include_archived: bool| {
        let request = pb::ListServiceTypesRequest {
            page_size: 2,
            page_token,
            include_archived,
        };
        let answer = world.api().list_service_types(world.by_manager(request)).await?;
        let answer = answer.into_inner();
        let ids: Vec<_> = answer
            .service_types
            .into_iter()
            .map(|entry| entry.service_type_id)
            .collect();
        Ok::<_, tonic::Status>((ids, answer.next_page_token))
    };
    let (first, token) = list(String::new(), false).await.unwrap();
    assert_eq!(first, [made[4].clone(), made[3].clone()]);
    // Created between two pages: belongs before the first one and does not disturb the second.
    world
        .create_service_type(samples::service_type("new"))
        .await
        .unwrap();
    let (second, end) = list(token.clone(), false).await.unwrap();
    assert_eq!(second, [made[1].clone(), made[0].clone()]);
    assert_eq!(end, "");
    let refused = list(token, true).await.unwrap_err();
    assert_eq!(
        refused.code(),
        Code::InvalidArgument,
        "a token belongs to one filter"
    );
    let details = refused.get_details_bad_request().unwrap();
    assert_eq!(details.field_violations[0].field, "page_token");
    let mut all = vec![];
    let mut token = String::new();
    loop {
        let (page, next) = list(token, true).await.unwrap();
        all.extend(page);
        if next.is_empty() {
            break;
        }
        token = next;
    }
    assert_eq!(all.len(), 6);
    assert!(all.contains(&made[2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_cases_and_the_audit_log_are_paged_and_filtered() {
    let world = World::start().await;
    let mut cases = vec![];
    for _ in 0..3 {
        cases.push(world.fail(&Order::new(), FailureKind::Reported).await.case_id);
    }
    world.rate(&cases[1], 4).await.unwrap();
    let open = pb::ListCasesRequest {
        page_size: 1,
        state: pb::CaseState::Open.into(),
        ..Default::default()
    };
    let page = world.api().list_cases(world.by_quality(open.clone())).await;
    let page = page.unwrap().into_inner();
    assert_eq!(page.cases[0].case_id, cases[2]);
    let rest = pb::ListCasesRequest {
        page_token: page.next_page_token,
        ..open
    };
    let page = world.api().list_cases(world.by_quality(rest)).await;
    let page = page.unwrap().into_inner();
    assert_eq!(page.cases[0].case_id, cases[0]);
    assert_eq!(page.next_page_token, "");

    let all = world.audit("").await;
    assert_eq!(all.len(), 4);
    let mut paged = vec![];
    let mut page_token = String::new();
    loop {
        let request = pb::ListAuditEntriesRequest {
            page_size: 3,
            page_token,
            subject_id: String::new(),
        };
        let page = world.api().list_audit_entries(world.by_root(request)).await;
        let page = page.unwrap().into_inner();
        paged.extend(page.entries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, all);
    assert!(all.is_sorted_by(|newer, older| newer.entry_id > older.entry_id));
}
