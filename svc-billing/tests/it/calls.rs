use std::time::Duration;

use billing_contract::v1 as pb;
use billing_contract::v1::billing_service_client::BillingServiceClient;
use conventions::types;
use svc_billing::domain::Owner;
use test_support::{authorised, eventually, reason_of};
use tonic::Code;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::events::Order;
use crate::mesh::Mesh;

const BOUND: Duration = Duration::from_secs(30);

pub fn id() -> String {
    Uuid::new_v4().to_string()
}

pub fn rub(minor_units: i64) -> Option<types::Money> {
    Some(types::Money {
        currency_code: "RUB".into(),
        minor_units,
    })
}

/// A mesh in which one order of 100.00 is settled.
pub async fn settled() -> (Mesh, Order, BillingServiceClient<Channel>) {
    settled_with(&[]).await
}

async fn settled_with(more: &[&str]) -> (Mesh, Order, BillingServiceClient<Channel>) {
    let mesh = Mesh::with(more).await;
    let order = Order::new();
    mesh.say(&order.client_state()).await;
    mesh.say(&order.worker_state()).await;
    mesh.say(&order.completed(10_000)).await;
    mesh.balance_becomes(&Owner::Worker(order.worker), 6_000).await;
    let api = BillingServiceClient::new(mesh.channel.clone());
    (mesh, order, api)
}

/// Waits until the owner's newest invoice has this status.
async fn invoice_becomes(
    api: &BillingServiceClient<Channel>,
    owner_id: &str,
    token: &str,
    status: pb::InvoiceStatus,
) -> pb::Invoice {
    eventually(BOUND, async || {
        let request = pb::ListInvoicesRequest {
            owner_id: owner_id.to_owned(),
            ..Default::default()
        };
        let mut api = api.clone();
        let invoices = api
            .list_invoices(authorised(request, token))
            .await
            .unwrap()
            .into_inner()
            .invoices;
        match invoices.into_iter().next() {
            Some(invoice) if invoice.status() == status => Ok(invoice),
            Some(invoice) => Err(format!("the invoice is {:?}", invoice.status())),
            None => Err("there is no invoice".to_owned()),
        }
    })
    .await
}

async fn choose(api: &mut BillingServiceClient<Channel>, client: &str, token: &str, card: &str) {
    let request = pb::SetPaymentMethodRequest {
        request_id: id(),
        client_id: client.to_owned(),
        kind: "card".into(),
        token: card.to_owned(),
    };
    let account = api
        .set_payment_method(authorised(request, token))
        .await
        .unwrap()
        .into_inner()
        .account;
    assert_eq!(account.unwrap().payment_method_kind, "card");
}

async fn close(api: &mut BillingServiceClient<Channel>, root: &str) {
    let request = pb::ClosePeriodsRequest {
        request_id: id(),
        ..Default::default()
    };
    let periods = api
        .close_periods(authorised(request, root))
        .await
        .unwrap()
        .into_inner()
        .periods;
    assert_eq!(periods.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_b6_the_week_is_closed_and_charged_and_the_month_is_paid_out() {
    let (mesh, order, mut api) = settled().await;
    let tokens = &mesh.house.tokens;
    let (client, worker) = (order.client.to_string(), order.worker.to_string());
    let (as_client, as_worker) = (tokens.client(&client), tokens.worker(&worker));
    let root = tokens.root(Uuid::new_v4());
    choose(&mut api, &client, &as_client, "tok-good").await;
    let request = pb::SetPayoutBeneficiaryRequest {
        request_id: id(),
        worker_id: worker.clone(),
        beneficiary: "ivan".into(),
    };
    api.set_payout_beneficiary(authorised(request, &as_worker))
        .await
        .unwrap();
    close(&mut api, &root).await;
    let invoice = invoice_becomes(&api, &client, &as_client, pb::InvoiceStatus::Paid).await;
    assert_eq!(invoice.amount, rub(10_000));
    let payout = invoice_becomes(&api, &worker, &as_worker, pb::InvoiceStatus::Paid).await;
    assert_eq!(payout.amount, rub(6_000));
    mesh.balance_becomes(&Owner::Client(order.client), 0).await;
    mesh.balance_becomes(&Owner::Worker(order.worker), 0).await;

    let request = pb::ListLinesRequest {
        owner_kind: pb::OwnerKind::Client.into(),
        owner_id: client.clone(),
        page_size: 1,
        ..Default::default()
    };
    let first = api
        .list_lines(authorised(request.clone(), &as_client))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.lines[0].reason(), pb::LineReason::Payment);
    assert_eq!(first.lines[0].amount, rub(-10_000));
    let request = pb::ListLinesRequest {
        page_token: first.next_page_token,
        ..request
    };
    let second = api
        .list_lines(authorised(request, &as_client))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(second.lines[0].reason(), pb::LineReason::OrderCompleted);
    assert_eq!(second.lines[0].order_id, order.id.to_string());
    assert_eq!(second.next_page_token, "");

    let request = pb::GetInvoiceDocumentRequest {
        invoice_id: invoice.invoice_id.clone(),
    };
    let document = api
        .get_invoice_document(authorised(request, &as_client))
        .await
        .unwrap()
        .into_inner();
    assert!(document.content.starts_with(b"%PDF-"));
    assert_eq!(document.file_name, format!("{}.pdf", invoice.number));
    let request = pb::ListPaymentsRequest {
        client_id: client,
        ..Default::default()
    };
    let payments = api
        .list_payments(authorised(request, &as_client))
        .await
        .unwrap()
        .into_inner()
        .payments;
    assert_eq!(
        (payments.len(), payments[0].status()),
        (1, pb::AttemptStatus::Succeeded)
    );
    eventually(BOUND, async || {
        let request = pb::VerifyLedgerRequest::default();
        let report = api
            .clone()
            .verify_ledger(authorised(request, &root))
            .await
            .unwrap()
            .into_inner();
        assert!(report.intact, "{}", report.finding);
        if report.unsealed == 0 && report.entries == 3 {
            Ok(())
        } else {
            Err(format!("{report:?}"))
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b6_a_payout_that_failed_is_tried_again_when_a_beneficiary_is_named() {
    let (mesh, order, mut api) = settled().await;
    let worker = order.worker.to_string();
    let (as_worker, root) = (
        mesh.house.tokens.worker(&worker),
        mesh.house.tokens.root(Uuid::new_v4()),
    );
    close(&mut api, &root).await;
    let invoice = invoice_becomes(&api, &worker, &as_worker, pb::InvoiceStatus::PayoutFailed).await;
    let request = pb::SetPayoutBeneficiaryRequest {
        request_id: id(),
        worker_id: worker.clone(),
        beneficiary: "ivan".into(),
    };
    api.set_payout_beneficiary(authorised(request, &as_worker))
        .await
        .unwrap();
    invoice_becomes(&api, &worker, &as_worker, pb::InvoiceStatus::Paid).await;
    let request = pb::RetryPayoutRequest {
        request_id: id(),
        invoice_id: invoice.invoice_id,
    };
    let refused = api.retry_payout(authorised(request, &root)).await.unwrap_err();
    assert_eq!(reason_of(&refused), "INVOICE_NOT_RETRYABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_refused_with_the_field_or_a_stable_reason() {
    let (mesh, order, mut api) = settled().await;
    let root = mesh.house.tokens.root(Uuid::new_v4());
    let future = pb::ClosePeriodsRequest {
        request_id: id(),
        up_to: Some(prost_types::Timestamp {
            seconds: 9_999_999_999,
            nanos: 0,
        }),
        owner_kind: 0,
    };
    let refused = api.close_periods(authorised(future, &root)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let unknown = pb::SetPaymentMethodRequest {
        request_id: id(),
        client_id: order.client.to_string(),
        kind: "barter".into(),
        token: "a goat".into(),
    };
    let refused = api
        .set_payment_method(authorised(unknown, &root))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let nobody = pb::GetAccountRequest {
        owner_kind: pb::OwnerKind::Worker.into(),
        owner_id: id(),
    };
    let refused = api.get_account(authorised(nobody, &root)).await.unwrap_err();
    assert_eq!(reason_of(&refused), "ACCOUNT_NOT_FOUND");
    let malformed = pb::GetAccountRequest {
        owner_kind: 0,
        owner_id: "x".into(),
    };
    let refused = api.get_account(authorised(malformed, &root)).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::InvalidArgument, "INVALID_FIELD")
    );
    let page = pb::ListTransactionsRequest {
        page_token: "nonsense".into(),
        ..Default::default()
    };
    let refused = api.list_transactions(authorised(page, &root)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_an_overdue_invoice_is_charged_once_more_when_its_client_asks() {
    let (mesh, order, mut api) = settled_with(&["--charge-retries="]).await;
    let client = order.client.to_string();
    let as_client = mesh.house.tokens.client(&client);
    choose(&mut api, &client, &as_client, "tok-declined").await;
    close(&mut api, &mesh.house.tokens.root(Uuid::new_v4())).await;
    let invoice = invoice_becomes(&api, &client, &as_client, pb::InvoiceStatus::Overdue).await;
    choose(&mut api, &client, &as_client, "tok-good").await;
    let retry = || pb::RetryChargeRequest {
        request_id: id(),
        invoice_id: invoice.invoice_id.clone(),
    };
    let payment = api
        .retry_charge(authorised(retry(), &as_client))
        .await
        .unwrap()
        .into_inner()
        .payment;
    assert_eq!(payment.unwrap().attempt, 2);
    invoice_becomes(&api, &client, &as_client, pb::InvoiceStatus::Paid).await;
    let refused = api
        .retry_charge(authorised(retry(), &as_client))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "INVOICE_NOT_RETRYABLE");
}
