//! Calls that book, and the accounts that they book to.

use billing_contract::v1 as pb;
use conventions::types;
use svc_billing::domain::Owner;
use test_support::{authorised, reason_of};
use tonic::Code;
use uuid::Uuid;

use crate::calls::{id, rub, settled};

#[tokio::test(flavor = "multi_thread")]
async fn b4_a_manager_credits_a_worker_once_per_request_and_can_take_it_back() {
    let (mesh, order, mut api) = settled().await;
    let manager = mesh.house.tokens.manager(Uuid::new_v4());
    let request = pb::CreditWorkerRequest {
        request_id: id(),
        worker_id: order.worker.to_string(),
        amount: rub(700),
        reason: "helped a colleague".into(),
    };
    let first = api
        .credit_worker(authorised(request.clone(), &manager))
        .await
        .unwrap()
        .into_inner();
    let again = api
        .credit_worker(authorised(request.clone(), &manager))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, again);
    mesh.balance_becomes(&Owner::Worker(order.worker), 6_700).await;
    let other = pb::CreditWorkerRequest {
        amount: rub(701),
        ..request.clone()
    };
    let refused = api.credit_worker(authorised(other, &manager)).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::Aborted, "REQUEST_ID_REUSED")
    );
    for amount in [
        rub(0),
        rub(-1),
        Some(types::Money {
            currency_code: "USD".into(),
            minor_units: 5,
        }),
    ] {
        let wrong = pb::CreditWorkerRequest {
            request_id: id(),
            amount,
            ..request.clone()
        };
        let refused = api.credit_worker(authorised(wrong, &manager)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    }

    let transaction_id = first.transaction.unwrap().transaction_id;
    let mut reverse = async |transaction_id: &str| {
        let request = pb::ReverseTransactionRequest {
            request_id: id(),
            transaction_id: transaction_id.to_owned(),
            reason: "wrong worker".into(),
        };
        api.reverse_transaction(authorised(request, &manager)).await
    };
    let reversal = reverse(&transaction_id)
        .await
        .unwrap()
        .into_inner()
        .transaction
        .unwrap();
    mesh.balance_becomes(&Owner::Worker(order.worker), 6_000).await;
    let refused = reverse(&transaction_id).await.unwrap_err();
    assert_eq!(reason_of(&refused), "TRANSACTION_ALREADY_REVERSED");
    let refused = reverse(&reversal.transaction_id).await.unwrap_err();
    assert_eq!(reason_of(&refused), "TRANSACTION_NOT_REVERSIBLE");
    let refused = reverse(&id()).await.unwrap_err();
    assert_eq!(reason_of(&refused), "TRANSACTION_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn b4_a_credit_is_one_callers_one_request_however_long_ago() {
    let (mesh, order, mut api) = settled().await;
    let tokens = &mesh.house.tokens;
    let (one, other) = (tokens.manager(Uuid::new_v4()), tokens.manager(Uuid::new_v4()));
    let request = pb::CreditWorkerRequest {
        request_id: id(),
        worker_id: order.worker.to_string(),
        amount: rub(700),
        reason: "helped a colleague".into(),
    };
    let mut credit = async |request: &pb::CreditWorkerRequest, token: &str| {
        let answer = api.credit_worker(authorised(request.clone(), token)).await;
        answer.map(|response| response.into_inner().transaction.expect("what was booked"))
    };
    let first = credit(&request, &one).await.unwrap();
    let others = credit(&request, &other).await.unwrap();
    assert_ne!(first.transaction_id, others.transaction_id);
    mesh.balance_becomes(&Owner::Worker(order.worker), 7_400).await;

    // What the purge does after a week.
    assert_eq!(mesh.house.count("SELECT count(*) FROM requests").await, 2);
    {
        use diesel_async::SimpleAsyncConnection as _;
        let mut conn = mesh.house.conn().await;
        conn.batch_execute("DELETE FROM requests").await.unwrap();
    }
    assert_eq!(credit(&request, &one).await.unwrap(), first);
    let changed = pb::CreditWorkerRequest {
        amount: rub(701),
        ..request
    };
    let refused = credit(&changed, &other).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::Aborted, "REQUEST_ID_REUSED")
    );
    mesh.balance_becomes(&Owner::Worker(order.worker), 7_400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_the_companys_accounts_are_paged_by_code() {
    let (mesh, _, mut api) = settled().await;
    let root = mesh.house.tokens.root(Uuid::new_v4());
    let mut request = pb::ListCompanyAccountsRequest::default();
    let all = api
        .list_company_accounts(authorised(request.clone(), &root))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(all.next_page_token, "");
    let codes: Vec<&str> = all.accounts.iter().map(|account| account.code.as_str()).collect();
    assert_eq!(codes, ["revenue", "worker-pay"]);
    let mut paged = Vec::new();
    request.page_size = 1;
    for _ in 0..2 {
        let page = api
            .list_company_accounts(authorised(request.clone(), &root))
            .await
            .unwrap()
            .into_inner();
        paged.extend(page.accounts);
        request.page_token = page.next_page_token;
    }
    assert_eq!((paged, request.page_token.as_str()), (all.accounts, ""));
}
