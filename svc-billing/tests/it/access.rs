use std::time::Duration;

use billing_contract::METHODS;
use billing_contract::v1 as pb;
use billing_contract::v1::billing_service_client::BillingServiceClient;
use conventions::Role;
use svc_billing::domain::{Ending, OwnerKind};
use test_support::{authorised, reason_of};
use tonic::Code;
use tonic::codegen::http::uri::PathAndQuery;
use tonic_prost::ProstCodec;
use uuid::Uuid;

use crate::mesh::Mesh;
use crate::support::{days, noon};

#[tokio::test(flavor = "multi_thread")]
async fn every_method_refuses_every_role_that_its_contract_does_not_name() {
    let mesh = Mesh::start().await;
    let tokens = &mesh.house.tokens;
    let someone = Uuid::new_v4();
    let callers = [
        Role::Client,
        Role::Worker,
        Role::Manager,
        Role::Quality,
        Role::Consumables,
        Role::Root,
        Role::Service,
    ]
    .map(|role| (role, tokens.sign(&[role], someone, Duration::from_mins(5))));
    for method in METHODS {
        for (role, token) in &callers {
            let code = call(&mesh, method.path, Some(token)).await;
            let admitted = method.roles.contains(role);
            assert_eq!(
                code != Code::PermissionDenied,
                admitted,
                "{} as {role:?}: {code:?}",
                method.path
            );
        }
        assert_eq!(
            call(&mesh, method.path, None).await,
            Code::Unauthenticated,
            "{}",
            method.path
        );
    }
}

/// The code that an empty message gets. Where the caller is admitted, it breaks rules or finds
/// nothing.
async fn call(mesh: &Mesh, path: &'static str, token: Option<&String>) -> Code {
    let mut client = tonic::client::Grpc::new(mesh.channel.clone());
    client.ready().await.unwrap();
    let request = match token {
        Some(token) => authorised((), token),
        None => tonic::Request::new(()),
    };
    let codec = ProstCodec::<(), ()>::default();
    match client
        .unary(request, PathAndQuery::from_static(path), codec)
        .await
    {
        Ok(_) => Code::Ok,
        Err(status) if reason_of(&status) == "NOT_YOURS" => Code::Ok,
        Err(status) => status.code(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b9_nobody_sees_or_changes_what_is_somebody_elses() {
    let mesh = Mesh::start().await;
    let house = &mesh.house;
    let (client, worker) = (house.client(None).await, house.worker(None).await);
    house.order(client, worker, Ending::Completed).await;
    house.close(OwnerKind::Client, noon() + days(1)).await;
    let invoice_id = house.the_invoice().await.id.to_string();
    let mut api = BillingServiceClient::new(mesh.channel.clone());
    let (own, other) = (house.tokens.client(client), house.tokens.client(Uuid::new_v4()));
    let other_worker = house.tokens.worker(Uuid::new_v4());

    let account = pb::GetAccountRequest {
        owner_kind: pb::OwnerKind::Client.into(),
        owner_id: client.to_string(),
    };
    assert!(api.get_account(authorised(account.clone(), &own)).await.is_ok());
    for token in [&other, &other_worker] {
        let refused = api
            .get_account(authorised(account.clone(), token))
            .await
            .unwrap_err();
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::PermissionDenied, "NOT_YOURS")
        );
    }
    let all = pb::ListInvoicesRequest::default();
    let refused = api
        .list_invoices(authorised(all.clone(), &own))
        .await
        .unwrap_err();
    assert_eq!(
        reason_of(&refused),
        "NOT_YOURS",
        "a client can't ask for everybody's"
    );
    let manager = house.tokens.manager(Uuid::new_v4());
    assert_eq!(
        api.list_invoices(authorised(all, &manager))
            .await
            .unwrap()
            .into_inner()
            .invoices
            .len(),
        1
    );

    let invoice = pb::GetInvoiceRequest {
        invoice_id: invoice_id.clone(),
    };
    assert!(api.get_invoice(authorised(invoice.clone(), &own)).await.is_ok());
    let refused = api.get_invoice(authorised(invoice, &other)).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::NotFound, "INVOICE_NOT_FOUND")
    );
    let document = pb::GetInvoiceDocumentRequest {
        invoice_id: invoice_id.clone(),
    };
    assert_eq!(
        api.get_invoice_document(authorised(document, &other))
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );
    let retry = pb::RetryChargeRequest {
        request_id: Uuid::new_v4().to_string(),
        invoice_id,
    };
    assert_eq!(
        api.retry_charge(authorised(retry, &other))
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );
    let method = pb::SetPaymentMethodRequest {
        request_id: Uuid::new_v4().to_string(),
        client_id: client.to_string(),
        kind: "card".into(),
        token: "mine-now".into(),
    };
    let refused = api
        .set_payment_method(authorised(method, &other))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "NOT_YOURS");
}
