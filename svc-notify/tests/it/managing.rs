use notify_contract::v1 as pb;
use notify_contract::v1::RecipientKind::{Client, Department, Manager, Worker};
use notify_contract::v1::notify_service_client::NotifyServiceClient;
use svc_notify::domain::routing::ROUTES;
use test_support::{authorised, reason_of};
use tonic::Code;

use crate::samples::{self, CLIENT, MANAGER};
use crate::support::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn n3_every_template_of_the_table_can_be_previewed_in_both_languages() {
    let bench = Bench::new().await;
    let (channel, _running) = bench.serve().await;
    let mut calls = NotifyServiceClient::new(channel);
    let manager = bench.tokens.manager(MANAGER);
    let table = authorised(pb::ListTemplatesRequest::default(), &manager);
    let routes = calls.list_templates(table).await.unwrap().into_inner().routes;
    assert_eq!(routes.len(), ROUTES.len());
    for route in routes {
        for language in ["ru", "en"] {
            let request = pb::PreviewTemplateRequest {
                template: route.template.clone(),
                language: language.into(),
            };
            let letter = calls
                .preview_template(authorised(request, &manager))
                .await
                .unwrap()
                .into_inner();
            assert!(!letter.subject.is_empty() && letter.html.contains(&format!("lang=\"{language}\"")));
        }
    }
    let unknown = pb::PreviewTemplateRequest {
        template: "layout".into(),
        language: "ru".into(),
    };
    let refused = calls
        .preview_template(authorised(unknown, &manager))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "TEMPLATE_NOT_FOUND");
    let outside = pb::PreviewTemplateRequest {
        template: "../etc/passwd".into(),
        language: "ru".into(),
    };
    let refused = calls
        .preview_template(authorised(outside, &manager))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_managers_see_who_is_written_to_and_nobody_else_does() {
    let bench = Bench::new().await;
    bench.introduce_people().await;
    bench.announce_new(&samples::stock_low()).await;
    let (channel, _running) = bench.serve().await;
    let mut calls = NotifyServiceClient::new(channel);
    let all = authorised(
        pb::ListRecipientsRequest::default(),
        &bench.tokens.manager(MANAGER),
    );
    let all = calls.list_recipients(all).await.unwrap().into_inner().recipients;
    let kinds: Vec<_> = all.iter().map(pb::Recipient::kind).collect();
    assert_eq!(kinds, [Department, Manager, Worker, Client], "newest first");
    let clients = pb::ListRecipientsRequest {
        kind: Client.into(),
        ..Default::default()
    };
    let clients = calls
        .list_recipients(authorised(clients, &bench.tokens.root(MANAGER)))
        .await
        .unwrap();
    assert_eq!(clients.into_inner().recipients[0].email, samples::ANNA);

    for token in [
        bench.tokens.client(CLIENT),
        bench.tokens.consumables(MANAGER),
        bench.tokens.service("x"),
    ] {
        let request = authorised(pb::ListRecipientsRequest::default(), &token);
        assert_eq!(
            calls.list_recipients(request).await.unwrap_err().code(),
            Code::PermissionDenied
        );
        let request = authorised(pb::ListDeliveriesRequest::default(), &token);
        assert_eq!(
            calls.list_deliveries(request).await.unwrap_err().code(),
            Code::PermissionDenied
        );
    }
    let nobody = calls
        .list_recipients(pb::ListRecipientsRequest::default())
        .await
        .unwrap_err();
    assert_eq!(nobody.code(), Code::Unauthenticated);
}
